"""Verdicts on claims of the paper: two rows paired by seed, or a row compared with a printed value."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ablations.results.intervals import Verdict, decide, seeds_to_decide, t_interval
from ablations.results.table_result import Cell, ClaimResult, RowResult, Suggestion
from ablations.tables.table import EXACT, SECONDS, CellRef, Claim, Table


def evaluate_claim(claim: Claim, rows: Mapping[str, RowResult], command: Callable[[int], str]) -> ClaimResult:
    """Return the verdict on a claim. `rows` are by id; `command` returns the make command for a number of seeds."""
    left, right = _cell(rows, claim.left), _cell(rows, claim.right) if claim.right else None
    if left.metric in EXACT:
        return _exact_verdict(claim, rows)
    measured = [
        cell for cell in (left, right) if cell and cell.values
    ]  # a row without values has only the planned metric
    blank = ClaimResult(claim, "undecided", "", (measured or [left])[0].metric)
    sides = [rows[ref.row] for ref in (claim.left, claim.right) if ref]
    if stale := next((row for row in sides if row.status == "stale"), None):
        return replace(blank, reason=f"{stale.row.label} is stale: {stale.reason}")
    if left.metric == SECONDS:
        return _time_verdict(blank, rows)
    if all(row.seeds for row in sides) and (refusal := _incomparable(sides, left, right)):
        return replace(blank, reason=refusal)
    result = _paired_numbers(blank, rows)
    if unfinished := next((row for row in sides if row.status != "done"), None):
        return replace(result, reason=_unfinished_reason(unfinished))
    decision = decide(claim.operator, result.differences, claim.margin or 0.0)
    reason = "; ".join([decision.reason, *_gaps(claim, rows)])
    result = replace(result, verdict=decision.verdict, reason=reason)
    if decision.verdict != "undecided":
        return result
    return replace(result, suggestion=_suggest(result, len(sides[0].seeds) - result.n, rows, command))


def evaluate_values(table: Table, rows: Mapping[str, RowResult], command: Callable[[int], str]) -> list[ClaimResult]:
    """Return the verdicts on printed values: equality within the column's margin.

    Only for comparable cells: the same quantity, on the same data, at the same scale.
    """
    found = []
    for row in table.rows:
        for column in table.columns:
            printed = row.paper.get(column.id)
            has_margin = column.metric is not None and column.margin is not None and printed is not None
            if (
                has_margin
                and printed is not None
                and printed.value is not None
                and rows[row.id].cell(column.id).comparable
            ):
                text = f"{row.label}: {column.label} is {printed.text} ± {column.margin:g}"
                expect = f"{row.id}.{column.id} = paper +- {column.margin:g}"
                ref = CellRef(row.id, column.id)
                claim = Claim(text, expect, ref, "=", value=printed.value, margin=column.margin, version=row.version)
                found.append(evaluate_claim(claim, rows, command))
    return found


def seconds_per_seed(rows: Iterable[RowResult]) -> float | None:
    """Return the seconds of the runs of one seed of these rows, shared runs once; None if a run or time is missing.

    Of several seeds the one with the most runs is used, of those the slowest.
    """
    seeds: dict[int, dict[str, float | None]] = {}
    for row in rows:
        if not row.records:
            return None
        for record in row.records:
            seeds.setdefault(record.seed, {})[record.key] = record.seconds
    known = [
        (len(runs), math.fsum(value for value in runs.values() if value is not None))
        for runs in seeds.values()
        if None not in runs.values()
    ]
    return max(known)[1] if known else None


def _cell(rows: Mapping[str, RowResult], ref: CellRef) -> Cell:
    return rows[ref.row].cell(ref.column)


def _target(claim: Claim, left: Cell) -> float:
    """Return the value of "=": a number, or the printed value of the cell."""
    value = left.paper if claim.value is None else claim.value
    assert value is not None, claim.expect  # ensured by the table's schema
    return value


def _exact_verdict(claim: Claim, rows: Mapping[str, RowResult]) -> ClaimResult:
    """Return the verdict on exact quantities of networks, such as parameter counts, which need no run."""
    refs = [ref for ref in (claim.left, claim.right) if ref]
    metric = _cell(rows, claim.left).metric
    for ref in refs:
        if not _cell(rows, ref).values:
            reason = f"{rows[ref.row].row.label} has no such network"
            return ClaimResult(claim, "undecided", reason, metric, exact=True)
    values = [_cell(rows, ref).values[0] for ref in refs]
    left, right = values[0], values[1] if claim.right else _target(claim, _cell(rows, claim.left))
    if claim.right is None:
        holds = abs(left - right) <= (claim.margin or 0.0)
    else:
        holds = left < right if claim.operator == "<" else left > right
    sign = "<" if left < right else ">" if left > right else "="
    reason = f"counts are exact: {left:,.0f} {sign} {right:,.0f}"
    if claim.right is None:
        reason += f", {'within' if holds else 'outside'} the margin of ±{claim.margin or 0.0:,.12g}"
    verdict: Verdict = "supported" if holds else "contradicted"
    return ClaimResult(claim, verdict, reason, metric, left=left, right=right, effect=left - right, exact=True)


def _time_verdict(blank: ClaimResult, rows: Mapping[str, RowResult]) -> ClaimResult:
    """Return the verdict on two times, paired by round; undecided unless one process measured both."""
    claim = blank.claim
    assert claim.right is not None  # the table's schema sees to it
    refs = (claim.left, claim.right)
    labels = [rows[ref.row].row.label for ref in refs]
    found = [rows[ref.row].times.get(ref.column) for ref in refs]
    left, right = found
    if left is None or right is None:
        return replace(blank, reason=f"{labels[found.index(None)]} is not timed yet")
    if left.process != right.process:
        where = "on different machines" if left.machine != right.machine else "in different processes"
        return replace(blank, reason=f"{' and '.join(labels)} were timed {where}; such times are not compared")
    differences = [mine - theirs for mine, theirs in zip(left.seconds, right.seconds, strict=True)]
    decision = decide(claim.operator, differences, pair="round")
    reason = f"{decision.reason}; medians {left.median:.4g} s and {right.median:.4g} s, timed in turns by one process"
    effect = left.median - right.median
    return replace(blank, verdict=decision.verdict, reason=reason, left=left.median, right=right.median, effect=effect)


def _incomparable(sides: Sequence[RowResult], left: Cell, right: Cell | None) -> str:
    """Return why two cells, or a cell and a printed value, cannot be compared; "" if they can."""
    if right is None:
        refused = f"the measured value ({left.metric}) is not the paper's quantity on its data at its scale"
        return "" if left.comparable else refused
    labels = [row.row.label for row in sides]
    if left.metric != right.metric:
        return f"{labels[0]} has {left.metric}, {labels[1]} {right.metric}: these are different quantities"
    measured = [row.tests.get(cell.test, row) for row, cell in zip(sides, (left, right), strict=True)]
    for name in dict.fromkeys(field for numbers in measured for field in numbers.protocol_fields):
        mine, theirs = (numbers.protocol.get(name) for numbers in measured)
        if mine != theirs:
            return f"{labels[0]} and {labels[1]} were measured differently: {name} is {mine} and {theirs}"
    return ""


def _unfinished_reason(row: RowResult) -> str:
    if row.status == "failed":
        return f"{row.row.label} failed: {row.reason}"
    if row.seeds:
        return f"{row.row.label} has only run for {_seeds(row.seeds)}"
    return f"{row.row.label} has not run yet"


def _seeds(seeds: Sequence[int]) -> str:
    return f"seed{'' if len(seeds) == 1 else 's'} {', '.join(map(str, seeds))}"


def _by_seed(row: RowResult, ref: CellRef) -> dict[int, float]:
    return {seed: v for seed, v in zip(row.seeds, row.cell(ref.column).values, strict=False) if math.isfinite(v)}


def _paired_numbers(result: ClaimResult, rows: Mapping[str, RowResult]) -> ClaimResult:
    """Return the numbers of a claim over the seeds that have a value on both sides."""
    claim = result.claim
    left = _by_seed(rows[claim.left.row], claim.left)
    if claim.right is None:
        right = dict.fromkeys(left, _target(claim, _cell(rows, claim.left)))
    else:
        right = _by_seed(rows[claim.right.row], claim.right)
    seeds = tuple(seed for seed in left if seed in right)
    if not seeds:
        return result
    differences = tuple(left[seed] - right[seed] for seed in seeds)
    return replace(
        result,
        seeds=seeds,
        left=statistics.fmean(left[seed] for seed in seeds),
        right=statistics.fmean(right[seed] for seed in seeds) if claim.right else right[seeds[0]],
        differences=differences,
        effect=statistics.fmean(differences),
        interval=t_interval(differences),
    )


def _gaps(claim: Claim, rows: Mapping[str, RowResult]) -> list[str]:
    """List seeds without a value: "without seed 1, where fd_effnetlite0 of FiNet is undefined"."""
    gaps = []
    for ref in (claim.left, claim.right):
        if ref is not None:
            row, there = rows[ref.row], _by_seed(rows[ref.row], ref)
            if seeds := [seed for seed in row.seeds if seed not in there]:
                metric = row.cell(ref.column).metric
                gaps.append(f"without {_seeds(seeds)}, where {metric} of {row.row.label} is undefined")
    return gaps


def _suggest(
    result: ClaimResult, lost: int, rows: Mapping[str, RowResult], command: Callable[[int], str]
) -> Suggestion | None:
    """Suggest a number of seeds that would probably decide, plus as many as have no value now."""
    if result.effect is None:
        return None
    distance = abs(abs(result.effect) - (result.claim.margin or 0.0))
    count = seeds_to_decide(result.differences, distance)
    if count is None:
        return Suggestion(None, None, "")
    each = seconds_per_seed(rows.values())
    return Suggestion(count + lost, None if each is None else each * (count - result.n), command(count + lost))
