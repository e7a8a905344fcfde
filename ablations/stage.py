"""One stage in its own process: the same command a user would type on its `config.yaml`."""

from __future__ import annotations

from ablations import lightning_cli
from ablations.expand import StageRun


def run_stage(run: StageRun) -> None:
    """Trains or tests a stage in its run folder; it is done when `metrics.json` is there. Raises what stopped it."""
    lightning_cli.main([run.kind, "--config", str(run.folder / "config.yaml")])
