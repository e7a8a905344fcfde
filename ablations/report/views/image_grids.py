"""Grids of sample images, as in the paper's figures: one line per input, one column per model."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from ablations.results.table_result import RowResult
from common.image_sheet import Cell, image_sheet
from lightning_modules.panels import Grid, ImageFile

#: Larger images are reduced to this side, so that reports with 256-pixel samples open quickly.
LARGEST = 192
_QUALITY = 90


@dataclass(frozen=True)
class ImageGrid:
    """Images in lines and columns: `cells[i][j]` is in line i and column j, None if there is none.

    Attributes:
        columns: their titles.
        excluded: labels of rows with different inputs.
        lines: labels of the lines, if any.
        gap: column, counted from 1, before which there is a gap (after the inputs); 0 for none.
    """

    columns: list[str]
    cells: list[list[Path | None]]
    excluded: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    gap: int = 0


def image_grid(rows: Sequence[RowResult], variant: str | None = None, count: int = 6) -> ImageGrid | None:
    """Return the first `count` test images: inputs, then each row's headline variant, or `variant`.

    Returns None if no row has such images.
    """
    found = []
    for row in rows:
        name = variant or row.headline
        if row.samples is not None and name in row.samples.columns[row.samples.shared :]:
            found.append((row.row.label, row.samples, row.samples.columns.index(name)))
    return side_by_side(found, count) if found else None


def side_by_side(rows: Sequence[tuple[str, Grid, int]], count: int) -> ImageGrid:
    """Return a grid with a column for each row, after the columns that all share, `count` lines at most.

    Args:
        rows: label, panel, and the column of the panel that is shown. Rows with other shared images or lines than the
            first one's are excluded.
    """
    first = rows[0][1]
    files = first.files[:count]
    same = [row for row in rows if _same_inputs(first, row[1], count)]
    cells = [[*line[: first.shared], *(grid.files[i][own] for _, grid, own in same)] for i, line in enumerate(files)]
    columns = [*first.columns[: first.shared], *(label for label, _, _ in same)]
    excluded = [row[0] for row in rows if row not in same]
    return ImageGrid(columns, cells, excluded, [*first.lines[:count]], first.shared + 1 if first.shared else 0)


def by_line(rows: Sequence[tuple[str, Grid]], count: int) -> tuple[list[ImageGrid], list[str]]:
    """Return a grid for each of the first `count` lines, with the rows down and shared images once; labels left out."""
    first = rows[0][1]
    same = [row for row in rows if _same_inputs(first, row[1], count)]
    found = []
    for index in range(min(count, len(first.files))):
        cells = [list(grid.files[index]) for _, grid in same]
        for line in cells[1:]:
            line[: first.shared] = [None] * first.shared
        labels, gap = [label for label, _ in same], first.shared + 1 if first.shared else 0
        found.append(ImageGrid([*first.columns], cells, [], labels, gap))
    return found, [row[0] for row in rows if row not in same]


def own_grid(label: str, grid: Grid, count: int) -> ImageGrid:
    """Return the first `count` lines of one row's panel, under the row's label."""
    files = grid.files[:count]
    lines = [f"{label}: {line}" for line in grid.lines[:count]] or [label, *[""] * (len(files) - 1)]
    gap = grid.shared + 1 if grid.shared else 0
    return ImageGrid([*grid.columns], [list(line) for line in files], [], lines, gap)


def data_uri(path: Path) -> str:
    """Return a PNG as a data URI, reduced to `LARGEST`."""
    buffer = io.BytesIO()
    _open(path).save(buffer, "PNG", optimize=True)
    return embed("png", buffer.getvalue())


def finished_image(panel: ImageFile) -> tuple[str, bytes]:
    """Return the kind and content of an image: a PNG as JPEG, which is smaller; an animation unchanged."""
    if panel.file.suffix == ".gif":
        return "gif", panel.file.read_bytes()
    buffer = io.BytesIO()
    with Image.open(panel.file) as file:
        file.convert("RGB").save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return "jpeg", buffer.getvalue()


def embed(kind: str, content: bytes) -> str:
    """Return an image of a kind ("png", "jpeg", "gif") as a data URI."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def render_grid(grid: ImageGrid) -> Image.Image:
    """Return the grid as one image with its columns named, for Markdown and W&B."""
    lines = grid.lines or [""] * len(grid.cells)
    cells = [[Cell(_open(path)) if path is not None else None for path in line] for line in grid.cells]
    return image_sheet(grid.columns, [*zip(lines, cells, strict=True)], (grid.gap - 1,) if grid.gap else (), least=128)


def _same_inputs(first: Grid, other: Grid, count: int) -> bool:
    """True if the first lines have the same labels and the same shared images, compared by pixels. Only then are rows
    comparable."""
    files = first.files[:count]
    if other.shared != first.shared or len(other.files) < len(files) or other.lines[:count] != first.lines[:count]:
        return False
    pairs = zip(files, other.files, strict=False)
    return all(_equal(a, b) for one, two in pairs for a, b in zip(one[: first.shared], two, strict=False))


def _equal(one: Path | None, other: Path | None) -> bool:
    return one == other or (one is not None and other is not None and _pixels(one) == _pixels(other))


def _pixels(path: Path) -> tuple[tuple[int, int], bytes]:
    image = _open(path)
    return image.size, image.tobytes()


def _open(path: Path) -> Image.Image:
    with Image.open(path) as file:
        image = file.convert("RGB")
    image.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return image
