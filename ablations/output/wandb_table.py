"""The comparison of a table as a W&B run: rows, verdicts and checklist as W&B Tables, and images."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from ablations.report.views.content import image_grids
from ablations.report.views.formatting import metric_order
from ablations.report.views.image_grids import render_grid
from ablations.report.views.table_view import first_line, where_measured
from ablations.results.table_result import ClaimResult, RowResult, TableResult
from lightning_modules.callbacks.wandb_session import PROJECT, WandbSession

Value = str | float | int | None

_CLAIM_HEADINGS = (
    "kind", "claim", "version", "expected", "verdict", "metric", "seeds", "left", "right", "effect", "interval low",
    "interval high", "exact", "reason", "seeds that would probably decide", "command",
)  # fmt: skip


def log_comparison(result: TableResult, reports_folder: Path, mode: str = "auto") -> bool:
    """Log the table as a run of its group; offline unless logged in, in ``reports_folder/wandb``.

    The run's id depends on table and scale only, so an earlier copy is replaced. A failure of W&B gives one warning;
    returns True on success.
    """
    session = WandbSession(
        reports_folder,
        f"comparison-{result.table.id}-{result.scale}",
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
            "command": result.command,
        },
        mode=mode,
        resume=False,
    )
    session.do(lambda run: _log(run, result))
    logged = session.run is not None
    session.close()
    return logged


def comparison_columns(result: TableResult) -> tuple[list[str], list[list[Value]]]:
    """Return headings, and one line per row: paper values, parameter counts, and the mean of every metric.

    If some row has at least two seeds, each metric has a second column, its sample standard deviation over seeds.
    """
    metrics = sorted({name for row in result.rows for name in row.metrics}, key=metric_order)
    spread = any(len(row.seeds) > 1 for row in result.rows)
    headings = ["row", "status", "seeds", "measured at"]
    for column in result.columns:
        headings.append(f"{column.label} (paper)")
        headings += [f"{column.label} (counted)"] if column.exact else []
        headings += [f"{column.label} (live)"] if column.parameters else []
        headings += [f"{column.label} (median, s)", f"{column.label} (p90, s)"] if column.time else []
    for name in metrics:
        headings += [name, f"{name} sd"] if spread else [name]
    return headings, [_line(result, row, metrics, spread) for row in (*result.rows, *result.cited)]


def _line(result: TableResult, row: RowResult, metrics: list[str], spread: bool) -> list[Value]:
    line: list[Value] = [row.row.label, row.status, len(row.seeds), where_measured(result)]
    for column in result.columns:
        line.append(row.cell(column.id).paper)
        line += [column.quantity(row.parameter_counts)] if column.exact else []
        line += [row.parameter_counts.get(column.parameters, {}).get("live")] if column.parameters else []
        timing = row.times.get(column.id)
        line += ([timing.median, timing.p90] if timing else [None, None]) if column.time else []
    for name in metrics:
        values = [value for value in row.metrics.get(name, []) if value is not None and isfinite(value)]
        line.append(statistics.fmean(values) if values else None)
        if spread:
            line.append(statistics.stdev(values) if len(values) > 1 else None)
    return line


def claim_columns(result: TableResult) -> tuple[list[str], list[list[Value]]]:
    """Return headings, and one line per verdict: the paper's claims, then its printed values."""
    kinds = [*(("claim", claim) for claim in result.claims), *(("printed value", value) for value in result.values)]
    return list(_CLAIM_HEADINGS), [_claim_line(kind, claim) for kind, claim in kinds]


def _claim_line(kind: str, claim: ClaimResult) -> list[Value]:
    low, high = claim.interval or (None, None)
    stated, suggestion = claim.claim, claim.suggestion
    more = (suggestion.seeds, suggestion.command) if suggestion else (None, None)
    return [
        kind, stated.text, stated.version, stated.expect, claim.verdict, claim.metric, claim.n, claim.left, claim.right,
        claim.effect, low, high, claim.exact, claim.reason, *more,
    ]  # fmt: skip


def _log(run: Any, result: TableResult) -> None:
    import wandb

    def table(name: str, headings: Sequence[str], lines: list[list[Value]]) -> None:
        run.log({name: wandb.Table(columns=[*headings], data=lines, allow_mixed_types=True)})

    table("comparison", *comparison_columns(result))
    if result.claims or result.values:
        table("claims", *claim_columns(result))
    if result.lint:
        lines: list[list[Value]] = [[c.id, c.status, c.text, "\n".join(c.findings)] for c in result.lint]
        table("lint", ("check", "status", "text", "findings"), lines)
    for stem, grid, caption in image_grids(result):
        run.log({stem: wandb.Image(render_grid(grid), caption=caption)})
    verdicts, checks = Counter(claim.verdict for claim in result.claims), Counter(c.status for c in result.lint)
    run.summary.update({f"claims/{verdict}": count for verdict, count in verdicts.items()})
    run.summary.update({f"lint/{status}": count for status, count in checks.items()})
    run.summary["note"] = first_line(result)
