"""Losses of several rows together while a stage trains."""

from __future__ import annotations

from pathlib import Path

from ablations.report.charts.series_chart import Lines, overlay_chart
from ablations.report.views.history import read_history
from ablations.report.views.panels import Drawn
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure
from lightning_modules.panels import Chart

HISTORY = "history.jsonl"


def curves_figure(result: TableResult, figure: Figure) -> Drawn:
    """The losses of several rows while a stage trains, one chart a loss."""
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
    spread = "; thick: the mean over seeds, thin: each seed" if any(n > 1 for n in seeds) else ""
    caption = f"Losses of the {figure.stage} stage while it trains{spread}."
    charts = [Chart(name, ()) for name in figure.losses]
    drawn = [overlay_chart(series, charts, "iterations", figure.title)] if series else []
    return Drawn([caption], without, drawn)


def _histories(row: RowResult, stage: str) -> list[Path]:
    """The loss histories of a stage in the order of seeds; of the first seed alone where no records say more."""
    records = sorted((r for r in row.records if r.stage == stage and r.kind == "fit"), key=lambda r: r.seed)
    paths = [record.folder / HISTORY for record in records] or [
        row.histories[name] for name in (stage,) if name in row.histories
    ]
    return [path for path in paths if path.is_file()]
