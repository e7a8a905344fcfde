"""Run folders as finished stages leave them, written by hand with chosen numbers."""

from __future__ import annotations

import json
from typing import Any

from ablations.planning.expand import StageRun
from ablations.planning.folder import describe
from ablations.planning.plan import Plan


def finish(run: StageRun, metrics: dict[str, Any] | None = None, seconds: float | None = 10.0) -> None:
    """Writes what a done stage leaves."""
    describe(run)
    if run.kind == "fit":
        iterations = run.config["model"]["init_args"]["max_iterations"]
        content: dict[str, Any] = {"kind": "fit", "iterations": iterations, "losses": {"L": 0.5}}
        (run.folder / "history.jsonl").write_text('{"iteration": 3, "L": 0.5}\n')
    else:
        variants = {"ground_truth_parsing": {"fd_effnetlite0": 1.0}}
        content = {"kind": "test", "headline": "predicted_parsing", "metrics": metrics, "variants": variants,
                   "protocol": {"generated": 8}}  # fmt: skip
    (run.folder / "metrics.json").write_text(json.dumps(content))
    (run.folder / "provenance.json").write_text(json.dumps({"seconds": seconds, "code": {"commit": "abc"}}))


def finish_row(plan: Plan, row: str, **by_metric: list[float | None]) -> None:
    """All stages of a row; one value a seed for each metric."""
    for seed, runs in next(r for r in plan.rows if r.row.id == row).seeds.items():
        for run in runs.values():
            finish(run, {name: values[seed] for name, values in by_metric.items()})
