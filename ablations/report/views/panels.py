"""Panels of a table's rows in one figure: what tests and trainings left, whatever model and evaluator they are of."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

from ablations.report.charts.paired_chart import paired_chart
from ablations.report.charts.series_chart import Lines, overlay_chart
from ablations.report.views.formatting import listing, plural, spread_text
from ablations.report.views.pictures import PictureGrid, by_line, own_grid, side_by_side
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure
from common.errors import DataError
from lightning_modules.panels import Grid, ImageFile, Panel, Series, read_panels

#: Where the table does not say: lines of a grid with a column a row; grids with the rows down; lines of a row's grid.
_LINES, _GRIDS, _OWN_LINES = 6, 3, 5


@dataclass
class Drawn:
    """A figure without its title.

    Attributes:
        caption: sentences on what it shows.
        without: labels of the rows that have nothing to show yet.
        charts: `<svg>` elements.
        grids: of images that lie in run folders.
        images: finished images that lie in run folders: the row's id and label, and the panel.
    """

    caption: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    grids: list[PictureGrid] = field(default_factory=list)
    images: list[tuple[str, str, ImageFile]] = field(default_factory=list)


class Shown(NamedTuple):
    """A row's panels of one name and kind, a seed each. Images are those of the first."""

    row: RowResult
    seeds: list[Any]

    @property
    def label(self) -> str:
        """The row's label."""
        return self.row.row.label


def panels_figure(result: TableResult, figure: Figure) -> Drawn:
    """Draw a figure's panels one after the other; rows that have none of them are named."""
    rows = [result.row(row_id) for row_id in figure.rows]
    drawn, broken = Drawn(), dict[str, None]()
    there: set[str] = set()
    for name in figure.panels:
        found = [Shown(row, panels) for row in rows if (panels := _panels(row, figure.stage, name, broken))]
        alike = [one for one in found if one.seeds[0].kind == found[0].seeds[0].kind]
        if alike:
            drawn.caption += _captions(alike)
            RENDERERS[alike[0].seeds[0].kind](drawn, alike, figure)
        there |= {one.row.row.id for one in alike}
    drawn.without = [row.row.label for row in rows if row.row.id not in there]
    drawn.caption += [f"Not shown: {reason}." for reason in broken]
    return drawn


def _panels(row: RowResult, stage: str, name: str, broken: dict[str, None]) -> list[Panel]:
    """A row's panels of that name, of one kind, in the order of seeds; why one cannot be read goes to `broken`."""
    found: dict[int, Panel] = {}
    for record in sorted(row.records, key=lambda record: record.seed):
        if record.stage == stage if stage else record.kind == "test":
            try:
                panel = read_panels(record.folder / "samples").get(name)
            except DataError as error:
                broken[str(error)] = None
            else:
                found |= {record.seed: panel} if panel and record.seed not in found else {}
    panels = list(found.values())
    return [panel for panel in panels if panel.kind == panels[0].kind]


def _captions(rows: Sequence[Shown]) -> list[str]:
    """The panels' caption; where rows have different ones, each after the labels of its rows."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.seeds[0].caption, []).append(row.label)
    return [f"{listing(labels)}: {caption}" if len(found) > 1 else caption for caption, labels in found.items()]


def draw_grids(drawn: Drawn, rows: Sequence[Shown], figure: Figure) -> None:
    """A column a row, where a panel has one of its own; rows down, a grid a line, where lines and columns are the
    same for all; else a grid a row."""
    first: Grid = rows[0].seeds[0]
    labelled = [(row.label, row.seeds[0]) for row in rows]
    excluded: list[str] = []
    if len(first.columns) == first.shared + 1:
        grid = side_by_side([(*one, first.shared) for one in labelled], figure.lines or _LINES)
        drawn.grids.append(grid)
        excluded = grid.excluded
    elif len(rows) > 1 and len({(grid.columns, grid.lines) for _, grid in labelled}) == 1:
        count = figure.lines or _GRIDS
        grids, excluded = by_line(labelled, count)
        drawn.grids += grids
        drawn.caption += [f"Shown: {listing(first.lines[:count])}."] if first.lines else []
    else:
        drawn.grids += [own_grid(*one, figure.lines or _OWN_LINES) for one in labelled]
    if excluded:
        drawn.caption.append(f"Left out, because their inputs are others: {listing(excluded)}.")


def draw_images(drawn: Drawn, rows: Sequence[Shown], figure: Figure) -> None:
    """Each row's image under its label; in the caption what was found, of several seeds the means."""
    for row in rows:
        panel: ImageFile = row.seeds[0]
        drawn.images.append((row.row.row.id, row.label, panel))
        measured = {name: row.row.metrics[name] for name in panel.measures if name in row.row.metrics}
        if len(row.row.seeds) > 1 and measured:
            means = listing([f"{name} {spread_text(name, values)}" for name, values in measured.items()])
            drawn.caption.append(f"{row.label}, over {plural(len(row.row.seeds), 'seed')}: {means}.")
        elif panel.findings:
            drawn.caption.append(f"{row.label}: {panel.findings}")


def draw_series(drawn: Drawn, rows: Sequence[Shown], figure: Figure) -> None:
    """All rows in the same charts; repetitions without an order as dots, compared pair by pair."""
    first: Series = rows[0].seeds[0]
    several = any(len(row.seeds) > 1 for row in rows)
    if first.paired:
        drawn.caption.append(
            f"{'Dots are means over seeds. ' if several else ''}Bars are means, lines join the same {first.x}, numbers "
            f"are mean and standard error over {first.x}s. Below: the difference of two rows, {first.x} by {first.x}, "
            "its standard error, and p of Student's paired t test."
        )
        drawn.charts += [_paired(rows, number, figure.title) for number in range(len(first.charts))]
        return
    if several:
        drawn.caption.append("Thick: the mean over seeds, thin: each seed.")
    lines = [line for row in rows for line in _lines(row, alone=len(rows) == 1)]
    drawn.charts.append(overlay_chart(lines, first.charts, first.x, figure.title))


#: How each kind of panel is drawn: into a figure, from the rows that have it.
RENDERERS: dict[str, Callable[[Drawn, Sequence[Shown], Figure], None]] = {
    Grid.kind: draw_grids,
    ImageFile.kind: draw_images,
    Series.kind: draw_series,
}


def _lines(row: Shown, alone: bool) -> Iterable[Lines]:
    """A row's lines: one for each label of its curves, with the points of all seeds by chart."""
    for label in dict.fromkeys(curve.label for chart in row.seeds[0].charts for curve in chart.curves):
        seeds = [
            {chart.title: [*curve.points] for chart in panel.charts for curve in chart.curves if curve.label == label}
            for panel in row.seeds
        ]
        words = [label] if label and alone else [row.label, label]
        yield Lines(", ".join(filter(None, words)), seeds)


def _paired(rows: Sequence[Shown], number: int, title: str) -> str:
    """A chart of paired values: the mean over seeds of each row's first curve."""
    chart = rows[0].seeds[0].charts[number]
    values = [(row.label, _means([panel.charts[number].curves[0].points for panel in row.seeds])) for row in rows]
    words = [
        f"{after} − {before}: {_difference(first, second, chart.unit, rows[0].seeds[0].x)}"
        for (before, first), (after, second) in combinations(values, 2)
        if len(first) == len(second) > 1
    ]
    return paired_chart(values, words, chart.title, chart.unit, title)


def _means(seeds: Sequence[Sequence[tuple[float, float]]]) -> list[float]:
    return [statistics.fmean(y for _, y in points) for points in zip(*seeds, strict=True)]


def _difference(first: Sequence[float], second: Sequence[float], unit: str, what: str) -> str:
    """ "+0.21 ± 0.30 points, p = 0.49; higher in 6 of 10 folds"."""
    from lightning_modules.metrics.verification import Verification, compare  # imports torch

    found = compare(*(Verification(tuple(values), ()) for values in (second, first)))
    sign = "−" if found.difference < 0 else "+"
    words = "points" if unit == "%" else unit
    effect = f"{sign}{abs(found.difference):.2f} ± {found.standard_error:.2f} {words}".strip()
    if not found.standard_error:
        return f"{effect}, the same in every {what}"
    higher = sum(b > a for a, b in zip(first, second, strict=True))
    return f"{effect}, {_p(found.p)}; higher in {higher} of {plural(len(first), what)}"


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}" if value < 0.1 else f"p = {value:.2f}"
