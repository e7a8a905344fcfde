"""Images in lines and columns with words beside them, for a reader."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from lightning_modules.metrics.images import to_uint8

INK, PALE, PAPER = "#222222", "#666666", "white"
#: Small images are enlarged, by a whole number, until their side is no less than this.
LEAST = 96
_GAP, _WIDE_GAP, _LINE = 5, 20, 15
_LABEL, _BESIDE = 130, 8  # the widest label of a line, and what lies between it and the images
_FRAME = 3


@dataclass(frozen=True)
class Cell:
    """An image (3, R, R) in [-1, 1], words below it, and the colour of a frame ("" for none)."""

    image: Tensor
    words: str = ""
    frame: str = ""


def labelled_sheet(
    columns: Sequence[str],
    lines: Sequence[tuple[str, Sequence[Cell | None]]],
    gaps: Collection[int] = (),
    note: str = "",
) -> Image.Image:
    """An image of images.

    Args:
        columns: the heading of each.
        lines: of each its label ("" for none) and a cell for each column, None for an empty one.
        gaps: numbers of columns, from 0, that begin a new group: a wide gap stands before each.
        note: what stands below.
    """
    side = shown_side(next(cell.image.shape[-1] for _, cells in lines for cell in cells if cell is not None))
    heads = [_wrapped(text, side) for text in columns]
    labels = [_wrapped(text, _LABEL) for text, _ in lines]
    left = max((round(_font().getlength(line)) for text in labels for line in text), default=0)
    left = left + _GAP + _BESIDE if left else _GAP
    top = _LINE * max(map(len, heads), default=0) + 2 * _GAP
    foot = _LINE + 2 if any(cell and cell.words for _, cells in lines for cell in cells) else 0
    across = [left + i * (side + _GAP) + sum(gap <= i for gap in gaps) * _WIDE_GAP for i in range(len(columns))]
    down = [top + i * (side + foot + _GAP) for i in range(len(lines))]
    width, height = across[-1] + side + _GAP, down[-1] + side + foot + _GAP
    below = _wrapped(note, width - left - _GAP)
    page = Image.new("RGB", (width, height + _LINE * len(below) + (_GAP if below else 0)), PAPER)
    draw = ImageDraw.Draw(page)
    _write(draw, (left, height + _LINE * len(below) / 2), below, "lm")
    for x, text in zip(across, heads, strict=True):
        _write(draw, (x + side / 2, top - _GAP - _LINE * len(text) / 2), text, "mm")
    for y, text, (_, cells) in zip(down, labels, lines, strict=True):
        _write(draw, (left - _BESIDE, y + side / 2), text, "rm")
        for x, cell in zip(across, cells, strict=True):
            if cell is not None:
                _paste(page, draw, (x, y), cell, side)
    return page


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    """Two images side by side, on paper as high as the higher one."""
    page = Image.new("RGB", (left.width + _WIDE_GAP + right.width, max(left.height, right.height)), PAPER)
    page.paste(left, (0, (page.height - left.height) // 2))
    page.paste(right, (left.width + _WIDE_GAP, (page.height - right.height) // 2))
    return page


def shown_side(resolution: int) -> int:
    """The side at which images of a resolution are shown, in pixels."""
    return resolution * -(-LEAST // resolution)


def to_image(image: Tensor) -> Image.Image:
    """An image (3, H, W) in [-1, 1]; what is not finite (a diverged model) is black."""
    pixels = to_uint8(torch.nan_to_num(image, nan=-1.0, posinf=-1.0, neginf=-1.0)[None])[0]
    return Image.fromarray(pixels.permute(1, 2, 0).cpu().numpy())


def _paste(page: Image.Image, draw: ImageDraw.ImageDraw, at: tuple[int, int], cell: Cell, side: int) -> None:
    x, y = at
    page.paste(to_image(cell.image).resize((side, side), Image.Resampling.BICUBIC), at)
    if cell.frame:
        draw.rectangle((x - _FRAME, y - _FRAME, x + side + _FRAME - 1, y + side + _FRAME - 1), None, cell.frame, _FRAME)
    if cell.words:
        draw.text((x + side / 2, y + side + 3), _cut(cell.words, side), PALE, _font(), anchor="ma")


def _write(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: Sequence[str], anchor: str) -> None:
    for number, line in enumerate(text):
        draw.text((at[0], at[1] + _LINE * (number - (len(text) - 1) / 2)), line, INK, _font(), anchor=anchor)


def _wrapped(text: str, width: float) -> list[str]:
    """Lines of at most a width in pixels; a word that is longer is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and _font().getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(_cut(word, width))
    return lines


def _cut(text: str, width: float) -> str:
    if _font().getlength(text) <= width:
        return text
    while text and _font().getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(12)
