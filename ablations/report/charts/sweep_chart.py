"""Chart of a metric over the axis of a sweep: mean, interval, and a dot per seed; the base row is dashed."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ablations.report.charts.svg import Scale, circle, document, line, text, tick_texts, ticks
from ablations.report.views.sweeps import Point, SweepCurve, axis_values, is_number, value_text

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 348, 236, 52, 6, 26, 40
_COLOURS = 6
_WIDER = 0.75  # an interval may extend the axis by this fraction of the seeds' range


@dataclass(frozen=True)
class _Plot:
    places: dict[str, float]
    scale: Scale

    def x(self, at: Any) -> float:
        return self.places[value_text(at)]

    def y(self, value: float) -> float:
        bottom = _HEIGHT - _BOTTOM
        return bottom - min(max(self.scale.at(value), 0.0), 1.0) * (bottom - _TOP)


def sweep_chart(curve: SweepCurve) -> str:
    """Return one metric of a sweep as an `<svg>`."""
    values = axis_values(curve)
    plot = _Plot(places(values, _LEFT + 38, _WIDTH - _RIGHT - 18), _scale(curve))
    legend = 14 * len(curve.series) if len(curve.series) > 1 else 0
    parts = [text(0, 12, curve.heading, "name"), *_frame(plot, values, curve.axis)]
    if curve.base is not None:
        y = plot.y(curve.base)
        parts.append(line(_LEFT, y, _WIDTH - _RIGHT, y, "axis dash"))
        parts.append(text(_LEFT + 2, y - 4, "base", "quiet"))
    for i, (name, points) in enumerate(curve.series):
        ordered = sorted(points, key=lambda point: plot.x(point.at))
        parts += _series(plot, ordered, i % _COLOURS)
        if legend:
            y = _HEIGHT + 10 + 14 * i
            parts.append(line(_LEFT, y - 4, _LEFT + 18, y - 4, f"s c{i % _COLOURS}") + text(_LEFT + 24, y, name))
    return document("sweep", _WIDTH, _HEIGHT + legend, f"{curve.metric} against {curve.axis}", parts)


def places(values: Sequence[Any], left: float, right: float) -> dict[str, float]:
    """Return the position of each value of an axis, linear or logarithmic according to their spacing; as categories if
    they are not numbers, or zero among magnitudes."""
    names = [value_text(value) for value in values]
    middle = (left + right) / 2
    if len(values) == 1:
        return {names[0]: middle}
    shape = spacing(values)
    if shape == "categories":
        return {name: left + (i + 0.5) * (right - left) / len(names) for i, name in enumerate(names)}
    scale = Scale(min(values), max(values), shape == "log")
    return {name: left + scale.at(value) * (right - left) for name, value in zip(names, values, strict=True)}


def spacing(values: Sequence[Any]) -> str:
    """Return "linear", "log" or "categories", whichever spaces ascending values most evenly."""
    if not all(is_number(value) for value in values):
        return "categories"
    if len(values) < 3:
        return "log" if values[0] > 0 and values[-1] / values[0] >= 10 else "linear"
    linear = _unevenness(values)
    positive = [value for value in values if value > 0]
    if len(positive) == len(values):
        return "log" if _unevenness([math.log(value) for value in values]) < linear else "linear"
    if values[0] == 0 and len(positive) > 1 and positive[-1] / positive[0] >= 10:
        return "categories"  # zero has no place on a logarithmic axis
    return "linear"


def _unevenness(values: Sequence[float]) -> float:
    gaps = [b - a for a, b in itertools.pairwise(values)]
    return statistics.pstdev(gaps) / statistics.fmean(gaps)


def _scale(curve: SweepCurve) -> Scale:
    """Return a scale with every seed and the base, and with intervals unless they are much wider."""
    points = [point for _, series in curve.series for point in series]
    seen = [value for point in points for value in point.values] + ([] if curve.base is None else [curve.base])
    low, high = min(seen), max(seen)
    room = _WIDER * (high - low)
    ends = [end for point in points if point.interval for end in point.interval]
    low, high = max(min([low, *ends]), low - room), min(max([high, *ends]), high + room)
    edge = 0.06 * (high - low) or abs(high) * 0.05 or 1.0
    return Scale(low - edge, high + edge)


def _frame(plot: _Plot, values: Sequence[Any], axis: str) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = []
    marks = ticks(plot.scale.low, plot.scale.high, 4)
    for tick, number in zip(marks, tick_texts(marks), strict=True):
        parts.append(line(_LEFT, plot.y(tick), right, plot.y(tick), "grid"))
        parts.append(text(_LEFT - 6, plot.y(tick) + 3.5, number, "quiet", "end"))
    parts.append(line(_LEFT, bottom, right, bottom, "axis"))
    last = -math.inf
    for value in values:
        x, name = plot.x(value), value_text(value)
        parts.append(line(x, bottom, x, bottom + 4, "axis"))
        if x - last >= 6 + 5.5 * len(name):  # overlapping numbers are omitted; the table has them
            parts.append(text(x, bottom + 16, name, "quiet", "middle"))
            last = x
    how = ", log" if spacing(values) == "log" else ""
    parts.append(text((_LEFT + right) / 2, bottom + 32, f"{axis}{how}", "quiet", "middle"))
    return parts


def _series(plot: _Plot, points: Sequence[Point], colour: int) -> list[str]:
    path = " ".join(f"{plot.x(point.at):.1f},{plot.y(point.mean):.1f}" for point in points)
    parts = [f'<polyline class="s c{colour}" points="{path}"/>'] if len(points) > 1 else []
    for point in points:
        x, y = plot.x(point.at), plot.y(point.mean)
        if point.interval is not None:
            low, high = point.interval
            parts.append(line(x, plot.y(low), x, plot.y(high), f"s c{colour}"))
            for end in point.interval:
                if plot.scale.low <= end <= plot.scale.high:  # a clipped end has no cap
                    parts.append(line(x - 3, plot.y(end), x + 3, plot.y(end), f"s c{colour}"))
        if len(point.values) > 1:
            parts += [circle(x + 7, plot.y(value), 1.8, f"f{colour} faint") for value in point.values]
        parts.append(circle(x, y, 5 if point.base else 3.4, f"ring c{colour}" if point.base else f"f{colour}"))
    return parts
