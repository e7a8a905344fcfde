"""Loss curves as one SVG: rows of the table down, losses across, one vertical scale a loss."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

#: name -> [(iteration, value)]
History = dict[str, list[tuple[float, float]]]

_PAGE, _LABEL, _HEIGHT, _GAP, _HEAD, _FOOT = 1096, 150, 58, 14, 40, 22
_NARROWEST, _WIDEST = 116, 220
_POINTS = 120
_LOG_RATIO = 30.0
_GROUPS = (("app", "content", "style", "seg", "rec"), ("kl",), ("adv", "gan", "d"))

_STYLE = """
.curves { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.curves text { fill: #1d1f21; } .curves .quiet { fill: #6a6d70; font-size: 10px; }
.curves .name { font-weight: 600; }
.curves .frame { fill: #7f858a; fill-opacity: .07; } .curves .zero { stroke: #7f858a; stroke-opacity: .35; }
.curves .line { fill: none; stroke: #2b6a99; stroke-width: 1.3; stroke-linejoin: round; }
.curves .band { fill: #2b6a99; fill-opacity: .18; }
@media (prefers-color-scheme: dark) { .curves text { fill: #e4e2dd; } .curves .quiet { fill: #9b9c9e; }
.curves .line { stroke: #7db7e0; } .curves .band { fill: #7db7e0; } }
@media print { .curves text { fill: #000; } .curves .quiet { fill: #444; } .curves .line { stroke: #1b4f77; } }
"""


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    log: bool

    def at(self, value: float) -> float:
        """0 at the bottom, 1 at the top."""
        if self.log:
            value, low, high = (math.log10(max(v, self.low)) for v in (value, self.low, self.high))
        else:
            low, high = self.low, self.high
        return (value - low) / (high - low)

    def text(self) -> str:
        return f"{self.low:.3g} to {self.high:.3g}" + (", log" if self.log else "")


@dataclass(frozen=True)
class _Place:
    """Where a panel lies, and the iteration at its right edge."""

    x: int
    y: int
    width: int
    last: float

    def point(self, at: float, value: float, scale: _Scale) -> str:
        return f"{self.x + at / self.last * self.width:.1f},{self.y + 2 + (1 - scale.at(value)) * (_HEIGHT - 4):.1f}"


def read_history(path: Path) -> History:
    """Reads `history.jsonl`; values that are no numbers are left out, and a half-written last line too."""
    history: History = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        iteration = row.pop("iteration", None)
        for name, value in row.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool) and iteration is not None:
                history.setdefault(name, []).append((float(iteration), float(value)))
    return history


def loss_chart(histories: Sequence[tuple[str, History]]) -> str:
    """A self-contained `<svg>` of (label, history) rows. Curves of one loss share its scale, logarithmic if need be."""
    names = sorted({name for _, history in histories for name in history}, key=_loss_order)
    last = max((x for _, history in histories for points in history.values() for x, _ in points), default=1.0) or 1.0
    panel = min(_WIDEST, max(_NARROWEST, (_PAGE - _LABEL) // max(len(names), 1) - _GAP))
    width = _LABEL + len(names) * (panel + _GAP) - _GAP
    height = _HEAD + len(histories) * (_HEIGHT + _GAP) + _FOOT - _GAP
    parts = [
        f'<svg class="curves" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img"><title>Losses while training</title><style>{_STYLE}</style>'
    ]
    for column, name in enumerate(names):
        x = _LABEL + column * (panel + _GAP)
        scale = _scale([value for _, history in histories for _, value in history.get(name, [])])
        parts.append(_text(x, 14, name, "name") + _text(x, 29, scale.text() if scale else "not finite", "quiet"))
        parts.append(_text(x, height - 6, "0", "quiet"))
        parts.append(_text(x + panel, height - 6, f"{last:,.0f}", "quiet", anchor="end"))
        for row, (_, history) in enumerate(histories):
            if name in history:
                place = _Place(x, _HEAD + row * (_HEIGHT + _GAP), panel, last)
                parts.append(_panel(place, history[name], scale))
    for row, (label, _) in enumerate(histories):
        parts += _label(label, _HEAD + row * (_HEIGHT + _GAP))
    return "".join([*parts, _text(0, height - 6, "iterations", "quiet"), "</svg>"])


def _loss_order(name: str) -> tuple[int, int, str]:
    """Appearance first, then KL, then adversarial; the total ("L") last."""
    short = name.removeprefix("L_").lower()
    group = next((i for i, starts in enumerate(_GROUPS) if short.startswith(starts)), len(_GROUPS))
    return int(name == "L"), group, name


def _scale(values: Sequence[float]) -> _Scale | None:
    finite = sorted(value for value in values if math.isfinite(value))
    if not finite:
        return None
    low, high = finite[0], finite[-1]
    if low > 0 and high / low > _LOG_RATIO:
        return _Scale(low, high, True)
    low = min(low, 0.0)
    return _Scale(low, high if high > low else low + 1.0, False)


def _panel(place: _Place, points: Sequence[tuple[float, float]], scale: _Scale | None) -> str:
    x, y, width = place.x, place.y, place.width
    frame = f'<rect class="frame" x="{x}" y="{y}" width="{width}" height="{_HEIGHT}" rx="2"/>'
    finite = [(at, value) for at, value in points if math.isfinite(value)]
    if scale is None or not finite:
        return frame + _text(x + 6, y + 14, "not finite", "quiet")
    if scale.low < 0:
        zero = place.point(0, 0, scale).partition(",")[2]
        frame += f'<line class="zero" x1="{x}" x2="{x + width}" y1="{zero}" y2="{zero}"/>'
    bins = _bins(finite)
    outline = [place.point(at, high, scale) for at, _, _, high in bins]
    outline += [place.point(at, low, scale) for at, low, _, _ in reversed(bins)]
    band = f'<polygon class="band" points="{" ".join(outline)}"/>' if len(finite) > _POINTS else ""
    line = " ".join(place.point(at, mean, scale) for at, _, mean, _ in bins)
    note = "" if len(finite) == len(points) else f", {len(points) - len(finite)} not finite"
    # Early in training losses are high, so the corner at the top right is the free one.
    value = _text(x + width - 5, y + 13, f"{finite[-1][1]:.3g}{note}", "quiet", anchor="end")
    return f'{frame}{band}<polyline class="line" points="{line}"/>{value}'


def _bins(points: Sequence[tuple[float, float]]) -> list[tuple[float, float, float, float]]:
    """At most `_POINTS` of (iteration, lowest, mean, highest)."""
    size = math.ceil(len(points) / _POINTS)
    found = []
    for start in range(0, len(points), size):
        chunk = points[start : start + size]
        values = [value for _, value in chunk]
        at = sum(x for x, _ in chunk) / len(chunk)
        found.append((at, min(values), sum(values) / len(values), max(values)))
    return found


def _label(label: str, y: float) -> list[str]:
    """A row's name in up to three lines."""
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) > 22:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > 4:
        lines = [*lines[:3], lines[3] + " …"]
    return [
        _text(0, y + 13 + 14 * i, line, "name" if i == 0 and len(lines) == 1 else "") for i, line in enumerate(lines)
    ]


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    return f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
