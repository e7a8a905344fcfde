"""Panels of a table's rows in one figure, rendered by kind, independent of model and evaluator."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

from ablations.report.charts.paired_chart import paired_chart
from ablations.report.charts.series_chart import Lines, overlay_chart
from ablations.report.views.formatting import listing, plural, spread_text
from ablations.report.views.image_grids import ImageGrid, by_line, own_grid, side_by_side
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure
from common.errors import DataError
from lightning_modules.panels import SAMPLES_FOLDER, Grid, ImageFile, Panel, Series, read_panels

#: Defaults: lines of a grid with one column per row; number of grids with stacked rows; lines of a row's own grid.
_LINES, _GRIDS, _OWN_LINES = 6, 3, 5


@dataclass
class FigureContent:
    """A figure without its title.

    Attributes:
        caption: sentences of the caption.
        without: labels of the rows without content.
        charts: `<svg>` elements.
        grids: grids of images in run folders.
        images: images in run folders, as row id, row label and panel.
    """

    caption: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    grids: list[ImageGrid] = field(default_factory=list)
    images: list[tuple[str, str, ImageFile]] = field(default_factory=list)


class RowPanels(NamedTuple):
    """A row's panels of one name and kind, one per seed. Images are those of the first."""

    row: RowResult
    seeds: list[Any]

    @property
    def label(self) -> str:
        """Label of the row."""
        return self.row.row.label


def panels_figure(result: TableResult, figure: Figure) -> FigureContent:
    """Render a figure's panels in order; rows without any are named."""
    rows = [result.row(row_id) for row_id in figure.rows]
    drawn, broken = FigureContent(), dict[str, None]()
    shown: set[str] = set()
    for name in figure.panels:
        found = [RowPanels(row, panels) for row in rows if (panels := _panels(row, figure.stage, name, broken))]
        alike = [one for one in found if one.seeds[0].kind == found[0].seeds[0].kind]
        if alike:
            drawn.caption += _captions(alike)
            RENDERERS[alike[0].seeds[0].kind](drawn, alike, figure)
        shown |= {one.row.row.id for one in alike}
    drawn.without = [row.row.label for row in rows if row.row.id not in shown]
    drawn.caption += [f"Not shown: {reason}." for reason in broken]
    return drawn


def _panels(row: RowResult, stage: str, name: str, broken: dict[str, None]) -> list[Panel]:
    """Return a row's panels of a name, of one kind, in the order of seeds; read errors are added to `broken`."""
    found: dict[int, Panel] = {}
    for record in sorted(row.records, key=lambda record: record.seed):
        if record.stage == stage if stage else record.kind == "test":
            try:
                panel = read_panels(record.folder / SAMPLES_FOLDER).get(name)
            except DataError as error:
                broken[str(error)] = None
            else:
                found |= {record.seed: panel} if panel and record.seed not in found else {}
    panels = list(found.values())
    return [panel for panel in panels if panel.kind == panels[0].kind]


def _captions(rows: Sequence[RowPanels]) -> list[str]:
    """Return the panels' captions; different ones start with the labels of their rows."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.seeds[0].caption, []).append(row.label)
    return [f"{listing(labels)}: {caption}" if len(found) > 1 else caption for caption, labels in found.items()]


def draw_grids(drawn: FigureContent, rows: Sequence[RowPanels], figure: Figure) -> None:
    """Render grids: one column per row if a panel has one column of its own; one grid per line with stacked rows if
    lines and columns are the same for all; otherwise one grid per row."""
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
        drawn.caption.append(f"Not shown, because their inputs differ: {listing(excluded)}.")


def draw_images(drawn: FigureContent, rows: Sequence[RowPanels], figure: Figure) -> None:
    """Render each row's image under its label; the caption has its findings, or means over several seeds."""
    for row in rows:
        panel: ImageFile = row.seeds[0]
        drawn.images.append((row.row.row.id, row.label, panel))
        measured = {name: row.row.metrics[name] for name in panel.measures if name in row.row.metrics}
        if len(row.row.seeds) > 1 and measured:
            means = listing([f"{name} {spread_text(name, values)}" for name, values in measured.items()])
            drawn.caption.append(f"{row.label}, over {plural(len(row.row.seeds), 'seed')}: {means}.")
        elif panel.findings:
            drawn.caption.append(f"{row.label}: {panel.findings}")


def draw_series(drawn: FigureContent, rows: Sequence[RowPanels], figure: Figure) -> None:
    """Render all rows in the same charts; paired values as dots with paired tests."""
    first: Series = rows[0].seeds[0]
    several = any(len(row.seeds) > 1 for row in rows)
    if first.paired:
        drawn.caption.append(
            f"{'Dots are means over seeds. ' if several else ''}Bars are means, lines join the same {first.x}, numbers "
            f"are mean and standard error over {first.x}s. Below: the difference of two rows per {first.x}, its "
            "standard error, and p of Student's paired t test."
        )
        drawn.charts += [_paired_chart(rows, number, figure.title) for number in range(len(first.charts))]
        return
    if several:
        drawn.caption.append("Thick: mean over seeds, thin: each seed.")
    lines = [line for row in rows for line in _lines(row, alone=len(rows) == 1)]
    drawn.charts.append(overlay_chart(lines, first.charts, first.x, figure.title))


#: Renderers by kind of panel; each adds the panels of rows to a figure.
RENDERERS: dict[str, Callable[[FigureContent, Sequence[RowPanels], Figure], None]] = {
    Grid.kind: draw_grids,
    ImageFile.kind: draw_images,
    Series.kind: draw_series,
}


def _lines(row: RowPanels, alone: bool) -> Iterable[Lines]:
    """Yield a row's lines, one per label of its curves, with the points of all seeds by chart."""
    for label in dict.fromkeys(curve.label for chart in row.seeds[0].charts for curve in chart.curves):
        seeds = [
            {chart.title: [*curve.points] for chart in panel.charts for curve in chart.curves if curve.label == label}
            for panel in row.seeds
        ]
        words = [label] if label and alone else [row.label, label]
        yield Lines(", ".join(filter(None, words)), seeds)


def _paired_chart(rows: Sequence[RowPanels], number: int, title: str) -> str:
    """Return a chart of paired values: the mean over seeds of each row's first curve."""
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
    """Format a paired comparison: "+0.21 ± 0.30 points, p = 0.49; higher in 6 of 10 folds"."""
    from lightning_modules.metrics.verification import FoldAccuracies, compare  # imports torch

    found = compare(*(FoldAccuracies(tuple(values), ()) for values in (second, first)))
    sign = "−" if found.difference < 0 else "+"
    words = "points" if unit == "%" else unit
    effect = f"{sign}{abs(found.difference):.2f} ± {found.standard_error:.2f} {words}".strip()
    if not found.standard_error:
        return f"{effect}, the same in every {what}"
    higher = sum(b > a for a, b in zip(first, second, strict=True))
    return f"{effect}, {_p(found.p)}; higher in {higher} of {plural(len(first), what)}"


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}" if value < 0.1 else f"p = {value:.2f}"
