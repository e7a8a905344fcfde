"""Elements of the charts: SVG frame, texts, scales and ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

STYLE = Path(__file__).parent / "charts.css"

#: Above this ratio of largest to smallest, a scale of positive values is logarithmic.
LOG_RATIO = 30.0


@dataclass(frozen=True)
class Scale:
    """Linear or logarithmic scale from `low` to `high`."""

    low: float
    high: float
    log: bool = False

    def at(self, value: float) -> float:
        """Map a value: 0 at `low`, 1 at `high`."""
        if self.log:
            value, low, high = (math.log10(max(v, self.low)) for v in (value, self.low, self.high))
        else:
            low, high = self.low, self.high
        return (value - low) / (high - low)

    def text(self) -> str:
        """Format the range."""
        return f"{self.low:.3g} to {self.high:.3g}" + (", log" if self.log else "")


def loss_scale(values: Sequence[float], linear: bool = False) -> Scale | None:
    """Return a scale from zero (or below) to the largest finite value; logarithmic for a wide range, unless `linear`;
    None without values."""
    finite = sorted(value for value in values if math.isfinite(value))
    if not finite:
        return None
    low, high = finite[0], finite[-1]
    if low > 0 and high / low > LOG_RATIO and not linear:
        return Scale(low, high, True)
    low = min(low, 0.0)
    return Scale(low, high if high > low else low + 1.0)


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return about `count` round numbers between `low` and `high`."""
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / count))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= count)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


def tick_texts(values: Sequence[float]) -> list[str]:
    """Format the numbers of an axis with typographic minus signs, with as many digits as make them differ."""
    found: list[str] = []
    for digits in range(6, 16):
        found = [f"{value:.{digits}g}".replace("-", "−") for value in values]
        if len(set(found)) == len(set(values)):
            break
    return found


def text(x: float, y: float, content: str, style: str = "", anchor: str = "start") -> str:
    """Return a line of text."""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    style_class = f' class="{style}"' if style else ""
    return f'<text{style_class} x="{x:g}" y="{y:g}"{place}>{escape(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """Return a straight line."""
    return f'<line class="{style}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"/>'


def circle(x: float, y: float, radius: float, style: str) -> str:
    """Return a dot."""
    return f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>'


def document(style: str, width: float, height: float, title: str, parts: Sequence[str]) -> str:
    """Return an `<svg>` for a page with the charts' style sheet."""
    return (
        f'<svg class="chart {style}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def standalone(svg: str) -> str:
    """Return an `<svg>` with the style sheet inside, for a separate file."""
    head, end, rest = svg.partition("</title>")
    return f"{head}{end}<style>{STYLE.read_text(encoding='utf-8')}</style>{rest}\n"
