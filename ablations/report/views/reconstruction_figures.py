"""Pictures that rows were given and what each gives back, as Figure 4.6 of the image-synthesis thesis shows them."""

from __future__ import annotations

from pathlib import Path

from ablations.report.views.drawn import Drawn
from ablations.report.views.formatting import listing
from ablations.report.views.pictures import PictureGrid, same_pictures
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure

#: At most so many lines.
LINES = 6


def reconstructions_figure(result: TableResult, figure: Figure) -> Drawn:
    """A line a picture: the input, then each row's reconstruction of it, of the first seed.

    Rows that were given other pictures than the first one are named in the caption, and left out.
    """
    rows = [(result.row(row_id), _pairs(result.row(row_id))) for row_id in figure.rows]
    shown = [(row, pairs) for row, pairs in rows if pairs]
    without = [row.row.label for row, pairs in rows if not pairs]
    caption = "Left: pictures held out of training, not chosen. Across: what each row gives back of them."
    if not shown:
        return Drawn(caption, without)
    inputs = [given for given, _ in shown[0][1][:LINES]]
    same = [(row, pairs) for row, pairs in shown if same_pictures(inputs, [given for given, _ in pairs])]
    others = [row.row.label for row, pairs in shown if (row, pairs) not in same]
    if others:
        caption += f" Left out, because they were given others: {listing(others)}."
    cells: list[list[Path | None]] = [
        [given, *(pairs[line][1] for _, pairs in same)] for line, given in enumerate(inputs)
    ]
    names = ["Input", *(row.row.label for row, _ in same)]
    return Drawn(caption, without, grids=[PictureGrid(names, cells, [], gap=2)])


def _pairs(row: RowResult) -> list[tuple[Path, Path]]:
    """(input, reconstruction) in order, of the first seed."""
    tests = sorted((record for record in row.records if record.kind == "test"), key=lambda record: record.seed)
    for record in tests:
        inputs = sorted((record.folder / "samples").glob("reconstruction_*_input.png"))
        made = [path.with_name(path.name.replace("_input", "")) for path in inputs]
        if inputs and all(path.is_file() for path in made):
            return list(zip(inputs, made, strict=True))
    return []
