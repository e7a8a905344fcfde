"""One stage in its own process: the same command a user would type on its `config.yaml`."""

from __future__ import annotations

from contextlib import suppress

from ablations import lightning_cli
from ablations.expand import StageRun

# W&B imports half of itself when a run starts: seconds, as long as a small stage takes. Stages fork from a process that
# has imported this module, so it is paid once a table. An internal name: without it a stage is slower, not wrong.
with suppress(ImportError):
    import wandb.sdk.launch  # noqa: F401


def run_stage(run: StageRun) -> None:
    """Trains or tests a stage in its run folder; it is done when `metrics.json` is there. Raises what stopped it."""
    lightning_cli.main([run.kind, "--config", str(run.folder / "config.yaml")])
