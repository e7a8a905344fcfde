"""Images in lines and columns with their titles, as one image: figures, samples of a training, documentation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

INK, PALE, PAPER = "#222222", "#666666", "white"
_GAP, _WIDE_GAP, _LINE = 5, 20, 15
_LABEL, _BESIDE = 130, 8  # the widest label of a line, and the space between it and the images
_FRAME = 3


@dataclass(frozen=True)
class Cell:
    """An image, a caption below it, and the colour of a frame around it ("" for none)."""

    image: Image.Image
    caption: str = ""
    frame: str = ""


def image_sheet(
    columns: Sequence[str],
    lines: Sequence[tuple[str, Sequence[Cell | None]]],
    gaps: Collection[int] = (),
    note: str = "",
    least: int = 96,
) -> Image.Image:
    """Return the images of all lines in one image.

    Args:
        columns: title of each column ("" for none).
        lines: label of each line ("" for none) and a cell for each column, None for an empty one.
        gaps: numbers of columns, from 0, that begin a new group: a wide gap stands before each.
        note: text below the images.
        least: shortest side of an image in pixels; smaller ones are enlarged by a whole number. All cells have the
            size of the first image; images of another size are fitted into it.

    Raises:
        ValueError: for a sheet without an image.
    """
    first = next((cell.image for _, cells in lines for cell in cells if cell is not None), None)
    if first is None:
        raise ValueError("a sheet needs an image")
    width, height = shown_size(first.size, least)
    titles = [_wrap(text, width) for text in columns]
    labels = [_wrap(text, _LABEL) for text, _ in lines]
    left = max((round(_font().getlength(line)) for text in labels for line in text), default=0)
    left = left + _GAP + _BESIDE if left else _GAP
    top = _LINE * max(map(len, titles), default=0) + 2 * _GAP
    foot = _LINE + 2 if any(cell and cell.caption for _, cells in lines for cell in cells) else 0
    across = [left + i * (width + _GAP) + sum(gap <= i for gap in gaps) * _WIDE_GAP for i in range(len(columns))]
    down = [top + i * (height + foot + _GAP) for i in range(len(lines))]
    right, bottom = across[-1] + width + _GAP, down[-1] + height + foot + _GAP
    below = _wrap(note, right - left - _GAP)
    page = Image.new("RGB", (right, bottom + _LINE * len(below) + (_GAP if below else 0)), PAPER)
    draw = ImageDraw.Draw(page)
    _write(draw, (left, bottom + _LINE * len(below) / 2), below, "lm")
    for x, text in zip(across, titles, strict=True):
        _write(draw, (x + width / 2, top - _GAP - _LINE * len(text) / 2), text, "mm")
    for y, text, (_, cells) in zip(down, labels, lines, strict=True):
        _write(draw, (left - _BESIDE, y + height / 2), text, "rm")
        for x, cell in zip(across, cells, strict=True):
            if cell is not None:
                _paste(page, draw, (x, y), cell, (width, height))
    return page


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    """Return two images side by side, each in the middle of its height."""
    page = Image.new("RGB", (left.width + _WIDE_GAP + right.width, max(left.height, right.height)), PAPER)
    page.paste(left, (0, (page.height - left.height) // 2))
    page.paste(right, (left.width + _WIDE_GAP, (page.height - right.height) // 2))
    return page


def shown_size(size: tuple[int, int], least: int) -> tuple[int, int]:
    """Return (width, height) times the smallest whole number that makes no side shorter than `least`."""
    times = -(-least // min(size))
    return size[0] * times, size[1] * times


def _paste(
    page: Image.Image, draw: ImageDraw.ImageDraw, at: tuple[int, int], cell: Cell, size: tuple[int, int]
) -> None:
    """Paste a cell's image into the middle of its place, as large as fits."""
    (x, y), (width, height), image = at, size, cell.image
    scale = min(width / image.width, height / image.height)
    fitted = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    x, y = x + (width - fitted[0]) // 2, y + (height - fitted[1]) // 2
    page.paste(image.convert("RGB").resize(fitted, Image.Resampling.BICUBIC), (x, y))
    if cell.frame:
        box = (x - _FRAME, y - _FRAME, x + fitted[0] + _FRAME - 1, y + fitted[1] + _FRAME - 1)
        draw.rectangle(box, None, cell.frame, _FRAME)
    if cell.caption:
        draw.text((at[0] + width / 2, at[1] + height + 3), _shorten(cell.caption, width), PALE, _font(), anchor="ma")


def _write(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: Sequence[str], anchor: str) -> None:
    for number, line in enumerate(text):
        draw.text((at[0], at[1] + _LINE * (number - (len(text) - 1) / 2)), line, INK, _font(), anchor=anchor)


def _wrap(text: str, width: float) -> list[str]:
    """Return lines of at most a width in pixels; a longer word is shortened."""
    lines: list[str] = []
    for word in text.split():
        if lines and _font().getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(_shorten(word, width))
    return lines


def _shorten(text: str, width: float) -> str:
    if _font().getlength(text) <= width:
        return text
    while text and _font().getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(12)
