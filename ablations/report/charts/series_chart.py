"""One chart per quantity with the lines of several rows: mean over seeds, and each seed as a thin line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ablations.report.charts.svg import Scale, document, line, loss_scale, text, tick_texts, ticks
from ablations.report.views.history import History, bins
from lightning_modules.panels import Chart

_PANEL, _HEIGHT, _LEFT, _GAP, _TOP, _BOTTOM, _MOST = 338, 190, 40, 28, 24, 20, 3
_COLOURS, _MOST_TICKS = 6, 6
#: Series of the same colour differ in dashes, so that all are distinguishable without colour.
_DASHES = ("", " dash", " dot")


@dataclass(frozen=True)
class Lines:
    """Lines of one style: label, and for each seed the points by chart. A `twin` has the colour of the lines before."""

    label: str
    seeds: list[History]
    twin: bool = False


@dataclass(frozen=True)
class _Panel:
    x: float
    y: float
    last: float
    scale: Scale

    def path(self, points: Sequence[tuple[float, float]], style: str) -> str:
        width, bottom = _PANEL - _LEFT, self.y + _TOP + _HEIGHT
        at = [
            f"{self.x + _LEFT + x / self.last * width:.1f},{bottom - self.scale.at(v) * _HEIGHT:.1f}" for x, v in points
        ]
        if len(at) == 1:  # a single point
            return f'<circle class="s {style}" cx="{at[0].partition(",")[0]}" cy="{at[0].partition(",")[2]}" r="2"/>'
        return f'<polyline class="s {style}" points="{" ".join(at)}"/>'


def overlay_chart(series: Sequence[Lines], charts: Sequence[Chart], axis: str, title: str) -> str:
    """Return an `<svg>` with a panel for each chart, all lines in it, and a legend.

    Args:
        charts: their titles, marks and scales; the points are those of `series`.
        axis: quantity of the horizontal axis.
    """
    columns = 2 if len(charts) == 2 * 2 else min(_MOST, len(charts))
    across, down = _PANEL + _GAP, _TOP + _HEIGHT + _BOTTOM + 12
    histories = [history for one in series for history in one.seeds]
    last = max((x for h in histories for chart in charts for x, _ in h.get(chart.title, [])), default=1.0) or 1.0
    styles = _styles(series)
    parts = _legend(series, styles)
    head = 22.0
    for i, chart in enumerate(charts):
        name = chart.title
        x, y = (i % columns) * across, head + i // columns * down
        scale = loss_scale([v for history in histories for _, v in history.get(name, [])], chart.linear)
        parts.append(text(x, y + 14, name, "name"))
        if scale is None:
            parts.append(text(x + _LEFT, y + _TOP + 20, "no values", "quiet"))
            continue
        panel = _Panel(x, y, last, scale)
        parts += _frame(panel, axis) + _marks(panel, chart.marks)
        for one, style in zip(series, styles, strict=True):
            parts += _curves(panel, [history[name] for history in one.seeds if name in history], style)
    height = head + math.ceil(len(charts) / columns) * down
    width = max(columns * across - _GAP, 26 + sum(_legend_width(one) for one in series))
    return document("overlay", width, height, title, parts)


def mean_curve(seeds: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[float, float]]:
    """Return the mean over seeds at iterations where all have a finite value."""
    finite = [{at: value for at, value in points if math.isfinite(value)} for points in seeds]
    common = sorted(set.intersection(*(set(points) for points in finite))) if finite else []
    return [(at, sum(points[at] for points in finite) / len(finite)) for at in common]


def _styles(series: Sequence[Lines]) -> list[str]:
    found: list[str] = []
    colour, same = -1, 0
    for one in series:
        colour, same = (colour, same + 1) if one.twin and found else (colour + 1, 0)
        dashes = (colour // _COLOURS + same) % len(_DASHES)
        found.append(f"c{colour % _COLOURS}{_DASHES[dashes]}")
    return found


def _curves(panel: _Panel, seeds: Sequence[Sequence[tuple[float, float]]], style: str) -> list[str]:
    parts = []
    if len(seeds) > 1:
        for points in seeds:
            finite = [(at, value) for at, value in points if math.isfinite(value)]
            if finite:
                parts.append(panel.path([(at, mean) for at, _, mean, _ in bins(finite)], f"thin {style}"))
    if mean := mean_curve(seeds):
        parts.append(panel.path([(at, middle) for at, _, middle, _ in bins(mean)], style))
    return parts


def _frame(panel: _Panel, axis: str) -> list[str]:
    left, right, bottom = panel.x + _LEFT, panel.x + _PANEL, panel.y + _TOP + _HEIGHT
    parts = [f'<rect class="frame" x="{left:g}" y="{panel.y + _TOP:g}" width="{right - left:g}" height="{_HEIGHT}"/>']
    scale = panel.scale
    marks = _decades(scale) if scale.log else ticks(scale.low, scale.high, 4)
    for tick, number in zip(marks, tick_texts(marks), strict=True):
        y = bottom - scale.at(tick) * _HEIGHT
        parts.append(line(left, y, right, y, "grid"))
        parts.append(text(left - 5, y + 3.5, number, "quiet", "end"))
    parts.append(text(left, bottom + 14, "0", "quiet"))
    last = f"{panel.last:,.0f}" if panel.last >= 10 else f"{panel.last:g}"
    parts.append(text(right, bottom + 14, f"{last} {axis}", "quiet", "end"))
    return parts


def _marks(panel: _Panel, marks: Sequence[tuple[float, str]]) -> list[str]:
    """Return labelled vertical lines."""
    parts, top = [], panel.y + _TOP
    for at, word in marks:
        x = panel.x + _LEFT + at / panel.last * (_PANEL - _LEFT)
        parts += [line(x, top, x, top + _HEIGHT, "axis"), text(x + 4, top + 12, word, "quiet")]
    return parts


def _decades(scale: Scale) -> list[float]:
    lowest, highest = math.ceil(math.log10(scale.low)), math.floor(math.log10(scale.high))
    step = max(1, math.ceil((highest - lowest) / _MOST_TICKS))
    return [10.0**power for power in range(highest, lowest - 1, -step)] or [scale.low, scale.high]


def _legend(series: Sequence[Lines], styles: Sequence[str]) -> list[str]:
    parts, x = [], 0.0
    for one, style in zip(series, styles, strict=True):
        parts.append(line(x, 8, x + 22, 8, f"s {style}") + text(x + 28, 12, one.label))
        x += _legend_width(one)
    return parts


def _legend_width(one: Lines) -> float:
    return 46 + 6.4 * len(one.label)
