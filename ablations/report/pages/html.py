"""report.html: one self-contained file with style, images and charts."""

from __future__ import annotations

from typing import Any

from ablations.report.charts.loss_chart import loss_chart
from ablations.report.charts.sweep_chart import sweep_chart
from ablations.report.pages.environment import html_environment, page_style
from ablations.report.views.content import content, image_grids
from ablations.report.views.figures import figure_views
from ablations.report.views.image_grids import ImageGrid, data_uri, embed, finished_image
from ablations.report.views.sections import curves
from ablations.results.table_result import TableResult

_CONTENTS = (
    ("table", "Table", "table"),
    ("claims", "Claims", "claims"),
    ("values", "Values", "values"),
    ("sweeps", "Sweeps", "sweeps"),
    ("figures", "Figures", "figures"),
    ("images", "Images", "grids"),
    ("fairness", "Fairness", "lint"),
    ("differences", "Differences", "differences"),
    ("metrics", "Metrics", "metrics"),
    ("curves", "Training", "curves"),
    ("parameters", "Parameters", "count_rows"),
    ("protocol", "Protocol", "protocol"),
    ("cost", "Cost", "cost"),
    ("certificates", "Certificates", "certificates"),
)


def render_html(result: TableResult) -> str:
    """Render the report as one HTML document without external resources or scripts."""
    variables = {
        **content(result),
        "css": page_style(),
        "grids": [(_uris(grid), caption) for _, grid, caption in image_grids(result)],
        "curves": [(found.stage, loss_chart(found.histories)) for found in curves(result)],
        "figures": [
            (
                view,
                [_uris(grid) for grid in view.drawn.grids],
                [(label, embed(*finished_image(panel))) for _, label, panel in view.drawn.images],
            )
            for view in figure_views(result)
        ],
        "sweep_chart": sweep_chart,
    }
    variables["contents"] = [(anchor, name) for anchor, name, key in _CONTENTS if variables[key]]
    return html_environment().get_template("report.html.j2").render(variables)


def _uris(grid: ImageGrid) -> dict[str, Any]:
    """Return a grid with embedded images."""
    cells = [[data_uri(path) if path else "" for path in line] for line in grid.cells]
    return {"columns": grid.columns, "cells": cells, "lines": grid.lines, "gap": grid.gap}
