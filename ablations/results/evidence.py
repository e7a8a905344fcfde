"""What the runs behind a row left on disk: its numbers over seeds, its test images, and the records of its runs."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ablations.planning.expand import RowPlan, StageRun
from ablations.planning.folder import KEY, PROVENANCE, read_json, result, seconds
from ablations.results.table_result import StageRecord
from common.errors import DataError

if TYPE_CHECKING:
    from lightning_modules.panels import Grid


def merged_tests(tests: list[StageRun]) -> dict[str, Any]:
    """A row's numbers for one seed: of its test stage, or of several, which measure different things."""
    merged: dict[str, Any] = {
        "headline": "",
        "metrics": {},
        "variants": {},
        "protocol": {},
        "protocol_fields": [],
        "failed": {},
    }
    for run in tests:
        content = result(run) or {}
        merged["headline"] = merged["headline"] or content.get("headline", "")
        protocol = dict(content.get("protocol", {}))
        merged["failed"] |= protocol.pop("failed", {})
        merged["protocol"] |= protocol
        fields = content.get("protocol_fields")
        merged["protocol_fields"] += protocol if fields is None else fields
        merged["metrics"] |= content.get("metrics", {})
        headline = {content["headline"]: content["metrics"]} if content.get("headline") else {}
        for variant, metrics in {**headline, **content.get("variants", {})}.items():
            merged["variants"].setdefault(variant, {}).update(metrics)
    return merged


def over_seeds(tests: dict[int, dict[str, Any]]) -> tuple[dict[str, list[float]], dict[str, dict[str, list[float]]]]:
    """Headline metrics, and every variant's, as one list over the seeds each; NaN where a metric was undefined."""
    by_seed = list(tests.values())
    metrics = _lists([test["metrics"] for test in by_seed])
    names = list(dict.fromkeys(variant for test in by_seed for variant in test["variants"]))
    return metrics, {name: _lists([test["variants"].get(name, {}) for test in by_seed]) for name in names}


def protocol(tests: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """The first seed's protocol; "failed" says for all seeds why a metric could not be had."""
    reasons: dict[str, dict[str, list[int]]] = {}
    for seed, test in tests.items():
        for metric, reason in test["failed"].items():
            reasons.setdefault(metric, {}).setdefault(str(reason), []).append(seed)
    failed = {metric: _with_seeds(found, len(tests)) for metric, found in reasons.items()}
    first: dict[str, Any] = next(iter(tests.values()))["protocol"] if tests else {}
    return {**first, "failed": failed} if failed else first


def protocol_fields(tests: dict[int, dict[str, Any]]) -> list[str]:
    """Return the entries of the protocol that must be equal before a row is compared with another."""
    return list(dict.fromkeys(field for test in tests.values() for field in test["protocol_fields"]))


def _with_seeds(reasons: dict[str, list[int]], count: int) -> str:
    if len(reasons) == 1 and len(next(iter(reasons.values()))) == count:
        return next(iter(reasons))  # the same at every seed
    said = (f"seed{'' if len(of) == 1 else 's'} {', '.join(map(str, of))}: {why}" for why, of in reasons.items())
    return "; ".join(said)


def _lists(values: list[dict[str, float | None]]) -> dict[str, list[float]]:
    names = list(dict.fromkeys(name for one in values for name in one))
    return {name: [_number(one.get(name)) for one in values] for name in names}


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def samples(stages: dict[str, StageRun]) -> Grid | None:
    """Return the panel of test images; None where no test left one that can be read."""
    from lightning_modules.panels import SAMPLES, Grid, read_panels

    for run in stages.values():
        with suppress(DataError):  # a figure says so; the numbers stand without images
            panel = read_panels(run.folder / "samples").get(SAMPLES) if run.kind == "test" else None
            if isinstance(panel, Grid):
                return panel
    return None


def records(row: RowPlan) -> list[StageRecord]:
    """The finished runs behind a row, seed by seed, inputs first."""
    runs = [run for stages in row.seeds.values() for run in stages.values()]
    return [_record(run, metrics) for run in runs if (metrics := result(run)) is not None]


def _record(run: StageRun, metrics: dict[str, Any]) -> StageRecord:
    ingredients = read_json(run.folder / KEY) or {}
    return StageRecord(
        stage=run.stage,
        kind=run.kind,
        seed=run.seed,
        key=ingredients.get("key", run.key),  # of a stale result that is kept: the key it was made under
        folder=run.folder,
        command=run.command,
        seconds=seconds(run.folder),
        rows=tuple(run.labels),
        ingredients=ingredients,
        metrics=metrics,
        provenance=read_json(run.folder / PROVENANCE) or {},
    )
