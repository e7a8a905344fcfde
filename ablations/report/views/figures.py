"""The paper's figures beside its table: each drawn by its kind, titled, and told where it was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ablations.report.views.application_figures import application_figure
from ablations.report.views.curve_figures import curves_figure
from ablations.report.views.diversity_figures import diversity_figure
from ablations.report.views.drawn import Drawn
from ablations.report.views.formatting import listing, plural, sentence_case
from ablations.report.views.label_figures import labels_figure
from ablations.report.views.pictures import PictureGrid
from ablations.report.views.plane_figures import distance_figure, snapshots_figure
from ablations.report.views.reconstruction_figures import reconstructions_figure
from ablations.report.views.table_view import where_sentence
from ablations.report.views.verification_figures import added_figure, folds_figure
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure, FigureKind

KINDS: dict[FigureKind, Callable[[TableResult, Figure], Drawn]] = {
    "curves": curves_figure,
    "diversity": diversity_figure,
    "snapshots": snapshots_figure,
    "distance": distance_figure,
    "folds": folds_figure,
    "added": added_figure,
    "labels": labels_figure,
    "reconstructions": reconstructions_figure,
    "application": application_figure,
}


@dataclass(frozen=True)
class FigureView:
    """A figure: its chart (an `<svg>`, "" where it has none), its grids of pictures or its finished pictures by name,
    and a caption that says where it was measured and what is missing."""

    id: str
    title: str
    caption: str
    chart: str = ""
    grids: list[PictureGrid] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)


def figure_views(result: TableResult) -> list[FigureView]:
    """The table's figures in their order. One that has nothing to show yet says so in its caption."""
    return [_view(result, figure, KINDS[figure.kind](result, figure)) for figure in result.table.figures]


def _view(result: TableResult, figure: Figure, drawn: Drawn) -> FigureView:
    rows = [result.row(row_id) for row_id in figure.rows]
    caption = _caption(result, drawn.caption, rows, drawn.without)
    return FigureView(figure.id, f"{figure.where}. {figure.title}", caption, drawn.chart, drawn.grids, drawn.images)


def _caption(result: TableResult, caption: str, rows: Sequence[RowResult], without: Sequence[str]) -> str:
    parts = [caption, f"{sentence_case(where_sentence(result))}."]
    counts = sorted({len(row.seeds) for row in rows if row.seeds})
    if counts:
        parts.append(f"{sentence_case(listing([plural(n, 'seed') for n in counts]))} a row.")
    if without:
        parts.append(f"Nothing to show yet of {listing(without)}.")
    stale = [row.row.label for row in rows if row.status == "stale"]
    return " ".join([*parts, f"Stale: {listing(stale)}."] if stale else parts)
