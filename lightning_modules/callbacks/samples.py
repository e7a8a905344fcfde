"""Pictures of what a model makes of a few held-out inputs while it trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from PIL import Image
from torch import Tensor, nn

from lightning_modules.metrics.images import to_uint8


class Samples(pl.Callback):
    """Writes `samples/iteration_000300.png`: a row an image, a column a title of the module's `preview`.

    The images are the first of the test set and never train anything. The module is left as it was, down to the
    buffers that a forward pass moves, so how often pictures are made does not change what is learnt.

    Args:
        count: images a sheet.
        sheets: sheets a training, evenly spread, the last at its end.
    """

    def __init__(self, count: int = 6, sheets: int = 4) -> None:
        self.count, self.sheets = count, sheets
        self._batch: dict[str, Any] | None = None

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        done, of = pl_module.iteration, pl_module.max_iterations
        if done * self.sheets // of > (done - 1) * self.sheets // of:
            self._write(trainer, pl_module)

    def _write(self, trainer: pl.Trainer, module: Any) -> None:
        if self._batch is None:
            batch = next(iter(trainer.datamodule.test_dataloader()))  # type: ignore[attr-defined]
            self._batch = {key: value[: self.count] for key, value in batch.items()}
        batch = {k: v.to(module.device) if isinstance(v, Tensor) else v for k, v in self._batch.items()}
        with as_it_was(module), torch.no_grad():
            pictures = module.eval().preview(batch)
        folder = Path(trainer.default_root_dir) / "samples"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sheet(list(pictures.values()))).save(folder / f"iteration_{module.iteration:06d}.png")


@contextmanager
def as_it_was(module: nn.Module) -> Iterator[None]:
    """Gives a module back its mode and its buffers, whatever forward passes did to them."""
    training = module.training
    kept = [(buffer, buffer.clone()) for buffer in module.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in kept:
                buffer.copy_(value)
        module.train(training)


def sheet(columns: list[Tensor]) -> Any:
    """Columns of (B, 3, H, W) pictures in [-1, 1] side by side, images down: (B * H, columns * W, 3) uint8."""
    images = to_uint8(torch.nan_to_num(torch.cat(columns, dim=3), nan=-1.0))
    return images.permute(0, 2, 3, 1).flatten(0, 1).cpu().numpy()
