"""Points in the plane as images: real ones blue, generated ones red, as in the papers' figures."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Points = NDArray[np.float32]

SIDE, HEAD = 148, 22
#: Factor by which images are drawn larger and then reduced: PIL draws without smoothing.
_FINER = 3
_REAL, _GENERATED, _INK, _FRAME = (70, 130, 190), (203, 64, 52), "#222222", "#c9c9c9"
#: Half side of an image in the plane, in radii of the real points about their middle.
_HALF_SIDE = 1.75


def plane_image(real: Points, generated: Points, side: int = SIDE) -> Image.Image:
    """Return the square of the plane about the real points (R, 2), with text on generated points (N, 2) outside it."""
    middle = real.mean(0)
    reach = _HALF_SIDE * float(np.linalg.norm(real - middle, axis=1).mean())
    image = Image.new("RGB", (side * _FINER, side * _FINER), "white")
    draw = ImageDraw.Draw(image, "RGBA")
    for points, colour in ((real, (*_REAL, 110)), (generated, (*_GENERATED, 150))):
        size = 1.15 * _FINER
        for x, y in _pixels(points, middle, reach, side * _FINER):
            draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
    image = image.resize((side, side), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, side - 1, side - 1), outline=_FRAME)
    if note := outside(real, generated):
        draw.multiline_text((5, 4), note, _INK, ImageFont.load_default(10), spacing=1)
    return image


def outside(real: Points, generated: Points) -> str:
    """Return share and median of the points outside an image, "62 % outside,\nabout (0, 0)"; "" for next to none."""
    finite = generated[np.isfinite(generated).all(1)]
    if len(finite) == 0:
        return "not finite"
    middle = real.mean(0)
    reach = _HALF_SIDE * float(np.linalg.norm(real - middle, axis=1).mean())
    away = finite[(np.abs(finite - middle) > reach).any(1)]
    share = len(away) / len(generated)
    if share < 0.02:
        return ""
    x, y = np.median(away, axis=0)
    # A hyphen: the images' font has no minus sign. Adding zero turns -0 into 0.
    return f"{100 * share:.0f} % outside,\nabout ({round(x) + 0}, {round(y) + 0})"


def animation(moments: Sequence[tuple[int, Points, Points]], seconds: float = 8.0) -> bytes:
    """Return a GIF with a frame for each moment (iteration, real, generated), longest on the last one."""
    frames = []
    for iteration, real, generated in moments:
        page = Image.new("RGB", (SIDE, HEAD + SIDE), "white")
        text = f"{iterations(iteration)} iterations"
        ImageDraw.Draw(page).text((SIDE / 2, HEAD / 2), text, _INK, ImageFont.load_default(12), anchor="mm")
        page.paste(plane_image(real, generated), (0, HEAD))
        frames.append(page.quantize(32, dither=Image.Dither.NONE))
    each = max(60, round(1000 * seconds / len(frames)))
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], loop=0, duration=[each] * (len(frames) - 1) + [2500]
    )
    return buffer.getvalue()


def iterations(count: int) -> str:
    """Return a number of iterations with three significant digits: "2,000", "150 k", "2 M"."""
    for size, unit in ((1_000_000, " M"), (10_000, " k")):
        if count >= size:
            return f"{count / (1000 if unit == ' k' else size):.3g}{unit}"
    return f"{count:,}"


def shown_positions(moments: Sequence[int], count: int = 7) -> list[int]:
    """Return the positions of `count` moments, evenly spaced from a hundredth of the last on, the last included."""
    late = [i for i, at in enumerate(moments) if at * 100 >= moments[-1]]
    if len(late) <= count:
        return late
    return sorted({late[round(i * (len(late) - 1) / (count - 1))] for i in range(count)})


def _pixels(points: Points, middle: NDArray[np.float32], reach: float, side: int) -> NDArray[np.float64]:
    """Return the pixel coordinates (N, 2) of the points inside an image, with the plane's y axis upwards."""
    finite = points[np.isfinite(points).all(1)].astype(np.float64)
    at = (finite - middle) / reach
    inside = at[(np.abs(at) <= 1).all(1)]
    return np.stack([(inside[:, 0] + 1) / 2 * side, (1 - inside[:, 1]) / 2 * side], axis=1)
