"""The paper's figures beside its table: losses of several rows while they train, several outputs for one input."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ablations.report.formatting import listing, plural, sentence_case
from ablations.report.history import read_history
from ablations.report.overlay import Series, overlay_chart
from ablations.report.pictures import PictureGrid
from ablations.report.plane_figures import distance_figure, snapshots_figure
from ablations.report.table_view import where_sentence
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure

HISTORY = "history.jsonl"
#: At most so many inputs and completions of each in the diversity figure.
INPUTS, OUTPUTS = 3, 8
_NUMBER = re.compile(r"diversity_(\d+)_\d+")


@dataclass(frozen=True)
class FigureView:
    """A figure: its chart (an `<svg>`, "" where it has none) or its grids of pictures, and a caption that says where
    it was measured and what is missing."""

    id: str
    title: str
    caption: str
    chart: str = ""
    grids: list[PictureGrid] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)
    """Finished pictures by name, which tells their kind: "sheet.png", "animation.gif"."""


def figure_views(result: TableResult) -> list[FigureView]:
    """The table's figures in their order. One that has nothing to show yet says so in its caption."""
    draw = {"curves": _curves, "diversity": _diversity, "snapshots": _plane, "distance": _plane}
    return [draw[figure.kind](result, figure) for figure in result.table.figures]


def _curves(result: TableResult, figure: Figure) -> FigureView:
    rows = [result.row(row_id) for row_id in figure.rows]
    series, without, seeds = [], [], set()
    for row in rows:
        paths = _histories(row, figure.stage)
        if not paths:
            without.append(row.row.label)
            continue
        seeds.add(len(paths))
        twin = row.row.version == "controlled" and any(other.row.id == row.row.twin for other in rows)
        series.append(Series(row.row.label, [read_history(path) for path in paths], twin))
    spread = "; thick: the mean over seeds, thin: each seed" if any(n > 1 for n in seeds) else ""
    caption = f"Losses of the {figure.stage} stage while it trains{spread}."
    chart = overlay_chart(series, figure.losses, figure.title) if series else ""
    return FigureView(figure.id, _title(figure), _caption(result, caption, rows, without), chart)


def _histories(row: RowResult, stage: str) -> list[Path]:
    """The loss histories of a stage in the order of seeds; of the first seed alone where no records say more."""
    records = sorted((r for r in row.records if r.stage == stage and r.kind == "fit"), key=lambda r: r.seed)
    paths = [record.folder / HISTORY for record in records] or [
        row.histories[name] for name in (stage,) if name in row.histories
    ]
    return [path for path in paths if path.is_file()]


def _diversity(result: TableResult, figure: Figure) -> FigureView:
    rows = [result.row(row_id) for row_id in figure.rows]
    shown = [row for row in rows if any(row.diversity)]
    without = [row.row.label for row in rows if row not in shown]
    inputs = max((len(row.diversity) for row in shown), default=0)
    grids = [_grid(shown, index) for index in range(min(inputs, INPUTS))]
    caption = "Left: one input. Across: what each row makes of it with different noise."
    if grids and grids[0].columns[0] != "Input":
        caption = "What each row makes of one class, with different noise."
    return FigureView(figure.id, _title(figure), _caption(result, caption, rows, without), grids=grids)


def _grid(rows: Sequence[RowResult], index: int) -> PictureGrid:
    outputs = [(row, row.diversity[index][:OUTPUTS]) for row in rows if len(row.diversity) > index]
    count = max(len(paths) for _, paths in outputs)
    cells: list[list[Path | None]] = [
        [_input(row, paths), *paths, *[None] * (count - len(paths))] for row, paths in outputs
    ]
    columns = ["Input", *(str(i + 1) for i in range(count))]
    if all(line[0] is None for line in cells):  # made of a class, not of a picture
        columns, cells = columns[1:], [line[1:] for line in cells]
    return PictureGrid(columns, cells, [], [row.row.label for row, _ in outputs])


def _input(row: RowResult, paths: Sequence[Path]) -> Path | None:
    """The input picture that the outputs' file names tell of."""
    number = _NUMBER.match(paths[0].name) if paths else None
    if number is None:
        return None
    inputs = (sample["input"] for sample in row.samples if "input" in sample)
    return next((path for path in inputs if path.name.startswith(f"{number[1]}_")), None)


def _plane(result: TableResult, figure: Figure) -> FigureView:
    found = {"snapshots": snapshots_figure, "distance": distance_figure}[figure.kind](result, figure)
    rows = [result.row(row_id) for row_id in figure.rows]
    caption = _caption(result, found.caption, rows, found.without)
    return FigureView(figure.id, _title(figure), caption, found.chart, images=found.images)


def _title(figure: Figure) -> str:
    return f"{figure.where}. {figure.title}"


def _caption(result: TableResult, caption: str, rows: Sequence[RowResult], without: Sequence[str]) -> str:
    parts = [caption, f"{sentence_case(where_sentence(result))}."]
    counts = sorted({len(row.seeds) for row in rows if row.seeds})
    if counts:
        parts.append(f"{sentence_case(listing([plural(n, 'seed') for n in counts]))} a row.")
    if without:
        parts.append(f"Nothing to show yet of {listing(without)}.")
    stale = [row.row.label for row in rows if row.status == "stale"]
    return " ".join([*parts, f"Stale: {listing(stale)}."] if stale else parts)
