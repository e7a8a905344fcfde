"""The generator's loss, and its gradient, by how far apart two distributions are: one SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ablations.report.charts.svg import Scale, document, line, text, tick_text, ticks

_WIDTH, _HEIGHT, _LEFT, _GAP, _TOP, _BOTTOM = 300, 150, 44, 26, 24, 34
_SKETCH = 190
Curves = Mapping[str, Sequence[float]]


def distance_chart(curves: Curves, title: str) -> str:
    """Two lines of panels, the GAN's and feature matching's: a sketch, the loss, the length of its gradient.

    Args:
        curves: "distance" in radii, and at each "gan", "exact", "gan_gradient", "matching", "matching_gradient".
    """
    down = _TOP + _HEIGHT + _BOTTOM
    parts = []
    lines = (
        ("GAN", (("gan", "c1"), ("exact", "c5 dash")), "gan_gradient"),
        ("Feature matching", (("matching", "c0"),), "matching_gradient"),
    )
    for index, (name, losses, gradient) in enumerate(lines):
        y = index * down
        parts += _sketch(y, name)
        parts += _panel(_SKETCH, y, "loss of G", curves, losses)
        parts += _panel(_SKETCH + _WIDTH + _GAP, y, "its gradient at a point", curves, ((gradient, losses[0][1]),))
    x = _SKETCH + _LEFT + 8
    parts += [line(x, _TOP + 12, x + 18, _TOP + 12, "s c5 dash"), text(x + 23, _TOP + 15.5, "exact, best D", "quiet")]
    return document("distance", _SKETCH + 2 * _WIDTH + _GAP, 2 * down, title, parts)


def _sketch(y: float, name: str) -> list[str]:
    """Two discs that have just parted, and the distance between them."""
    middle, radius = y + _TOP + _HEIGHT / 2, 34.0
    left, right = 44.0, 44.0 + 2.4 * radius
    return [
        text(0, y + 14, name, "name"),
        f'<circle cx="{left:g}" cy="{middle:g}" r="{radius:g}" class="f0 faint"/>',
        f'<circle cx="{right:g}" cy="{middle:g}" r="{radius:g}" class="f1 faint"/>',
        text(left, middle + radius + 14, "real", "quiet", "middle"),
        text(right, middle + radius + 14, "generated", "quiet", "middle"),
        line(left, middle, right, middle, "axis"),
        text((left + right) / 2, middle - 5, "distance", "quiet", "middle"),
    ]


def _panel(x: float, y: float, name: str, curves: Curves, shown: Sequence[tuple[str, str]]) -> list[str]:
    values = [value for key, _ in shown for value in curves[key]]
    low, high = min(0.0, *values), max(0.0, *values)
    scale = Scale(low, high if high > low else low + 1)
    left, right, top, bottom = x + _LEFT, x + _WIDTH, y + _TOP, y + _TOP + _HEIGHT
    furthest = max(curves["distance"])
    parts = [text(left, y + 14, name, "name")]
    parts.append(f'<rect class="frame" x="{left:g}" y="{top:g}" width="{right - left:g}" height="{_HEIGHT}"/>')
    for tick in ticks(scale.low, scale.high, 4):
        at = bottom - scale.at(tick) * _HEIGHT
        parts += [line(left, at, right, at, "grid"), text(left - 5, at + 3.5, tick_text(tick), "quiet", "end")]
    apart = left + 2 / furthest * (right - left)
    if furthest > 2:
        parts += [line(apart, top, apart, bottom, "axis"), text(apart + 4, top + _HEIGHT / 2, "they part", "quiet")]
    for key, style in shown:
        points = zip(curves["distance"], curves[key], strict=True)
        path = " ".join(
            f"{left + d / furthest * (right - left):.1f},{bottom - scale.at(v) * _HEIGHT:.1f}" for d, v in points
        )
        parts.append(f'<polyline class="s {style}" points="{path}"/>')
    parts += [text(left, bottom + 14, "0", "quiet"), text(right, bottom + 14, f"{furthest:g} radii", "quiet", "end")]
    return parts
