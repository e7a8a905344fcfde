"""Figures of training losses of several rows."""

from __future__ import annotations

from pathlib import Path

from ablations.planning.folder import HISTORY
from ablations.report.charts.series_chart import Lines, overlay_chart
from ablations.report.views.history import read_history
from ablations.report.views.panels import FigureContent
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure
from lightning_modules.panels import Chart


def curves_figure(result: TableResult, figure: Figure) -> FigureContent:
    """Return the losses of several rows during training of a stage, one chart per loss."""
    rows = [result.row(row_id) for row_id in figure.rows]
    series, without, seeds = [], [], set()
    for row in rows:
        paths = _histories(row, figure.stage)
        if not paths:
            without.append(row.row.label)
            continue
        seeds.add(len(paths))
        twin = row.row.version == "controlled" and any(other.row.id == row.row.twin for other in rows)
        series.append(Lines(row.row.label, [read_history(path) for path in paths], twin))
    spread = "; thick: mean over seeds, thin: each seed" if any(n > 1 for n in seeds) else ""
    caption = f"Losses of the {figure.stage} stage during training{spread}."
    charts = [Chart(name, ()) for name in figure.losses]
    drawn = [overlay_chart(series, charts, "iterations", figure.title)] if series else []
    return FigureContent([caption], without, drawn)


def _histories(row: RowResult, stage: str) -> list[Path]:
    """Return the loss histories of a stage in the order of seeds; without records, that of the first seed."""
    records = sorted((r for r in row.records if r.stage == stage and r.kind == "fit"), key=lambda r: r.seed)
    paths = [record.folder / HISTORY for record in records] or [
        row.histories[name] for name in (stage,) if name in row.histories
    ]
    return [path for path in paths if path.is_file()]
