"""Paired values of several rows: dots, lines between pairs, and results of paired tests."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ablations.report.charts.svg import Scale, circle, document, line, text, tick_texts, ticks

_LABEL, _WIDTH, _VALUE = 190, 400, 130
_STRIP, _TOP, _AXIS, _LINE = 56, 14, 40, 18
_COLOURS = 6


def paired_chart(
    rows: Sequence[tuple[str, Sequence[float]]], words: Sequence[str], axis: str, unit: str, title: str
) -> str:
    """Return an `<svg>` with a strip for each row: values as dots, their mean as a bar, pairs joined strip to strip.

    Args:
        rows: label and values, at least one row.
        words: lines of text below the chart.
        axis: the quantity, and its unit ("" for none).
    """
    values = [value for _, own in rows for value in own]
    edge = 0.05 * (max(values) - min(values)) or 1.0
    scale = Scale(min(values) - edge, max(values) + edge)
    middles = [_TOP + _STRIP * (i + 0.5) for i in range(len(rows))]
    bottom = _TOP + _STRIP * len(rows)
    parts = _axis(scale, bottom, f"{axis}, {unit}" if unit else axis)
    for (_, upper), (_, lower), y in zip(rows, rows[1:], middles, strict=False):
        parts += [line(_x(scale, a), y, _x(scale, b), y + _STRIP, "grid") for a, b in zip(upper, lower, strict=False)]
    for i, ((label, own), y) in enumerate(zip(rows, middles, strict=True)):
        mean = statistics.fmean(own)
        parts += [text(0, y + 4, label, "name"), text(_LABEL + _WIDTH + 12, y + 4, _value(own, unit))]
        parts += [circle(_x(scale, value), y, 3.4, f"f{i % _COLOURS}") for value in own]
        parts.append(line(_x(scale, mean), y - 13, _x(scale, mean), y + 13, f"s c{i % _COLOURS}"))
    parts += [text(0, bottom + _AXIS + _LINE * (i + 1), words) for i, words in enumerate(words)]
    height = bottom + _AXIS + _LINE * (len(words) + 0.5)
    return document("paired", _LABEL + _WIDTH + _VALUE, height, title, parts)


def _x(scale: Scale, value: float) -> float:
    return _LABEL + scale.at(value) * _WIDTH


def _value(values: Sequence[float], unit: str) -> str:
    """Format mean and standard error: "92.10 ± 0.38 %"."""
    error = f" ± {statistics.stdev(values) / len(values) ** 0.5:.2f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.2f}{error} {unit}".strip()


def _axis(scale: Scale, bottom: float, name: str) -> list[str]:
    parts = [f'<rect class="frame" x="{_LABEL}" y="{_TOP}" width="{_WIDTH}" height="{bottom - _TOP:g}"/>']
    marks = ticks(scale.low, scale.high, 6)
    for tick, number in zip(marks, tick_texts(marks), strict=True):
        parts += [line(_x(scale, tick), _TOP, _x(scale, tick), bottom, "grid")]
        parts.append(text(_x(scale, tick), bottom + 14, number, "quiet", "middle"))
    parts.append(text(_LABEL + _WIDTH / 2, bottom + 29, name, "quiet", "middle"))
    return parts
