"""What a model makes at moments of its training that lie evenly on a logarithmic axis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
from torch import Tensor

from lightning_modules.callbacks.undisturbed import as_it_was
from lightning_modules.files import replacing

FOLDER = "snapshots"


class Snapshots(pl.Callback):
    """Writes `snapshots/0000012000.npz` and, with its scores, `.json`: of models that have a `snapshot` method.

    `snapshot(batch)` gets the first test batch and returns arrays by name and, as "scores", plain values. The moments
    follow from `max_iterations` alone, so a resumed training writes the same files.

    Args:
        count: moments a training; the first after about a thousandth of it, the last at its end.

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
        with as_it_was(pl_module):
            write_snapshot(Path(trainer.default_root_dir) / FOLDER, done, pl_module.snapshot(self._batch))


def moments(last: int, count: int) -> list[int]:
    """`count` iterations from `last` / 1000 to `last`, each a constant factor after the one before; one: the last."""
    return sorted({max(1, round(last * 10 ** (-3 * i / max(count - 1, 1)))) for i in range(count)})


def write_snapshot(folder: Path, iteration: int, content: dict[str, Any]) -> None:
    """Leaves a snapshot; the scores last, so that where they are, all is."""
    arrays = {name: value.float().cpu().numpy() for name, value in content.items() if isinstance(value, Tensor)}
    path = folder / f"{iteration:010d}.npz"
    with replacing(path, durable=False) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    with replacing(path.with_suffix(".json"), durable=False) as partial:
        partial.write_text(json.dumps({"iteration": iteration, "scores": content["scores"]}), encoding="utf-8")


def read_snapshots(folder: Path) -> list[tuple[int, Path, dict[str, Any]]]:
    """The snapshots of a run folder in their order: iteration, file of arrays, scores."""
    found = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        found.append((content["iteration"], path.with_suffix(".npz"), content["scores"]))
    return found
