"""Collection of the results of a plan's runs into a `TableResult`, with verdicts and checklist."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Literal

from ablations.lint import lint, lint_runs
from ablations.planning.expand import RowPlan, StageRun
from ablations.planning.folder import HISTORY, failure, has_failed, read_provenance, result
from ablations.planning.plan import Plan
from ablations.planning.run_faults import history_fault, run_fault
from ablations.planning.timings import Timing
from ablations.resolving.configs import Change, changed_keys, changed_needs
from ablations.resolving.deviations import deviations
from ablations.resolving.parameters import Counts
from ablations.results import evidence
from ablations.results.table_result import Cell, RowResult, StageNumbers, TableResult
from ablations.results.verdicts import evaluate_claim, evaluate_values
from ablations.tables.schema import Column, Row, Table
from ablations.tables.table import SECONDS

Status = Literal["done", "missing", "failed", "stale"]


def collect(plan: Plan, counts: dict[str, Counts], command: Callable[[int], str]) -> TableResult:
    """Collect the table's result, complete or not.

    `counts` are the paper-scale parameter counts by row and network; `command` returns the make command for a number
    of seeds.
    """
    base = {row.row.id: row for row in plan.rows}
    rows = [_row(plan, row, base[row.row.base], counts.get(row.row.id, {})) for row in plan.rows]
    by_id = {row.row.id: row for row in rows}
    once, apart = _cost(rows)
    return TableResult(
        table=plan.table,
        scale=plan.scale.name,
        scale_changes=plan.scale_changes,
        data_label=plan.data.label,
        synthetic=plan.data.synthetic,
        rows=rows,
        claims=[evaluate_claim(claim, by_id, command) for claim in plan.table.claims],
        command=command(max(len(row.seeds) for row in plan.rows)),
        values=evaluate_values(plan.table, by_id, command),
        lint=[*lint(plan.table, counts), *lint_runs(plan)],
        deviations=deviations(plan.table),
        seconds_once=once,
        seconds_apart=apart,
        cited=[_cited_result(plan.table, row) for row in plan.table.cited],
    )


def _cited_result(table: Table, row: Row) -> RowResult:
    cells = [
        Cell(column.id, printed.value, printed.text, [], column.source, comparable=False)
        if (printed := row.paper.get(column.id))
        else Cell(column.id, None, None, [], column.source, comparable=False)
        for column in table.columns
    ]
    return RowResult(row, "cited", row.cited, [], cells)


def _row(plan: Plan, row: RowPlan, base: RowPlan, counts: Counts) -> RowResult:
    done = [seed for seed in row.seeds if all(result(run) is not None for run in row.tests(seed))]
    status, reason = _status(row, done)
    tests = {
        name: evidence.stage_numbers([row.seeds[seed][name] for seed in done if name in row.seeds[seed]])
        for name in plan.table.tests
    }
    numbers = evidence.combined_numbers(plan.table, tests)
    first = row.seeds[done[0] if done else min(row.seeds)]
    sound = {name: run for name, run in first.items() if not (run_fault(run) or history_fault(run))}
    records = evidence.records(row)
    times = evidence.times(plan.table, first)
    taken = [record.seconds for record in records if record.seconds is not None]
    whole = bool(taken) and len(taken) == sum(map(len, row.seeds.values()))
    return RowResult(
        row=row.row,
        status=status,
        reason=reason,
        seeds=done,
        cells=[_cell(plan, row, column, tests, counts, times) for column in plan.table.columns],
        headline=numbers.headline,
        metrics=numbers.metrics,
        variants=numbers.variants,
        protocol=numbers.protocol,
        protocol_fields=numbers.protocol_fields,
        tests=tests,
        samples=evidence.samples(first) if done else None,
        histories={n: r.folder / HISTORY for n, r in sound.items() if (r.folder / HISTORY).is_file()},
        provenance={n: known for n, r in sound.items() if (known := read_provenance(r.folder))},
        stage_metrics={n: content for n, r in first.items() if (content := result(r)) is not None},
        parameter_counts=counts,
        config_diff=_diff(plan, row, base),
        commands=[run.command for run in first.values()],
        seconds=math.fsum(taken) if whole else None,
        records=records,
        times=times,
    )


def _status(row: RowPlan, done: list[int]) -> tuple[Status, str]:
    """Return a row's status and its reason. Finished seeds keep their numbers, whatever the status of others."""
    runs = [run for stages in row.seeds.values() for run in stages.values()]
    left = [run for run in runs if result(run) is None and run.seed not in done]
    failed = [run for run in runs if (run in left and has_failed(run)) or run_fault(run)]
    failures = {_name(run): failure(run) for run in failed}
    failures |= {_name(run): fault for run in runs if run not in failed and (fault := history_fault(run))}
    if failures:
        return "failed", "; ".join(f"{name}: {why}" for name, why in failures.items())
    # A stale training matters to a row only if a test still needs it.
    if stale := [run for run in runs if run.stale and (run in left or run.kind == "test")]:
        return "stale", _distinct(change for run in stale for change in run.stale.split("; "))
    if left:
        return "missing", f"not run yet: {'; '.join(map(_name, left))}"
    return "done", ""


def _name(run: StageRun) -> str:
    return f"{run.stage}, seed {run.seed}"


def _distinct(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _cell(
    plan: Plan,
    row: RowPlan,
    column: Column,
    tests: dict[str, StageNumbers],
    counts: Counts,
    times: dict[str, Timing],
) -> Cell:
    printed = row.row.paper.get(column.id)
    misprint = next((m for m in row.row.misprints if m.column == column.id), None)
    paper, text = (printed.value, printed.text) if printed else (None, None)
    if column.exact:
        count = column.quantity(counts)
        values = [] if count is None else [float(count)]
        # Always of the paper-scale network, so the same quantity as the paper's.
        return Cell(column.id, paper, text, values, column.exact, comparable=True, misprint=misprint)
    if column.time:
        values = [times[column.id].median] if column.id in times else []
        return Cell(column.id, paper, text, values, SECONDS, comparable=False, misprint=misprint)
    test, measured = _source(column, tests)
    synthetic = any(plan.data.of(run.config).synthetic for stages in row.seeds.values() for run in stages.values())
    same = measured == column.metric and not column.incomparable
    comparable = same and plan.scale.name == "paper" and not synthetic
    values = tests[test].metrics.get(measured, []) if test else []
    name = plan.table.metric_name(test, measured)
    return Cell(column.id, paper, text, values, name, comparable, misprint, test)


def _source(column: Column, tests: dict[str, StageNumbers]) -> tuple[str, str]:
    """Return the test stage ("" if ambiguous) and the metric of a cell's values.

    The column's metric has priority over its `stand_in`.
    """
    assert column.metric is not None
    names = [column.test] if column.test else list(tests)
    for metric in filter(None, (column.metric, column.stand_in)):
        having = [name for name in names if metric in tests[name].metrics]
        if having:
            return (having[0] if len(having) == 1 else ""), metric
    return (names[0] if len(names) == 1 else ""), column.metric


def _diff(plan: Plan, row: RowPlan, base: RowPlan) -> list[str]:
    """Return the differences of the row's resolved configurations from its base row's, stage by stage.

    For a test only changes beyond those of its training and of its inputs are listed.
    """
    if row.row.id == base.row.id:
        return []
    mine, theirs = row.seeds[min(row.seeds)], base.seeds[min(base.seeds)]
    found: dict[str, Change] = {}
    for name, run in mine.items():  # trainings first
        if name in theirs:
            stage = plan.table.stage(name)
            inputs = {f"model.{argument}" for one in (run, theirs[name]) for argument in one.needs}
            changed = changed_keys(name, run.config, theirs[name].config)
            changed |= changed_needs(plan.table, row.row, base.row, stage)
            for key, change in changed.items():
                setting = key.partition(".")[2]
                trained = found.get(f"{stage.of}.{setting}")
                inherited = trained and (trained.before, trained.after) == (change.before, change.after)
                if not inherited and setting not in inputs:
                    found[key] = change
    return [*(f"{name}: dropped" for name in theirs if name not in mine), *map(str, found.values())]


def _cost(rows: list[RowResult]) -> tuple[float | None, float | None]:
    """Return the seconds of the completed rows: with shared runs counted once, and with every row run separately."""
    apart = [row.seconds for row in rows if row.seconds is not None]
    once = {record.key: record.seconds or 0.0 for row in rows if row.seconds is not None for record in row.records}
    return (math.fsum(once.values()), math.fsum(apart)) if apart else (None, None)
