"""Losses of a training for the Lightning loggers of its Trainer."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl


class LoggerLosses(pl.Callback):
    """Sends ``module.losses`` to every logger of the Trainer, by the papers' names, with ``module.iteration`` as step.

    (Lightning's own step counts optimiser steps.) Every ``log_every_n_steps`` iterations (an argument of the Trainer;
    0 for never) and at ``max_iterations``. The command line adds it where ``trainer.logger`` names a logger, such as
    ``TensorBoardLogger`` or ``CSVLogger``. It does not change a stage's key.
    """

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        every: int = trainer.log_every_n_steps  # type: ignore[attr-defined]
        iteration: int = pl_module.iteration
        # A batch may hold many iterations, and pass a multiple without ending at it.
        due = every > 0 and iteration % every < pl_module.iterations_per_batch
        if due or (every > 0 and iteration >= pl_module.max_iterations):
            values = {name: float(loss) for name, loss in pl_module.losses.items()}
            for logger in trainer.loggers:
                logger.log_metrics(values, step=iteration)
