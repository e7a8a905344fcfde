"""The paper's figures, rendered by kind, with titles and captions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ablations.report.views.curve_figures import curves_figure
from ablations.report.views.formatting import listing, plural, sentence_case
from ablations.report.views.panels import FigureContent, panels_figure
from ablations.report.views.table_view import where_sentence
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure, FigureKind

#: Renderers by kind of figure. A new panel of an evaluator needs no new kind.
KINDS: dict[FigureKind, Callable[[TableResult, Figure], FigureContent]] = {
    "curves": curves_figure,
    "panels": panels_figure,
}


class FigureView(NamedTuple):
    """A figure: id, title and content; the caption has scale, data, and missing rows."""

    id: str
    title: str
    caption: str
    drawn: FigureContent


def figure_views(result: TableResult) -> list[FigureView]:
    """Return the table's figures in order. The caption names rows without content."""
    return [_view(result, figure, KINDS[figure.kind](result, figure)) for figure in result.table.figures]


def _view(result: TableResult, figure: Figure, drawn: FigureContent) -> FigureView:
    rows = [result.row(row_id) for row_id in figure.rows]
    return FigureView(figure.id, f"{figure.where}. {figure.title}", _caption(result, drawn, rows), drawn)


def _caption(result: TableResult, drawn: FigureContent, rows: Sequence[RowResult]) -> str:
    parts = [*drawn.caption, f"{sentence_case(where_sentence(result))}."]
    counts = sorted({len(row.seeds) for row in rows if row.seeds})
    if counts:
        parts.append(f"{sentence_case(listing([plural(n, 'seed') for n in counts]))} per row.")
    if drawn.grids or drawn.images:
        first = sorted({row.seeds[0] for row in rows if row.seeds})
        parts.append(f"Images are of seed {listing([str(seed) for seed in first])}." if max(counts or [1]) > 1 else "")
    if drawn.without:
        parts.append(f"Not available yet: {listing(drawn.without)}.")
    stale = [row.row.label for row in rows if row.status == "stale"]
    return " ".join(filter(None, [*parts, f"Stale: {listing(stale)}." if stale else ""]))
