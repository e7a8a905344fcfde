"""Loss curves as one SVG: one line per row of the table, one column and vertical scale per loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ablations.report.charts.svg import Scale, document, loss_scale, text
from ablations.report.views.history import POINTS, History, bins

_PAGE, _LABEL, _HEIGHT, _GAP, _HEAD, _FOOT = 1096, 150, 58, 14, 40, 22
_NARROWEST, _WIDEST = 116, 220
_GROUPS = (("app", "content", "style", "seg", "rec"), ("kl",), ("adv", "gan", "d"))


@dataclass(frozen=True)
class _Place:
    """Position of a panel, and the iteration at its right edge."""

    x: int
    y: int
    width: int
    last: float

    def point(self, at: float, value: float, scale: Scale) -> str:
        return f"{self.x + at / self.last * self.width:.1f},{self.y + 2 + (1 - scale.at(value)) * (_HEIGHT - 4):.1f}"


def loss_chart(histories: Sequence[tuple[str, History]]) -> str:
    """Return an `<svg>` of (label, history) rows. Curves of one loss share its scale, logarithmic if necessary."""
    names = sorted({name for _, history in histories for name in history}, key=_loss_order)
    last = max((x for _, history in histories for points in history.values() for x, _ in points), default=1.0) or 1.0
    panel = min(_WIDEST, max(_NARROWEST, (_PAGE - _LABEL) // max(len(names), 1) - _GAP))
    width = _LABEL + len(names) * (panel + _GAP) - _GAP
    height = _HEAD + len(histories) * (_HEIGHT + _GAP) + _FOOT - _GAP
    parts: list[str] = []
    for column, name in enumerate(names):
        x = _LABEL + column * (panel + _GAP)
        scale = loss_scale([value for _, history in histories for _, value in history.get(name, [])])
        parts.append(text(x, 14, name, "name") + text(x, 29, scale.text() if scale else "not finite", "quiet"))
        parts.append(text(x, height - 6, "0", "quiet"))
        parts.append(text(x + panel, height - 6, f"{last:,.0f}", "quiet", anchor="end"))
        for row, (_, history) in enumerate(histories):
            if name in history:
                place = _Place(x, _HEAD + row * (_HEIGHT + _GAP), panel, last)
                parts.append(_panel(place, history[name], scale))
    for row, (label, _) in enumerate(histories):
        parts += _label(label, _HEAD + row * (_HEIGHT + _GAP))
    parts.append(text(0, height - 6, "iterations", "quiet"))
    return document("curves", width, height, "Losses while training", parts)


def _loss_order(name: str) -> tuple[int, int, str]:
    """Sort key of losses: appearance, then KL, then adversarial; the total ("L") last."""
    short = name.removeprefix("L_").lower()
    group = next((i for i, starts in enumerate(_GROUPS) if short.startswith(starts)), len(_GROUPS))
    return int(name == "L"), group, name


def _panel(place: _Place, points: Sequence[tuple[float, float]], scale: Scale | None) -> str:
    x, y, width = place.x, place.y, place.width
    frame = f'<rect class="frame" x="{x}" y="{y}" width="{width}" height="{_HEIGHT}" rx="2"/>'
    finite = [(at, value) for at, value in points if math.isfinite(value)]
    if scale is None or not finite:
        return frame + text(x + 6, y + 14, "not finite", "quiet")
    if scale.low < 0:
        zero = place.point(0, 0, scale).partition(",")[2]
        frame += f'<line class="zero" x1="{x}" x2="{x + width}" y1="{zero}" y2="{zero}"/>'
    binned = bins(finite)
    outline = [place.point(at, high, scale) for at, _, _, high in binned]
    outline += [place.point(at, low, scale) for at, low, _, _ in reversed(binned)]
    band = f'<polygon class="band" points="{" ".join(outline)}"/>' if len(finite) > POINTS else ""
    line = " ".join(place.point(at, mean, scale) for at, _, mean, _ in binned)
    note = "" if len(finite) == len(points) else f", {len(points) - len(finite)} not finite"
    # Losses are high early in training, so the top right corner is free.
    value = text(x + width - 5, y + 13, f"{finite[-1][1]:.3g}{note}", "quiet", anchor="end")
    return f'{frame}{band}<polyline class="line" points="{line}"/>{value}'


def _label(label: str, y: float) -> list[str]:
    """Format a row's name in several lines."""
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) > 20:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > 4:
        lines = [*lines[:3], lines[3] + " …"]
    return [
        text(0, y + 13 + 14 * i, line, "name" if i == 0 and len(lines) == 1 else "") for i, line in enumerate(lines)
    ]
