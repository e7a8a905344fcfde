"""W&B rebuilt from disk: a run for every finished stage, as it was logged while it ran, and the comparison."""

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


def push(plan: Plan, table: TableResult, reports_folder: Path, mode: str = "auto") -> int:
    """Mirrors what the table's runs left on disk; returns the number of W&B runs, the comparison included.

    Every run has the id that it had while it ran (its folder's name), and replaces what W&B holds under it: offline,
    the copy in the run folder; online, the run itself. Offline unless logged in. A run that W&B fails on is one warning
    and is not counted.
    """
    pushed = sum(_push(run, mode) for run in plan.done())
    return pushed + log_comparison(table, reports_folder, mode)


def _push(run: StageRun, mode: str) -> bool:
    """One stage: losses, metrics and pictures under the names by which the run's own callback logs them."""
    metrics, config = result(run) or {}, read_config(run.folder)
    said = config.get("wandb") or {}
    session = WandbSession(
        run.folder,
        run.folder.resolve().name,
        project=said.get("project", PROJECT),
        group=said.get("group"),
        job_type=said.get("job_type"),
        name=said.get("name"),
        tags=said.get("tags", ()),
        config=config,
        mode=mode,
        resume=False,
    )
    iteration = _iteration(run, metrics)
    session.do(lambda logged: log_history(logged, run.folder / HISTORY))
    session.do(lambda logged: log_result(logged, metrics, iteration))
    session.do(lambda logged: log_samples(logged, run.folder / "samples", iteration))
    done = session.run is not None
    session.close()
    return done


def _iteration(run: StageRun, metrics: dict[str, Any]) -> int:
    """Where a training ended, or how far the weights had been trained that a test measured."""
    if run.kind == "fit":
        return int(metrics.get("iterations", 0))
    trained = result(run.needs["ckpt_path"]) or {}
    return int(trained.get("selected", {}).get("iteration") or trained.get("iterations", 0))
