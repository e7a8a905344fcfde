"""Forest plot of claims: effect, interval and one dot per paired seed, on one axis per metric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ablations.report.charts.svg import Scale, circle, document, line, text, tick_texts, ticks
from ablations.results.table_result import ClaimResult

#: Size of a strip, and of the axis under strips.
WIDTH, HEIGHT, AXIS_HEIGHT = 300, 30, 30
_INSET, _MIDDLE, _SEEDS = 12, 10, 22
#: An interval may extend the axis by this fraction of the seeds' range; beyond, it ends in an arrow.
_WIDER = 0.75


@dataclass(frozen=True)
class Axis:
    """The common axis of a metric's differences."""

    scale: Scale

    def x(self, value: float) -> float:
        """Return the position of a difference, clipped to the edges."""
        return _INSET + min(max(self.scale.at(value), 0.0), 1.0) * (WIDTH - 2 * _INSET)


def axis_of(claims: Sequence[ClaimResult]) -> Axis | None:
    """Return an axis with zero, all seeds and margins, and intervals unless much wider; None without effects."""
    seen = [0.0]
    for claim in claims:
        seen += [v for v in (*claim.differences, claim.effect) if v is not None and math.isfinite(v)]
        seen += [-claim.claim.margin, claim.claim.margin] if claim.claim.margin and claim.effect is not None else []
    low, high = min(seen), max(seen)
    if low == high:
        return None
    room = _WIDER * (high - low)
    ends = [end for claim in claims if claim.interval for end in claim.interval if math.isfinite(end)]
    wide_low, wide_high = max(min([low, *ends]), low - room), min(max([high, *ends]), high + room)
    edge = 0.03 * (wide_high - wide_low)
    return Axis(Scale(wide_low - edge, wide_high + edge))


def strip(claim: ClaimResult, axis: Axis) -> str:
    """Return one claim's effect as an `<svg>` of `WIDTH` by `HEIGHT`; the claimed range is shaded."""
    return document("forest", WIDTH, HEIGHT, _words(claim), _marks(claim, axis))


def axis_strip(axis: Axis) -> str:
    """Return the axis with its numbers, for below the strips."""
    return document("forest", WIDTH, AXIS_HEIGHT, "axis of the differences", _axis_marks(axis))


def forest_chart(lines: Sequence[tuple[str, ClaimResult]], axis: Axis, title: str) -> str:
    """Return labelled strips with their axis as one `<svg>`, for formats without a surrounding table."""
    label = 420
    parts = []
    for i, (words, claim) in enumerate(lines):
        y = i * HEIGHT
        parts.append(text(0, y + _MIDDLE + 4, words if len(words) <= 72 else words[:71] + "…"))
        parts.append(f'<g transform="translate({label} {y})">{"".join(_marks(claim, axis))}</g>')
    bottom = len(lines) * HEIGHT
    parts.append(f'<g transform="translate({label} {bottom})">{"".join(_axis_marks(axis))}</g>')
    parts.append(text(0, bottom + 20, title, "quiet"))
    return document("forest", label + WIDTH, bottom + AXIS_HEIGHT, title, parts)


def _marks(claim: ClaimResult, axis: Axis) -> list[str]:
    left, right = _claimed_range(claim, axis)
    parts = [
        f'<rect class="claimed" x="{left:.1f}" y="0" width="{max(right - left, 0):.1f}" height="{HEIGHT}"/>',
        line(axis.x(0), 0, axis.x(0), HEIGHT, "zero"),
    ]
    if claim.interval is not None:
        parts += _interval(claim.interval, axis)
    parts += [circle(axis.x(value), _SEEDS, 2.2, "seed") for value in claim.differences if math.isfinite(value)]
    if claim.effect is not None and math.isfinite(claim.effect):
        parts.append(circle(axis.x(claim.effect), _MIDDLE, 4, f"effect {claim.verdict}"))
    return parts


def _claimed_range(claim: ClaimResult, axis: Axis) -> tuple[float, float]:
    """Return the left and right end of the claimed range of the difference."""
    if claim.claim.operator == "=":
        margin = claim.claim.margin or 0.0
        return axis.x(-margin), axis.x(margin)
    return (0.0, axis.x(0)) if claim.claim.operator == "<" else (axis.x(0), float(WIDTH))


def _interval(interval: tuple[float, float], axis: Axis) -> list[str]:
    (low, high), scale = interval, axis.scale
    x1, x2 = axis.x(low), axis.x(high)
    parts = [line(x1, _MIDDLE, x2, _MIDDLE, "interval")]
    for x, cut, side in ((x1, low < scale.low, -1), (x2, high > scale.high, 1)):
        if cut:
            parts.append(f'<path class="arrow" d="M{x + 7 * side:.1f} {_MIDDLE}l{-7 * side} -4v8z"/>')
        else:
            parts.append(line(x, _MIDDLE - 4, x, _MIDDLE + 4, "interval"))
    return parts


def _axis_marks(axis: Axis) -> list[str]:
    parts = [line(_INSET, 4, WIDTH - _INSET, 4, "axis")]
    marks = ticks(axis.scale.low, axis.scale.high)
    for value, number in zip(marks, tick_texts(marks), strict=True):
        parts.append(line(axis.x(value), 4, axis.x(value), 8, "axis"))
        parts.append(text(axis.x(value), 20, number, "quiet", "middle"))
    return parts


def _words(claim: ClaimResult) -> str:
    seeds = ", ".join(f"{value:.4g}" for value in claim.differences)
    return f"{claim.verdict}; differences by seed: {seeds}" if seeds else claim.verdict
