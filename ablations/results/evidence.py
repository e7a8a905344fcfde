"""Results of a row's runs, read from disk: numbers over seeds, test images, and run records."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ablations.planning.expand import RowPlan, StageRun
from ablations.planning.folder import KEY, read_json, read_provenance, result, seconds
from ablations.planning.timings import Timing, read_timing
from ablations.results.table_result import StageNumbers, StageRecord
from ablations.tables.table import Table
from common.errors import DataError

if TYPE_CHECKING:
    from lightning_modules.panels import Grid


def stage_numbers(runs: Sequence[StageRun]) -> StageNumbers:
    """Return the numbers of one test stage over its finished runs. NaN is an undefined metric."""
    contents = {run.seed: result(run) or {} for run in runs}
    if not contents:
        return StageNumbers()
    by_seed = list(contents.values())
    variants = [_variants(content) for content in by_seed]
    names = dict.fromkeys(variant for found in variants for variant in found)
    return StageNumbers(
        headline=by_seed[0].get("headline", ""),
        metrics=_lists([content.get("metrics", {}) for content in by_seed]),
        variants={name: _lists([found.get(name, {}) for found in variants]) for name in names},
        protocol=_protocol(contents),
        protocol_fields=list(dict.fromkeys(field for content in by_seed for field in _protocol_fields(content))),
    )


def combined_numbers(table: Table, tests: Mapping[str, StageNumbers]) -> StageNumbers:
    """Combine the numbers of several test stages; the stage is part of every name, so that none is overwritten."""
    if len(table.tests) == 1:
        return next(iter(tests.values()))
    variants: dict[str, dict[str, list[float]]] = {}
    failed: dict[str, str] = {}
    for stage, numbers in tests.items():
        for variant, metrics in numbers.variants.items():
            variants.setdefault(variant, {}).update(_with_stage(table, stage, metrics))
        failed |= _with_stage(table, stage, numbers.protocol.get("failed", {}))
    warnings = [f"{stage}: {n.protocol['warning']}" for stage, n in tests.items() if n.protocol.get("warning")]
    own = {s: {k: v for k, v in n.protocol.items() if k not in ("failed", "warning")} for s, n in tests.items()}
    return StageNumbers(
        headline=next((numbers.headline for numbers in tests.values() if numbers.headline), ""),
        metrics={
            k: v for stage, numbers in tests.items() for k, v in _with_stage(table, stage, numbers.metrics).items()
        },
        variants=variants,
        protocol={
            **{
                name: value
                for stage, entries in own.items()
                for name, value in _with_stage(table, stage, entries).items()
            },
            **({"warning": "; ".join(warnings)} if warnings else {}),
            **({"failed": failed} if failed else {}),
        },
        protocol_fields=[table.metric_name(stage, name) for stage, n in tests.items() for name in n.protocol_fields],
    )


def _with_stage(table: Table, stage: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {table.metric_name(stage, name): value for name, value in values.items()}


def _variants(content: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    """Return the metrics of every variant, the headline first."""
    headline = {content["headline"]: content["metrics"]} if content.get("headline") else {}
    return {**headline, **content.get("variants", {})}


def _protocol(contents: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the first seed's protocol; "failed" has the reasons of undefined metrics over all seeds."""
    reasons: dict[str, dict[str, list[int]]] = {}
    for seed, content in contents.items():
        for metric, reason in content.get("protocol", {}).get("failed", {}).items():
            reasons.setdefault(metric, {}).setdefault(str(reason), []).append(seed)
    failed = {metric: _with_seeds(found, len(contents)) for metric, found in reasons.items()}
    first = {k: v for k, v in next(iter(contents.values())).get("protocol", {}).items() if k != "failed"}
    return {**first, "failed": failed} if failed else first


def _protocol_fields(content: Mapping[str, Any]) -> list[str]:
    """Return the protocol entries that must be equal before two results are compared (default: all)."""
    fields = content.get("protocol_fields")
    found = fields if fields is not None else (name for name in content.get("protocol", {}) if name != "failed")
    return list(found)


def _with_seeds(reasons: dict[str, list[int]], count: int) -> str:
    if len(reasons) == 1 and len(next(iter(reasons.values()))) == count:
        return next(iter(reasons))  # the same at every seed
    texts = (f"seed{'' if len(of) == 1 else 's'} {', '.join(map(str, of))}: {why}" for why, of in reasons.items())
    return "; ".join(texts)


def _lists(values: list[dict[str, float | None]]) -> dict[str, list[float]]:
    names = list(dict.fromkeys(name for one in values for name in one))
    return {name: [_number(one.get(name)) for one in values] for name in names}


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def samples(stages: dict[str, StageRun]) -> Grid | None:
    """Return the panel of test images; None if there is no readable one."""
    from lightning_modules.panels import SAMPLES, SAMPLES_FOLDER, Grid, read_panels

    for run in stages.values():
        with suppress(DataError):  # the figure reports it; the numbers do not need images
            panel = read_panels(run.folder / SAMPLES_FOLDER).get(SAMPLES) if run.kind == "test" else None
            if isinstance(panel, Grid):
                return panel
    return None


def times(table: Table, stages: Mapping[str, StageRun]) -> dict[str, Timing]:
    """Return what was timed for the table's columns of times, by column, of the first test that has it."""
    found: dict[str, Timing] = {}
    for column in table.columns:
        for run in (run for run in stages.values() if run.kind == "test" and column.time):
            timing = read_timing(run.folder, table.id, column.time or "")
            if timing is not None:
                found.setdefault(column.id, timing)
    return found


def records(row: RowPlan) -> list[StageRecord]:
    """Return the finished runs of a row, seed by seed, inputs first."""
    runs = [run for stages in row.seeds.values() for run in stages.values()]
    return [_record(run, metrics) for run in runs if (metrics := result(run)) is not None]


def _record(run: StageRun, metrics: dict[str, Any]) -> StageRecord:
    ingredients = read_json(run.folder / KEY) or {}
    return StageRecord(
        stage=run.stage,
        kind=run.kind,
        seed=run.seed,
        key=ingredients.get("key", run.key),  # for a kept stale result: its original key
        folder=run.folder,
        command=run.command,
        seconds=seconds(run.folder),
        rows=tuple(run.labels),
        ingredients=ingredients,
        metrics=metrics,
        provenance=read_provenance(run.folder),
    )
