"""Reconstructions of held-out images by a model with an encoder: a part of the class-conditional evaluator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from common.errors import ConfigurationError, one_line
from common.spacing import evenly_spaced
from lightning_modules.labelled_data import LabelledData, held_out, in_class_order
from lightning_modules.metrics.features import FeatureExtractor
from lightning_modules.metrics.images import write_image
from lightning_modules.metrics.reconstructions import ReconstructionMetrics
from lightning_modules.metrics.suite import Metrics
from lightning_modules.panels import Grid
from lightning_modules.preserve_state import preserve_state

#: In the protocol of every model of this evaluator, so that rows with and without an encoder agree.
PROTOCOL = "of the test's held-out images, from the mean of their code and their label"
#: Name of the panel.
RECONSTRUCTIONS = "reconstructions"


class Reconstructions:
    """Measures `reconstruct(images, labels)` of a model that has it, on the test's held-out images.

    Writes `reconstruction_000_input.png` and `reconstruction_000.png`, ... of held-out images whose classes are
    evenly spaced over all that have one. They depend on names alone: rows and seeds of a table show the same.

    Source: image-synthesis thesis, section 4.3.2 and Figure 4.6.

    Attributes:
        panels: after `result`, of the written images.
    """

    def __init__(
        self,
        trainer: pl.Trainer,
        module: Any,
        data: LabelledData,
        extractor: FeatureExtractor,
        recogniser: FeatureExtractor | None,
        cache_dir: str,
        samples: int,
    ) -> None:
        self.trainer, self.module, self._data, self._samples = trainer, module, data, samples
        self.panels: list[Grid] = []
        self._metrics = ReconstructionMetrics(extractor, recogniser, module.classes, cache_dir)
        self._failure = "" if hasattr(module, "reconstruct") else f"{type(module).__name__} has no encoder"

    def update(self, images: Tensor, labels: Tensor) -> None:
        """Add held-out images of a test batch, (B, 3, R, R) in [-1, 1], and their classes (B,) int64."""
        if not self._failure:
            try:
                self._metrics.add(images, self._reconstruct(images, labels), labels)
            except Exception as error:
                self._failure = one_line(error)

    def result(self, folder: Path) -> tuple[Metrics, dict[str, str]]:
        """Return the metrics, and the reasons of those that are None; write images to the folder.

        Raises:
            ConfigurationError: an image that cannot be written.
        """
        failed: dict[str, str] = {}
        if not self._failure:
            try:
                self._write(folder)
            except ConfigurationError:
                raise
            except Exception as error:
                failed["reconstruction images"] = one_line(error)
        if self._failure or not self._metrics.count:
            self._metrics.give_up(self._failure or "no test image is held out of training")
        metrics, reasons = self._metrics.compute()
        return metrics, {**failed, **reasons}

    def _reconstruct(self, images: Tensor, labels: Tensor) -> Tensor:
        device = self.module.device
        with preserve_state(self.module), torch.no_grad(), self.trainer.precision_plugin.test_step_context():
            self.module.eval()
            found: Tensor = self.module.reconstruct(images.to(device), labels.to(device))
        return found

    def _write(self, folder: Path) -> None:
        files: list[tuple[Path, Path]] = []
        for batch in self._data.in_order(sample_positions(self._data, self._samples)):
            made = self._reconstruct(batch["image"], batch["label"])
            for image, reconstruction in zip(batch["image"], made, strict=True):
                stem = f"reconstruction_{len(files):03d}"
                write_image(folder / f"{stem}_input.png", image)
                write_image(folder / f"{stem}.png", reconstruction)
                files.append((folder / f"{stem}_input.png", folder / f"{stem}.png"))
        if files:
            caption = "Left: images held out of training, not selected. Right: their reconstructions."
            columns = ("Input", "Reconstruction")
            panel = Grid(RECONSTRUCTIONS, "Reconstructions", caption, columns, tuple(files), shared=1)
            self.panels.append(panel)


def sample_positions(data: LabelledData, count: int) -> list[int]:
    """Return the positions of at most `count` held-out images, of evenly spaced classes that have one."""
    unseen = held_out(data)
    firsts = [next((i for i in positions if i in unseen), None) for positions in in_class_order(data)]
    there = [position for position in firsts if position is not None]
    return evenly_spaced(there, count)
