"""Pictures of given labels: a group a label, with its name below, as the paper shows what a model makes of each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ablations.report.charts.plane_pictures import shortened
from ablations.report.views.drawn import Drawn
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure

#: Pictures of a group, across and down; groups side by side; a picture's side in pixels.
ACROSS, DOWN, GROUPS, SIDE = 3, 2, 4, 76
_GAP, _BETWEEN, _NAME, _HEAD = 2, 16, 24, 30


@dataclass(frozen=True)
class Group:
    """Some pictures of a class, and its name."""

    name: str
    pictures: list[Path]


def labels_figure(result: TableResult, figure: Figure) -> Drawn:
    """A sheet of all rows' groups."""
    rows = [result.row(row_id) for row_id in figure.rows]
    shown = [(row.row.label, groups) for row in rows if (groups := groups_of(row))]
    without = [row.row.label for row in rows if not groups_of(row)]
    caption = "Pictures of each label, which stands below them, with different noise. Labels spread evenly over all."
    return Drawn(caption, without, images={"sheet.png": sheet(shown)} if shown else {})


def groups_of(row: RowResult) -> list[Group]:
    """The pictures that a row's first seed left of each class, under the class's name."""
    named = [paths for paths in row.diversity if paths and _number(paths[0]) < len(row.class_names)]
    return [Group(row.class_names[_number(paths[0])], paths[: ACROSS * DOWN]) for paths in named]


def _number(path: Path) -> int:
    """Which of the shown classes it is of: diversity_007_02.png is of number 7."""
    return int(path.stem.split("_")[1])


def sheet(rows: Sequence[tuple[str, Sequence[Group]]]) -> bytes:
    """A PNG: row by row, each under its label where there are several, `GROUPS` groups beside each other."""
    most = max(len(group.pictures) for _, groups in rows for group in groups)
    tiles = [[_tile(group, -(-most // ACROSS)) for group in groups] for _, groups in rows]
    width, height = tiles[0][0].width + _BETWEEN, tiles[0][0].height + _BETWEEN
    head = _HEAD if len(rows) > 1 else _BETWEEN // 2
    heights = [head + -(-len(line) // GROUPS) * height for line in tiles]
    across = min(max(map(len, tiles)), GROUPS)
    page = Image.new("RGB", (_BETWEEN + across * width, sum(heights)), "white")
    for i, (label, _) in enumerate(rows):
        top = sum(heights[:i])
        if len(rows) > 1:
            _write(page, (_BETWEEN, top + head / 2), label, "lm")
        for position, tile in enumerate(tiles[i]):
            page.paste(tile, (_BETWEEN + position % GROUPS * width, top + head + position // GROUPS * height))
    buffer = io.BytesIO()
    page.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _tile(group: Group, down: int) -> Image.Image:
    """A group's pictures in so many lines, and its name."""
    width, height = ACROSS * (SIDE + _GAP) - _GAP, down * (SIDE + _GAP)
    tile = Image.new("RGB", (width, height + _NAME), "white")
    for position, path in enumerate(group.pictures):
        with Image.open(path) as file:
            picture = file.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        tile.paste(picture, (position % ACROSS * (SIDE + _GAP), position // ACROSS * (SIDE + _GAP)))
    _write(tile, (width / 2, height + _NAME / 2), shortened(group.name, 32), "mm")
    return tile


def _write(page: Image.Image, at: tuple[float, float], text: str, anchor: str) -> None:
    ImageDraw.Draw(page).text(at, text, "#222222", ImageFont.load_default(13), anchor=anchor)
