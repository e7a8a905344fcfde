"""report.html: one file that opens from disk, with its style, pictures and curves inside."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ablations.report.charts import loss_chart
from ablations.report.content import content, picture_grids
from ablations.report.pictures import data_uri
from ablations.report.sections import curves
from ablations.results import TableResult

FOLDER = Path(__file__).parent

_CONTENTS = (
    ("table", "Table", "table"),
    ("claims", "Claims", "claims"),
    ("pictures", "Pictures", "grids"),
    ("metrics", "Metrics", "parsing"),
    ("curves", "Training", "curves"),
    ("parameters", "Parameters", "count_rows"),
    ("differences", "Differences", "differences"),
    ("protocol", "Protocol", "protocol"),
    ("repeat", "Repeat", "repeats"),
)


def render_html(result: TableResult) -> str:
    """The report as one HTML document that fetches nothing and needs no script."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    grids = [
        {
            "columns": grid.columns,
            "cells": [[data_uri(path) if path else "" for path in cells] for cells in grid.cells],
            "caption": caption,
        }
        for _, grid, caption in picture_grids(result)
    ]
    variables = {
        **content(result),
        "css": (FOLDER / "report.css").read_text(encoding="utf-8"),
        "grids": grids,
        "curves": [(found.stage, loss_chart(found.histories)) for found in curves(result)],
    }
    variables["contents"] = [(anchor, name) for anchor, name, key in _CONTENTS if variables[key]]
    return environment.get_template("report.html.j2").render(variables)
