"""One checkpoint to resume from and to evaluate, counted in our own iterations."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from lightning_modules.errors import ConfigurationError

CHECKPOINT = "checkpoints/last.ckpt"


class LastCheckpoint(pl.Callback):
    """Keeps `checkpoints/last.ckpt`: the weights and everything needed to go on, replaced whole or not at all.

    The last weights are the ones evaluated: a rule fixed before the run, and the papers' own (none selects on
    held-out data).

    Args:
        every: iterations between two writings; the end of training always writes.
    """

    def __init__(self, every: int = 1000) -> None:
        self.every = every

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        if pl_module.iteration % self.every == 0 and pl_module.iteration < pl_module.max_iterations:
            save(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        save(trainer)


def save(trainer: pl.Trainer) -> None:
    """Writes the checkpoint beside its place and moves it there."""
    path = Path(trainer.default_root_dir) / CHECKPOINT
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        trainer.save_checkpoint(partial, weights_only=False)  # the optimisers too
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise ConfigurationError(f"{path}: cannot be written ({reason}); free the disk and run again") from error
