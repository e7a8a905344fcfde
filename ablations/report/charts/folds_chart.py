"""Systems on the same pairs, fold by fold: a dot each, lines from system to system, and what a paired test says."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ablations.report.charts.svg import Scale, circle, document, line, text, tick_text, ticks

_LABEL, _WIDTH, _VALUE = 190, 400, 130
_STRIP, _TOP, _AXIS, _LINE = 56, 14, 40, 18
_COLOURS = 6


def folds_chart(rows: Sequence[tuple[str, Sequence[float]]], words: Sequence[str], title: str) -> str:
    """Accuracy across, a strip a row: the folds as dots, their mean as a bar, the same fold joined from strip to strip.

    Args:
        rows: label, and accuracy in percent of each fold, at least one row; all have equally many folds.
        words: lines of text that stand below.
    """
    values = [value for _, folds in rows for value in folds]
    edge = 0.05 * (max(values) - min(values)) or 1.0
    scale = Scale(min(values) - edge, max(values) + edge)
    middles = [_TOP + _STRIP * (i + 0.5) for i in range(len(rows))]
    bottom = _TOP + _STRIP * len(rows)
    parts = _axis(scale, bottom)
    for (_, upper), (_, lower), y in zip(rows, rows[1:], middles, strict=False):
        parts += [line(_x(scale, a), y, _x(scale, b), y + _STRIP, "grid") for a, b in zip(upper, lower, strict=True)]
    for i, ((label, folds), y) in enumerate(zip(rows, middles, strict=True)):
        mean = statistics.fmean(folds)
        parts += [text(0, y + 4, label, "name"), text(_LABEL + _WIDTH + 12, y + 4, _value(folds))]
        parts += [circle(_x(scale, value), y, 3.4, f"f{i % _COLOURS}") for value in folds]
        parts.append(line(_x(scale, mean), y - 13, _x(scale, mean), y + 13, f"s c{i % _COLOURS}"))
    parts += [text(0, bottom + _AXIS + _LINE * (i + 1), words) for i, words in enumerate(words)]
    height = bottom + _AXIS + _LINE * (len(words) + 0.5)
    return document("folds", _LABEL + _WIDTH + _VALUE, height, title, parts)


def _x(scale: Scale, value: float) -> float:
    return _LABEL + scale.at(value) * _WIDTH


def _value(folds: Sequence[float]) -> str:
    """ "92.10 ± 0.38": mean, and standard error over the folds."""
    mean = f"{statistics.fmean(folds):.2f}"
    return f"{mean} ± {statistics.stdev(folds) / len(folds) ** 0.5:.2f} %" if len(folds) > 1 else f"{mean} %"


def _axis(scale: Scale, bottom: float) -> list[str]:
    parts = [f'<rect class="frame" x="{_LABEL}" y="{_TOP}" width="{_WIDTH}" height="{bottom - _TOP:g}"/>']
    for tick in ticks(scale.low, scale.high, 6):
        parts += [line(_x(scale, tick), _TOP, _x(scale, tick), bottom, "grid")]
        parts.append(text(_x(scale, tick), bottom + 14, tick_text(tick), "quiet", "middle"))
    parts.append(text(_LABEL + _WIDTH / 2, bottom + 29, "accuracy of a fold, %", "quiet", "middle"))
    return parts
