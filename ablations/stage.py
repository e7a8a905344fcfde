"""One stage in its own process: the command that a user would run on its `config.yaml`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ablations import lightning_cli
from ablations.planning.folder import CONFIG, KEY, RESUME, read_json
from ablations.running.provenance import OtherInputsError
from common.errors import ConfigurationError
from lightning_modules.checkpoint_file import read_checkpoint

# W&B imports many modules when a run starts, which takes as long as a small stage. Stages fork from a process that has
# imported this module, so the cost is paid once per table. It is internal to W&B: without it a stage is only slower.
with suppress(ImportError):
    import wandb.sdk.launch  # noqa: F401


def run_stage(folder: Path) -> None:
    """Train or test the stage that a run folder describes; it is done when `metrics.json` exists.

    An interrupted training resumes from its `resume.ckpt`, which is deleted when it is finished. Raises the error that
    stopped it.
    """
    kind = str((read_json(folder / KEY) or {})["kind"])
    arguments = [kind, "--config", str(folder / CONFIG)]
    resume = folder / RESUME
    if kind == "fit" and resume.is_file():
        try:
            read_checkpoint(resume)
            arguments += ["--ckpt_path", str(resume)]
        except ConfigurationError as error:  # it is written atomically, so it was damaged later
            print(f"{error}; the training restarts from the beginning", flush=True)
            resume.unlink()
    try:
        lightning_cli.main(arguments)
    except OtherInputsError as error:
        print(f"{error}; the training restarts from the beginning", flush=True)
        resume.unlink()
        lightning_cli.main([kind, "--config", str(folder / CONFIG)])
    resume.unlink(missing_ok=True)
