"""One more W&B run a table: the comparison of its rows, as a W&B Table and a picture."""

from __future__ import annotations

import shutil
import statistics
from math import isfinite
from pathlib import Path
from typing import Any

from ablations.report.content import picture_grids
from ablations.report.formatting import metric_order
from ablations.report.pictures import grid_image
from ablations.report.table_view import first_line, where_measured
from ablations.results import RowResult, TableResult
from lightning_modules.callbacks.wandb_session import PROJECT, WandbSession

Value = str | float | int | None


def log_comparison(result: TableResult, reports_folder: Path, mode: str = "auto") -> None:
    """Logs the table as a run of its group; offline unless logged in, in ``reports_folder/wandb``.

    The run's id depends on the table and the scale alone, and an earlier offline copy is replaced: what it mirrors is
    the result as it stands now. A failure of W&B is one warning.
    """
    identity = f"comparison-{result.table.id}-{result.scale}"
    for older in (reports_folder / "wandb").glob(f"offline-run-*-{identity}"):
        shutil.rmtree(older, ignore_errors=True)
    session = WandbSession(
        reports_folder,
        identity,
        project=PROJECT,
        group=result.table.id,
        job_type="comparison",
        name=f"table {result.table.id}",
        tags=(result.scale, "synthetic" if result.synthetic else "real"),
        config={
            "table": result.table.id,
            "scale": result.scale,
            "data": result.data_label,
            "synthetic": result.synthetic,
            "scale_changes": result.scale_changes,
        },
        mode=mode,
    )
    session.do(lambda run: _log(run, result))
    session.close()


def comparison_columns(result: TableResult) -> tuple[list[str], list[list[Value]]]:
    """Headings, and one line a row: paper values, parameter counts, and the mean of every metric under its own name.

    A metric has a second column, its sample standard deviation over seeds, where some row has two seeds or more.
    """
    metrics = sorted({name for row in result.rows for name in row.metrics}, key=metric_order)
    spread = any(len(row.seeds) > 1 for row in result.rows)
    headings = ["row", "status", "seeds", "measured at"]
    for column in result.columns:
        headings.append(f"{column.label} (paper)")
        if column.parameters:
            headings += [f"{column.label} (counted)", f"{column.label} (live)"]
    for name in metrics:
        headings += [name, f"{name} sd"] if spread else [name]
    return headings, [_line(result, row, metrics, spread) for row in result.rows]


def _line(result: TableResult, row: RowResult, metrics: list[str], spread: bool) -> list[Value]:
    line: list[Value] = [row.row.label, row.status, len(row.seeds), where_measured(result)]
    for column in result.columns:
        line.append(row.cell(column.id).paper)
        if column.parameters:
            counts = row.parameter_counts.get(column.parameters, {})
            line += [counts.get("paper"), counts.get("live")]
    for name in metrics:
        values = [value for value in row.metrics.get(name, []) if value is not None and isfinite(value)]
        line.append(statistics.fmean(values) if values else None)
        if spread:
            line.append(statistics.stdev(values) if len(values) > 1 else None)
    return line


def _log(run: Any, result: TableResult) -> None:
    import wandb

    headings, lines = comparison_columns(result)
    run.log({"comparison": wandb.Table(columns=[*headings], data=lines, allow_mixed_types=True)})
    for stem, grid, caption in picture_grids(result):
        run.log({stem: wandb.Image(grid_image(grid), caption=caption)})
    run.summary["note"] = first_line(result)
