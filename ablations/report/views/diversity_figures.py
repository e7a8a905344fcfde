"""Several outputs of each row for one input, or of one class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ablations.report.views.drawn import Drawn
from ablations.report.views.pictures import PictureGrid
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure

#: At most so many inputs and completions of each in the diversity figure.
INPUTS, OUTPUTS = 3, 8
_NUMBER = re.compile(r"diversity_(\d+)_\d+")


def diversity_figure(result: TableResult, figure: Figure) -> Drawn:
    """Several outputs of each row for one input or one class, with different noise."""
    rows = [result.row(row_id) for row_id in figure.rows]
    shown = [row for row in rows if any(row.diversity)]
    without = [row.row.label for row in rows if row not in shown]
    inputs = max((len(row.diversity) for row in shown), default=0)
    grids = [_grid(shown, index) for index in range(min(inputs, INPUTS))]
    caption = "Left: one input. Across: what each row makes of it with different noise."
    if grids and grids[0].columns[0] != "Input":
        grids, caption = grids[:1], _class_caption(shown[0].class_names)  # as the paper does: of one class
    return Drawn(caption, without, grids=grids)


def _class_caption(names: Sequence[str]) -> str:
    which = f", {names[0]}" if names else ""
    return f"What each row makes of one class{which}, not chosen: across, different noise, the same in every row."


def _grid(rows: Sequence[RowResult], index: int) -> PictureGrid:
    outputs = [(row, row.diversity[index][:OUTPUTS]) for row in rows if len(row.diversity) > index]
    count = max(len(paths) for _, paths in outputs)
    cells: list[list[Path | None]] = [
        [_input(row, paths), *paths, *[None] * (count - len(paths))] for row, paths in outputs
    ]
    columns = ["Input", *(str(i + 1) for i in range(count))]
    labels = [row.row.label for row, _ in outputs]
    if all(line[0] is None for line in cells):  # made of a class, not of a picture
        return PictureGrid(columns[1:], [line[1:] for line in cells], [], labels, gap=0)
    return PictureGrid(columns, cells, [], labels)


def _input(row: RowResult, paths: Sequence[Path]) -> Path | None:
    """The input picture that the outputs' file names tell of."""
    number = _NUMBER.match(paths[0].name) if paths else None
    if number is None:
        return None
    inputs = (sample["input"] for sample in row.samples if "input" in sample)
    return next((path for path in inputs if path.name.startswith(f"{number[1]}_")), None)
