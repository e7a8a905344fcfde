"""Rebuild W&B runs from run folders: one for every finished stage, as logged while it ran, and the comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ablations.output.wandb_table import log_comparison
from ablations.planning.expand import StageRun
from ablations.planning.folder import HISTORY, result
from ablations.planning.plan import Plan
from ablations.results.table_result import TableResult
from lightning_modules.callbacks.wandb_run import log_history, log_result, log_samples, read_config
from lightning_modules.callbacks.wandb_session import PROJECT, WandbSession
from lightning_modules.panels import SAMPLES_FOLDER


def push(plan: Plan, table: TableResult, reports_folder: Path, mode: str = "auto") -> int:
    """Rebuild the W&B runs of a table; return their number, including the comparison.

    Every run has its original id (the folder's name) and replaces the run with this id: offline, the copy in the run
    folder; online, the run itself. Offline unless logged in. A failure of W&B gives one warning, and the run is not
    counted.
    """
    pushed = sum(_push(run, mode) for run in plan.done())
    return pushed + log_comparison(table, reports_folder, mode)


def _push(run: StageRun, mode: str) -> bool:
    """Log one stage: losses, metrics and images under the names that the run's own callback uses."""
    metrics, config = result(run) or {}, read_config(run.folder)
    settings = config.get("wandb") or {}
    session = WandbSession(
        run.folder,
        run.folder.resolve().name,
        project=settings.get("project", PROJECT),
        group=settings.get("group"),
        job_type=settings.get("job_type"),
        name=settings.get("name"),
        tags=settings.get("tags", ()),
        config=config,
        mode=mode,
        resume=False,
    )
    iteration = _iteration(run, metrics)
    session.do(lambda logged: log_history(logged, run.folder / HISTORY))
    session.do(lambda logged: log_result(logged, metrics, iteration))
    session.do(lambda logged: log_samples(logged, run.folder / SAMPLES_FOLDER, iteration))
    done = session.run is not None
    session.close()
    return done


def _iteration(run: StageRun, metrics: dict[str, Any]) -> int:
    """Return the last iteration of a training, or that of the weights that a test measured."""
    if run.kind == "fit":
        return int(metrics.get("iterations", 0))
    trained = result(run.needs["ckpt_path"]) or {}
    return int(trained.get("selected", {}).get("iteration") or trained.get("iterations", 0))
