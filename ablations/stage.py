"""One stage in its own process: the same command a user would type on its `config.yaml`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ablations import lightning_cli
from ablations.planning.folder import CONFIG, KEY, RESUME, read_json
from ablations.running.checkpoints import read_checkpoint
from ablations.running.provenance import OtherInputsError
from common.errors import TableError

# W&B imports half of itself when a run starts: seconds, as long as a small stage takes. Stages fork from a process that
# has imported this module, so it is paid once a table. An internal name: without it a stage is slower, not wrong.
with suppress(ImportError):
    import wandb.sdk.launch  # noqa: F401


def run_stage(folder: Path) -> None:
    """Trains or tests the stage that a run folder describes; it is done when `metrics.json` is there.

    An interrupted training goes on from its `resume.ckpt`, which a finished one no longer needs. Raises what stopped
    it.
    """
    kind = str((read_json(folder / KEY) or {})["kind"])
    arguments = [kind, "--config", str(folder / CONFIG)]
    resume = folder / RESUME
    if kind == "fit" and resume.is_file():
        try:
            read_checkpoint(resume)
            arguments += ["--ckpt_path", str(resume)]
        except TableError as error:  # written whole or not at all, so the disk has damaged it since
            print(f"{error}; training starts over", flush=True)
            resume.unlink()
    try:
        lightning_cli.main(arguments)
    except OtherInputsError as error:
        print(f"{error}; it starts over", flush=True)
        resume.unlink()
        lightning_cli.main([kind, "--config", str(folder / CONFIG)])
    resume.unlink(missing_ok=True)
