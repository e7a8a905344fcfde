"""Sheets of a model's outputs for a few held-out inputs during training."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from PIL import Image
from torch import Tensor

from common.errors import one_line
from common.files import write_png
from common.image_sheet import Cell, image_sheet
from lightning_modules.base import GenerativeModule
from lightning_modules.metrics.images import to_image
from lightning_modules.panels import SAMPLES_FOLDER
from lightning_modules.preserve_state import preserve_state

_log = logging.getLogger(__name__)


class Samples(pl.Callback):
    """Writes `samples/iteration_000300.png`: one row per image, one column per entry of the module's `preview`.

    The images are the first of the test set, which is never trained on. The module's state is restored, including the
    buffers that a forward pass changes, so the number of sheets does not affect the training. A sheet that fails gives
    one warning, and no more sheets are written. A model without images (a classifier) has none.

    Args:
        count: images per sheet.
        sheets: sheets per training, evenly spaced, the last at its end.

    Raises:
        ConfigurationError: the disk is full; one line that names the file.
    """

    def __init__(self, count: int = 6, sheets: int = 4) -> None:
        self.count, self.sheets = count, sheets
        self._batch: dict[str, Any] | None = None
        self._failed = False

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        done, of = pl_module.iteration, pl_module.max_iterations
        if not isinstance(pl_module, GenerativeModule) or self._failed:
            return
        if done * self.sheets // of == (done - 1) * self.sheets // of:
            return
        try:
            sheet = self._sheet(trainer, pl_module)
        except Exception as error:  # sheets are for people; the training goes on without them
            self._failed = True
            _log.warning("samples: no more sheets, the one of iteration %d failed: %s", done, one_line(error))
        else:
            write_png(Path(trainer.default_root_dir) / SAMPLES_FOLDER / f"iteration_{done:06d}.png", sheet)

    def _sheet(self, trainer: pl.Trainer, module: Any) -> Image.Image:
        with preserve_state(module), torch.no_grad():
            if self._batch is None:
                batch = next(iter(trainer.datamodule.test_dataloader()))  # type: ignore[attr-defined]
                self._batch = {key: value[: self.count] for key, value in batch.items()}
            batch = {k: v.to(module.device) if isinstance(v, Tensor) else v for k, v in self._batch.items()}
            columns = {
                title: [Cell(to_image(i)) for i in images] for title, images in module.eval().preview(batch).items()
            }
        return image_sheet([*columns], [("", line) for line in zip(*columns.values(), strict=True)], least=64)
