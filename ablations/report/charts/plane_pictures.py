"""Points in the plane as pictures: real ones blue, generated ones red, as in the papers' figures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Points = NDArray[np.float32]

SIDE, GAP, HEAD, LABEL = 148, 8, 22, 118
#: Pictures are drawn so much larger, and then shrunk: PIL draws without smoothing.
_FINER = 3
_REAL, _GENERATED, _INK, _QUIET, _FRAME = (70, 130, 190), (203, 64, 52), "#222222", "#666666", "#c9c9c9"
#: How much of the plane a panel shows, in radii of the real points about their middle.
_SHOWN = 1.75


@dataclass(frozen=True)
class Moment:
    """What the rows had made at an iteration: real points (R, 2), and generated ones (N, 2) by row."""

    iteration: int
    real: Points
    generated: list[Points]


def read_moment(iteration: int, path: Path, positions: Sequence[int]) -> Moment:
    """A snapshot's points; `positions` are those of the rows among the models that were trained together."""
    with np.load(path) as arrays:
        generated = arrays["generated"]
        return Moment(iteration, arrays["real"], [generated[position] for position in positions])


def panel(real: Points, generated: Points, side: int = SIDE) -> Image.Image:
    """One square of the plane about the real points. What lies outside is said in words, not left out in silence."""
    middle = real.mean(0)
    reach = _SHOWN * float(np.linalg.norm(real - middle, axis=1).mean())
    image = Image.new("RGB", (side * _FINER, side * _FINER), "white")
    draw = ImageDraw.Draw(image, "RGBA")
    for points, colour in ((real, (*_REAL, 110)), (generated, (*_GENERATED, 150))):
        size = 1.15 * _FINER
        for x, y in _placed(points, middle, reach, side * _FINER):
            draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
    image = image.resize((side, side), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, side - 1, side - 1), outline=_FRAME)
    if note := outside(real, generated):
        draw.multiline_text((5, 4), note, _INK, ImageFont.load_default(10), spacing=1)
    return image


def outside(real: Points, generated: Points) -> str:
    """Where points are that a panel does not show: "62 % outside,\\nabout (0, 0)"; "" where it shows nearly all."""
    finite = generated[np.isfinite(generated).all(1)]
    if len(finite) == 0:
        return "not finite"
    middle = real.mean(0)
    reach = _SHOWN * float(np.linalg.norm(real - middle, axis=1).mean())
    away = finite[(np.abs(finite - middle) > reach).any(1)]
    share = len(away) / len(generated)
    if share < 0.02:
        return ""
    x, y = np.median(away, axis=0)
    return f"{share:.0%} outside,\nabout ({x:.0f}, {y:.0f})".replace("%", " %").replace("-", "\N{MINUS SIGN}")


def sheet(moments: Sequence[Moment], labels: Sequence[str]) -> bytes:
    """A PNG: rows of the table down, iterations across."""
    width = LABEL + len(moments) * (SIDE + GAP)
    page = Image.new("RGB", (width, HEAD + len(labels) * (SIDE + GAP)), "white")
    draw = ImageDraw.Draw(page)
    for column, moment in enumerate(moments):
        x = LABEL + column * (SIDE + GAP)
        draw.text((x + SIDE / 2, HEAD / 2), iterations(moment.iteration), _INK, ImageFont.load_default(12), anchor="mm")
        for row, generated in enumerate(moment.generated):
            page.paste(panel(moment.real, generated), (x, HEAD + row * (SIDE + GAP)))
    for row, label in enumerate(labels):
        draw.multiline_text((2, HEAD + row * (SIDE + GAP) + SIDE / 2), wrapped(label), _INK, _FONT, anchor="lm")
    buffer = io.BytesIO()
    page.quantize(64).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def animation(moments: Sequence[Moment], labels: Sequence[str], seconds: float = 8.0) -> bytes:
    """A GIF: a frame a moment, the rows side by side; it rests on the last one."""
    width = GAP + len(labels) * (SIDE + GAP)
    frames = []
    for moment in moments:
        page = Image.new("RGB", (width, 2 * HEAD + SIDE + GAP), "white")
        draw = ImageDraw.Draw(page)
        draw.text((width / 2, HEAD / 2), f"{iterations(moment.iteration)} iterations", _INK, _FONT, anchor="mm")
        for column, (label, generated) in enumerate(zip(labels, moment.generated, strict=True)):
            x = GAP + column * (SIDE + GAP)
            draw.text((x + SIDE / 2, 1.5 * HEAD), shortened(label), _QUIET, _FONT, anchor="mm")
            page.paste(panel(moment.real, generated), (x, 2 * HEAD))
        frames.append(page.quantize(32, dither=Image.Dither.NONE))
    each = max(60, round(1000 * seconds / len(frames)))
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], loop=0, duration=[each] * (len(frames) - 1) + [2500]
    )
    return buffer.getvalue()


def iterations(count: int) -> str:
    """ "2,000", "150 k", "2 M": as short as it stays exact to three digits."""
    for size, unit in ((1_000_000, " M"), (10_000, " k")):
        if count >= size:
            return f"{count / (1000 if unit == ' k' else size):.3g}{unit}"
    return f"{count:,}"


def chosen(moments: Sequence[int], count: int = 7) -> list[int]:
    """Positions of `count` moments, evenly spaced among those from a hundredth of the last on, the last included."""
    late = [i for i, at in enumerate(moments) if at * 100 >= moments[-1]]
    if len(late) <= count:
        return late
    return sorted({late[round(i * (len(late) - 1) / (count - 1))] for i in range(count)})


def wrapped(label: str, width: int = 16) -> str:
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def shortened(label: str, width: int = 22) -> str:
    return label if len(label) <= width else f"{label[: width - 1]}\N{HORIZONTAL ELLIPSIS}"


def _placed(points: Points, middle: NDArray[np.float32], reach: float, side: int) -> NDArray[np.float64]:
    """Pixels of the points that a panel shows; upwards is up."""
    finite = points[np.isfinite(points).all(1)].astype(np.float64)
    at = (finite - middle) / reach
    shown = at[(np.abs(at) <= 1).all(1)]
    return np.stack([(shown[:, 0] + 1) / 2 * side, (1 - shown[:, 1]) / 2 * side], axis=1)


_FONT = ImageFont.load_default(12)
