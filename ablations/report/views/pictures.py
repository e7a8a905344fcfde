"""The completed pictures side by side, as in the paper's figures: the same inputs down, the models across."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ablations.results.table_result import RowResult

#: Larger pictures are shrunk to this side, so that a report of 256-pixel samples still opens at once.
LARGEST = 192


@dataclass(frozen=True)
class PictureGrid:
    """`cells[i][j]` is test image i in column j, or None where that row has no such picture.

    `lines` are labels of the lines of pictures, where they have any. A gap stands before column `gap`, counted from 1
    (0: nowhere); None is after what the models were given.
    """

    columns: list[str]
    cells: list[list[Path | None]]
    excluded: list[str]
    """Labels of rows whose samples are of other test images."""
    lines: list[str] = field(default_factory=list)
    gap: int | None = None


def picture_grid(rows: Sequence[RowResult], variant: str | None = None, count: int = 6) -> PictureGrid | None:
    """The first `count` test images: input, ground truth, then each row's headline variant, or `variant`.

    Of models that make pictures of classes a line is a class: a real picture of it, then what each row makes.
    Returns None where no row has such samples.
    """
    chosen = [row for row in rows if row.samples and _key(row, variant) in row.samples[0]]
    if not chosen:
        return None
    first = chosen[0].samples[:count]
    truths = [sample.get("truth") for sample in first]
    same = [row for row in chosen if same_pictures(truths, [sample.get("truth") for sample in row.samples])]
    given = {"input": "Input", "truth": "Ground truth"}
    if of_classes(chosen):
        given = {"truth": "Real"}
    excluded = [row.row.label for row in chosen if row not in same]
    cells: list[list[Path | None]] = []
    for index, sample in enumerate(first):
        models = [row.samples[index].get(_key(row, variant)) for row in same]
        cells.append([*(sample.get(name) for name in given), *models])
    lines = chosen[0].class_names[: len(first)] if of_classes(chosen) else []
    columns = [*given.values(), *(row.row.label for row in same)]
    return PictureGrid(columns, cells, excluded, lines, gap=len(given) + 1)


def of_classes(rows: Sequence[RowResult]) -> bool:
    """Whether the rows' samples were made of classes, not of input pictures."""
    return not any("input" in sample for row in rows for sample in row.samples)


def data_uri(path: Path) -> str:
    """A PNG as a data URI, shrunk to `LARGEST`."""
    buffer = io.BytesIO()
    _open(path).save(buffer, "PNG", optimize=True)
    return embedded("picture.png", buffer.getvalue())


def embedded(name: str, content: bytes) -> str:
    """A finished picture as a data URI; its name tells its kind."""
    return f"data:image/{name.rpartition('.')[2]};base64,{base64.b64encode(content).decode('ascii')}"


def grid_image(grid: PictureGrid, side: int = 128) -> Image.Image:
    """The grid as one picture with its columns named, for Markdown and W&B."""
    font = ImageFont.load_default(13)
    gap, head, label = 6, 40, 150 if grid.lines else 0
    width = label + len(grid.columns) * (side + gap) + gap
    page = Image.new("RGB", (width, head + len(grid.cells) * (side + gap)), "white")
    draw = ImageDraw.Draw(page)
    for column, name in enumerate(grid.columns):
        x = label + gap + column * (side + gap)
        draw.multiline_text(
            (x + side / 2, head / 2), _wrap(name), "#222222", font, anchor="mm", align="center", spacing=2
        )
        for row, cells in enumerate(grid.cells):
            if (path := cells[column]) is not None:
                picture = _open(path)
                scale = side / max(picture.size)
                size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
                page.paste(picture.resize(size, Image.Resampling.BICUBIC), (x, head + row * (side + gap)))
    for row, name in enumerate(grid.lines):
        at = (gap, head + row * (side + gap) + side / 2)
        draw.multiline_text(at, _wrap(name), "#222222", font, anchor="lm", spacing=2)
    return page


def _key(row: RowResult, variant: str | None) -> str:
    return variant or row.headline


def same_pictures(first: Sequence[Path | None], others: Sequence[Path | None]) -> bool:
    """Whether `others` begin with the pictures of `first`. Rows are only comparable on the same pictures: compared
    pixel by pixel, not by file name."""
    pairs = zip(first, others, strict=False)
    return len(others) >= len(first) and all(
        a is not None and b is not None and (a == b or _pixels(a) == _pixels(b)) for a, b in pairs
    )


def _pixels(path: Path) -> tuple[tuple[int, int], bytes]:
    picture = _open(path)
    return picture.size, picture.tobytes()


def _open(path: Path) -> Image.Image:
    with Image.open(path) as file:
        picture = file.convert("RGB")
    picture.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return picture


def _wrap(name: str) -> str:
    head, _, tail = name.partition(" w/o ")
    return f"{head}\nw/o {tail}" if tail else name
