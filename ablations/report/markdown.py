"""report.md, with its pictures beside it in figures/."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ablations.report.charts import loss_chart
from ablations.report.content import content, picture_grids
from ablations.report.pictures import grid_image
from ablations.report.sections import curves
from ablations.results import TableResult

FIGURES = "figures"


def render_markdown(result: TableResult, folder: Path) -> str:
    """The report in Markdown; writes the pictures that it shows into `folder/figures`."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["md"] = _escape
    (folder / FIGURES).mkdir(parents=True, exist_ok=True)
    grids = []
    for stem, grid, caption in picture_grids(result):
        grid_image(grid).save(folder / FIGURES / f"{stem}.png", optimize=True)
        grids.append({"file": f"{FIGURES}/{stem}.png", "caption": caption})
    charts = []
    for found in curves(result):
        path = f"{FIGURES}/losses_{re.sub(r'[^A-Za-z0-9-]', '_', found.stage)}.svg"
        (folder / path).write_text(loss_chart(found.histories), encoding="utf-8")
        charts.append((found.stage, path))
    text = environment.get_template("report.md.j2").render({**content(result), "grids": grids, "curves": charts})
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _escape(text: str) -> str:
    """Text that Markdown leaves alone, inside a table cell too."""
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", text).replace("\n", " ")
