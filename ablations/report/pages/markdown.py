"""report.md, with its images in figures/."""

from __future__ import annotations

import io
import re

from ablations.report.charts.forest import forest_chart
from ablations.report.charts.loss_chart import loss_chart
from ablations.report.charts.svg import standalone
from ablations.report.charts.sweep_chart import sweep_chart
from ablations.report.pages.environment import markdown_environment
from ablations.report.views.claims import claim_groups, value_groups
from ablations.report.views.content import content, image_grids
from ablations.report.views.figures import FigureView, figure_views
from ablations.report.views.image_grids import ImageGrid, finished_image, render_grid
from ablations.report.views.sections import curves
from ablations.report.views.sweeps import SweepView, sweep_views
from ablations.results.table_result import TableResult
from lightning_modules.panels import ImageFile

FIGURES = "figures"


class _Files:
    """Images of a report by their path in its text."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}

    def svg(self, stem: str, svg: str) -> str:
        return self._add(stem, "svg", standalone(svg).encode("utf-8"))

    def png(self, stem: str, grid: ImageGrid) -> str:
        buffer = io.BytesIO()
        render_grid(grid).save(buffer, "PNG", optimize=True)
        return self._add(stem, "png", buffer.getvalue())

    def add_image(self, stem: str, panel: ImageFile) -> str:
        return self._add(stem, *finished_image(panel))

    def _add(self, stem: str, kind: str, content: bytes) -> str:
        path = f"{FIGURES}/{re.sub(r'[^A-Za-z0-9-]', '_', stem)}.{kind}"
        self.found[path] = content
        return path


def render_markdown(result: TableResult) -> tuple[str, dict[str, bytes]]:
    """Render the report in Markdown; return it with its images by relative path."""
    files = _Files()
    variables = {
        **content(result),
        "grids": [{"file": files.png(stem, grid), "caption": caption} for stem, grid, caption in image_grids(result)],
        "curves": [
            (found.stage, files.svg(f"losses_{found.stage}", loss_chart(found.histories))) for found in curves(result)
        ],
        "forests": {
            (kind, group.metric): files.svg(
                f"{kind}_{group.metric}",
                forest_chart(group.labelled_results, group.axis, f"{group.heading}, left minus right"),
            )
            for kind, groups in (("claims", claim_groups(result)), ("values", value_groups(result)))
            for group in groups
            if group.axis is not None
        },
        "sweep_files": {view.id: _sweep_files(files, view) for view in sweep_views(result)},
        "figures": [
            {
                "view": view,
                "files": _figure_files(files, view),
            }
            for view in figure_views(result)
        ],
    }
    text = markdown_environment().get_template("report.md.j2").render(variables)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", files.found


def _figure_files(files: _Files, view: FigureView) -> list[tuple[str, str]]:
    """Return (alternative text, file) of all parts of a figure."""
    stem, drawn = f"figure_{view.id}", view.drawn
    return [
        *((view.title, files.png(f"{stem}_{i}", grid)) for i, grid in enumerate(drawn.grids)),
        *(
            (f"{view.title}, {label}", files.add_image(f"{stem}_{panel.name}_{row}", panel))
            for row, label, panel in drawn.images
        ),
        *((view.title, files.svg(f"{stem}_{i}" if i else stem, chart)) for i, chart in enumerate(drawn.charts)),
    ]


def _sweep_files(files: _Files, view: SweepView) -> list[tuple[str, str]]:
    return [(curve.metric, files.svg(f"sweep_{view.id}_{curve.metric}", sweep_chart(curve))) for curve in view.curves]
