"""Progress of a run, for other processes and the terminal."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from common.errors import ConfigurationError
from common.files import write_atomically

PROGRESS = "progress.json"


class Progress(pl.Callback):
    """Writes `progress.json` in the run folder: {"iteration", "max_iterations", "seconds"}; in testing, batches.

    On a terminal it also prints it, in one line that is overwritten.

    Args:
        seconds: least time between two writes.
    """

    def __init__(self, seconds: float = 1.0) -> None:
        self.seconds = seconds
        self._started = self._written = 0.0
        self._done_before = 0  # iterations of earlier processes, which do not count for this one's speed

    def setup(self, trainer: pl.Trainer, pl_module: Any, stage: str) -> None:
        self._started = time.monotonic()

    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        self._done_before = pl_module.iteration

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        self._write(trainer, pl_module.iteration, pl_module.max_iterations)

    def on_test_batch_end(
        self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        self._write(trainer, batch_idx + 1, int(sum(trainer.num_test_batches)))

    def _write(self, trainer: pl.Trainer, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._written < self.seconds and done < of:
            return
        self._written = now
        if sys.stderr.isatty():
            left = (now - self._started) / (done - self._done_before) * (of - done)
            print(
                f"\r{done}/{of}, about {left:.0f} s left   ",
                end="\n" if done == of else "",
                file=sys.stderr,
                flush=True,
            )
        path = Path(trainer.default_root_dir) / PROGRESS
        content = {"iteration": done, "max_iterations": of, "seconds": round(now - self._started, 1)}
        with suppress(ConfigurationError):  # the run goes on if its progress cannot be written
            write_atomically(path, json.dumps(content))
