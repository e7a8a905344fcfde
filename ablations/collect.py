"""Gathers what the runs of a plan left on disk into a `TableResult`."""

from __future__ import annotations

import math
import re
from typing import Any, Literal

from ablations.configs import differences
from ablations.expand import RowPlan, StageRun
from ablations.folder import FAILED, HISTORY, PROVENANCE, failure, read_json, result, seconds
from ablations.parameters import Counts
from ablations.plan import Plan
from ablations.results import Cell, ClaimResult, RowResult, TableResult
from ablations.schema import Claim, Column, Row

_SAMPLE = re.compile(r"(\d+)_(\w+)\.png")


def collect(plan: Plan, counts: dict[str, Counts], command: str = "") -> TableResult:
    """The table's result as far as it has run. `counts` are the paper-scale parameter counts by row and network."""
    base = {row.row.id: row for row in plan.rows}
    rows = [_row(plan, row, base[row.row.base], counts.get(row.row.id, {})) for row in plan.rows]
    return TableResult(
        table=plan.table,
        scale=plan.scale.name,
        scale_changes=plan.scale_changes,
        data_label=plan.data.label,
        synthetic=plan.data.synthetic,
        rows=rows,
        claims=[_claim(claim, {row.row.id: row for row in rows}) for claim in plan.table.claims],
        command=command,
    )


def _row(plan: Plan, row: RowPlan, base: RowPlan, counts: Counts) -> RowResult:
    done = [seed for seed in row.seeds if all(result(run) is not None for run in row.tests(seed))]
    status, reason = _status(row, done)
    tests = {seed: _merged(row.tests(seed)) for seed in done}
    metrics, variants = _over_seeds(tests)
    first = row.seeds[done[0] if done else min(row.seeds)]
    first_test = tests[done[0]] if done else {}
    return RowResult(
        row=row.row,
        status=status,
        reason=reason,
        seeds=done,
        cells=[_cell(plan, row.row, column, metrics, counts) for column in plan.table.columns],
        headline=first_test.get("headline", ""),
        metrics=metrics,
        variants=variants,
        protocol=first_test.get("protocol", {}),
        samples=_samples(first) if done else [],
        histories={n: r.folder / HISTORY for n, r in first.items() if (r.folder / HISTORY).is_file()},
        provenance={n: content for n, r in first.items() if (content := read_json(r.folder / PROVENANCE))},
        stage_metrics={n: content for n, r in first.items() if (content := result(r)) is not None},
        parameter_counts=counts,
        config_diff=_diff(row, base),
        commands=[run.command for run in first.values()],
        seconds=_seconds(row),
    )


def _status(row: RowPlan, done: list[int]) -> tuple[Literal["done", "missing", "failed"], str]:
    if len(done) == len(row.seeds):
        return "done", ""
    for runs in row.seeds.values():
        for run in runs.values():
            if result(run) is None and (run.folder / FAILED).is_file():
                return "failed", f"{run.stage}, seed {run.seed}: {failure(run)}"
    left = [
        f"{run.stage}, seed {run.seed}" for runs in row.seeds.values() for run in runs.values() if result(run) is None
    ]
    return "missing", f"not run yet: {'; '.join(left)}"


def _merged(tests: list[StageRun]) -> dict[str, Any]:
    """A row's numbers for one seed: of its test stage, or of several, which measure different things."""
    merged: dict[str, Any] = {"headline": "", "metrics": {}, "variants": {}, "protocol": {}}
    for run in tests:
        content = result(run) or {}
        merged["headline"] = merged["headline"] or content.get("headline", "")
        for part in ("metrics", "protocol"):
            merged[part] |= content.get(part, {})
        headline = {content["headline"]: content["metrics"]} if content.get("headline") else {}
        for variant, metrics in {**headline, **content.get("variants", {})}.items():
            merged["variants"].setdefault(variant, {}).update(metrics)
    return merged


def _over_seeds(tests: dict[int, dict[str, Any]]) -> tuple[dict[str, list[float]], dict[str, dict[str, list[float]]]]:
    """Headline metrics, and every variant's, as one list over the seeds each."""
    by_seed = list(tests.values())
    metrics = _lists([test["metrics"] for test in by_seed])
    names = list(dict.fromkeys(variant for test in by_seed for variant in test["variants"]))
    return metrics, {name: _lists([test["variants"].get(name, {}) for test in by_seed]) for name in names}


def _lists(values: list[dict[str, float | None]]) -> dict[str, list[float]]:
    names = list(dict.fromkeys(name for one in values for name in one))
    return {name: [_number(one.get(name)) for one in values] for name in names}


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _cell(plan: Plan, row: Row, column: Column, metrics: dict[str, list[float]], counts: Counts) -> Cell:
    printed = row.paper.get(column.id)
    misprint = next((m for m in row.misprints if m.column == column.id), None)
    paper, text = (printed.value, printed.text) if printed else (None, None)
    if column.parameters is not None:
        count = counts.get(column.parameters, {}).get("paper")
        values = [] if count is None else [float(count)]
        # Always the paper-scale network, whatever was trained: the same quantity as the paper's.
        return Cell(column.id, paper, text, values, "parameters", comparable=True, misprint=misprint)
    measured = next((m for m in (column.metric, column.stand_in) if m in metrics), column.metric)
    assert measured is not None
    comparable = measured == column.metric and plan.scale.name == "paper" and not plan.data.synthetic
    return Cell(column.id, paper, text, metrics.get(measured, []), measured, comparable, misprint)


def _samples(stages: dict[str, StageRun]) -> list[dict[str, Any]]:
    images: dict[str, dict[str, Any]] = {}
    for run in stages.values():
        if run.kind == "test":
            for path in sorted((run.folder / "samples").glob("*.png")):
                if match := _SAMPLE.fullmatch(path.name):
                    images.setdefault(match[1], {})[match[2]] = path
    return list(images.values())


def _diff(row: RowPlan, base: RowPlan) -> list[str]:
    """The row's resolved configurations against its base row's, stage by stage."""
    if row.row.id == base.row.id:
        return []
    mine, theirs = row.seeds[min(row.seeds)], base.seeds[min(base.seeds)]
    found = [f"{name}: dropped" for name in theirs if name not in mine]
    for name, run in mine.items():
        if name in theirs and run.kind == "fit":
            found += differences(name, run.config, theirs[name].config)
    return found


def _seconds(row: RowPlan) -> float | None:
    taken = [seconds(run) for runs in row.seeds.values() for run in runs.values()]
    known = [value for value in taken if value is not None]
    return sum(known) if known and len(known) == len(taken) else None


def _claim(claim: Claim, rows: dict[str, RowResult]) -> ClaimResult:
    left, right = (rows[ref.row].cell(ref.column) for ref in (claim.left, claim.right))
    if left.metric != right.metric:  # e.g. one row judged by Inception, the other not: no comparison
        return ClaimResult(claim, None, 0, left.metric)
    mine, theirs = (_by_seed(rows[ref.row], ref.column) for ref in (claim.left, claim.right))
    pairs = [(mine[seed], theirs[seed]) for seed in mine if seed in theirs]
    pairs = [pair for pair in pairs if not any(math.isnan(value) for value in pair)]
    if not pairs:
        return ClaimResult(claim, None, 0, left.metric)
    mean, other = (math.fsum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1))
    held = mean < other if claim.operator == "<" else mean > other
    return ClaimResult(claim, held, len(pairs), left.metric, mean, other)


def _by_seed(row: RowResult, column: str) -> dict[int, float]:
    """A cell's values by seed; a parameter count has one, whatever the seeds."""
    cell = row.cell(column)
    seeds = [0] if cell.metric == "parameters" else row.seeds
    return dict(zip(seeds, cell.values, strict=False))  # a cell may have no values
