"""Sweeps of a table, as curves and as tables."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ablations.report.views.formatting import better, by_reason, is_constant, listing, metric_order, spread_text
from ablations.report.views.table_view import STATES, failed_reason
from ablations.results.table_result import RowResult, TableResult
from ablations.results.verdicts import t_interval
from ablations.tables.matrix import short_names
from ablations.tables.table import Sweep, plain_metric


@dataclass(frozen=True)
class Point:
    """One metric at one value of the axis: the finite seeds, their mean, and its t interval (None below two seeds)."""

    at: Any
    values: tuple[float, ...]
    base: bool = False

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return statistics.fmean(self.values)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Two-sided 95 % t interval of the mean."""
        return t_interval(self.values)


@dataclass(frozen=True)
class SweepCurve:
    """One metric over the axis: a series for each combination of the other axes ("" for a single axis)."""

    metric: str
    heading: str
    axis: str
    series: list[tuple[str, list[Point]]]
    base: float | None
    """The base row's mean, None if it has no value."""


@dataclass(frozen=True)
class SweepView:
    """A sweep: its curves, and a table of its points."""

    id: str
    title: str
    curves: list[SweepCurve]
    headings: list[str]
    lines: list[tuple[list[str], list[str]]]
    notes: list[str]


def sweep_views(result: TableResult) -> list[SweepView]:
    """Return the sweeps of the table, with points in written order."""
    return [_view(result, sweep) for sweep in result.table.sweeps]


def axis_values(curve: SweepCurve) -> list[Any]:
    """Return the values of the axis: numbers in ascending order, others as written."""
    by_text = {value_text(point.at): point.at for _, points in curve.series for point in points}  # 1 is not true
    found = list(by_text.values())
    return sorted(found) if all(is_number(value) for value in found) else found


def is_number(value: Any) -> bool:
    """True if a value of an axis is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def value_text(value: Any) -> str:
    """Format a value of an axis as in the table file."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def point_keys(sweep: Sweep, rows: Sequence[RowResult]) -> list[str]:
    """Return the keys that distinguish points: the axes, then settings that `include` adds."""
    return list(dict.fromkeys([*sweep.axes, *(key for row in rows for key in row.row.point)]))


def _view(result: TableResult, sweep: Sweep) -> SweepView:
    rows = [row for row in result.rows if row.row.sweep == sweep.id]
    metrics = _metrics(result, rows)
    axes = point_keys(sweep, rows)
    lines = []
    for row in rows:
        points = [value_text(row.row.point[axis]) if axis in row.row.point else "–" for axis in axes]
        state = STATES[row.status]
        values = [_value_text(row, metric, state) for metric in metrics]
        lines.append((points, values))
    base = result.row(sweep.base)
    lines.append(
        (
            ["base: " + base.row.label, *[""] * (len(axes) - 1)],
            [_value_text(base, m, STATES[base.status]) for m in metrics],
        )
    )
    headings = [*axes, *(f"{metric} {better(metric)}".strip() for metric in metrics)]
    notes = [f"{row.row.label} – {STATES[row.status]}: {row.reason}" for row in rows if row.status != "done"]
    for row in rows:
        undefined = [m for m in metrics if not all(map(math.isfinite, row.metrics.get(m, [])))]
        reasons = {metric: reason for metric in undefined if (reason := failed_reason(row, metric))}
        notes += [f"‡ {row.row.label}, {listing(of)}: {reason}" for reason, of in by_reason(reasons).items()]
    curves = [_curve(sweep, base, rows, metric) for metric in metrics]
    return SweepView(sweep.id, " × ".join(sweep.axes), [c for c in curves if c.series], headings, lines, notes)


def _metrics(result: TableResult, rows: Sequence[RowResult]) -> list[str]:
    """Return the metrics of the table's columns, then other metrics that any point has."""
    first = [cell.metric for row in rows for cell in row.cells if not result.table.column(cell.column_id).exact]
    others = sorted({name for row in rows for name in row.metrics}, key=metric_order)
    found = [item for row in rows for item in row.metrics.items()]
    defined = {name for name, values in found if name in first or any(map(math.isfinite, values))}
    defined = {name for name in defined if not is_constant(plain_metric(name))}
    return [name for name in dict.fromkeys([*first, *others]) if name in defined]


def _value_text(row: RowResult, metric: str, state: str) -> str:
    text = spread_text(metric, row.metrics.get(metric, []))
    if not text:
        return state or "–"
    return f"{text} (stale)" if state == "stale" else text


def _curve(sweep: Sweep, base: RowResult, rows: Sequence[RowResult], metric: str) -> SweepCurve:
    axis, *others = point_keys(sweep, rows)
    short = short_names([axis, *others])
    series: dict[str, list[Point]] = {}
    for row in rows:
        finite = tuple(v for v in row.metrics.get(metric, []) if math.isfinite(v))
        if finite and axis in row.row.point:
            named = [f"{short[key]} {value_text(row.row.point[key])}" for key in others if key in row.row.point]
            name = ", ".join(named) or (f"else as {base.row.label}" if others else "")
            # A point without changes equals the base row.
            series.setdefault(name, []).append(Point(row.row.point[axis], finite, base=not row.config_diff))
    finite = tuple(v for v in base.metrics.get(metric, []) if math.isfinite(v))
    mean = statistics.fmean(finite) if finite else None
    return SweepCurve(metric, f"{metric} {better(metric)}".strip(), axis, list(series.items()), mean)
