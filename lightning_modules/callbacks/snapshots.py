"""Snapshots of a model's outputs at moments of its training, evenly spaced on a logarithmic axis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from lightning_modules.preserve_state import preserve_state
from lightning_modules.snapshots import moments, write_snapshot


class Snapshots(pl.Callback):
    """Writes `snapshots/0000012000.npz` and, with its scores, `.json`: of models that have a `snapshot` method.

    `snapshot(batch)` gets the first test batch and returns tensors by name and, as "scores", plain values. The moments
    follow from `max_iterations` alone, so a resumed training writes the same files.

    Args:
        count: moments per training; the first after about a thousandth of it, the last at its end.

    Raises:
        ConfigurationError: the disk is full; one line that names the file.
    """

    def __init__(self, count: int = 49) -> None:
        self.count = count
        self._batch: Any = None

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        done, last = pl_module.iteration, pl_module.max_iterations
        before = done - pl_module.iterations_per_batch
        if not hasattr(pl_module, "snapshot") or not any(before < at <= done for at in moments(last, self.count)):
            return
        if self._batch is None:
            self._batch = next(iter(trainer.datamodule.test_dataloader()))  # type: ignore[attr-defined]
        with preserve_state(pl_module):
            content = pl_module.snapshot(self._batch)
        scores = content.pop("scores")
        arrays = {name: value.float().cpu().numpy() for name, value in content.items()}
        write_snapshot(Path(trainer.default_root_dir), done, arrays, scores)
