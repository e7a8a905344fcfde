"""The losses of a training, one line per record, in `history.jsonl` of the run folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from common.files import replacing, synchronise, writing

HISTORY = "history.jsonl"


class History(pl.Callback):
    """Appends {"iteration": n, loss name: value, ...} every `every` iterations and at `max_iterations`.

    A resumed training first removes the lines after its checkpoint, so the file is that of an uninterrupted one. For
    the same reason a training that is stopped early adds no line.

    Args:
        every: iterations between lines.

    Raises:
        ConfigurationError: the disk is full; one line that names the file.
    """

    def __init__(self, every: int = 10) -> None:
        self.every = every
        self._path = Path(HISTORY)

    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        self._path = Path(trainer.default_root_dir) / HISTORY
        kept = [line for line in read_history(self._path) if line["iteration"] <= pl_module.iteration]
        with replacing(self._path) as partial:
            partial.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        iteration = pl_module.iteration
        if iteration % self.every == 0 or iteration == pl_module.max_iterations:
            line = {"iteration": iteration, **{name: float(loss) for name, loss in pl_module.losses.items()}}
            with writing(self._path), self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")

    def on_save_checkpoint(self, trainer: pl.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        """Flush the history to disk, so that after a power failure it reaches up to the checkpoint."""
        if self._path.is_file():
            with writing(self._path):
                synchronise(self._path)


def read_history(path: Path) -> list[dict[str, Any]]:
    """Return the complete lines of a history, without a last line that a kill truncated."""
    lines = []
    if path.is_file():
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(json.loads(text))
            except ValueError:
                break
    return lines


def final_losses(history: list[dict[str, Any]], share: float = 0.1) -> dict[str, float]:
    """Return each loss's mean over the last `share` of a training's iterations."""
    if not history:
        return {}
    start = history[-1]["iteration"] * (1 - share)
    last = [line for line in history if line["iteration"] > start]
    return {name: sum(line[name] for line in last) / len(last) for name in last[-1] if name != "iteration"}
