"""Evaluator of the toy family."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytorch_lightning as pl
from PIL import Image

from common.files import write_png
from lightning_modules.evaluation.evaluator import Evaluator, Measurement, Result
from lightning_modules.panels import Chart, Curve, Grid, ImageFile, Series


class MeanError(Evaluator):
    """Measures how far a model's mean is from that of the test's numbers.

    Args:
        factor: of the unit.
    """

    protocol_fields: ClassVar = ("numbers",)

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    @classmethod
    def metric_names(cls, model: type) -> list[str]:
        return ["toy_error"]

    @classmethod
    def panel_names(cls, model: type) -> list[str]:
        return ["errors", "bar", "tones"]

    def start(self, trainer: pl.Trainer, module: Any) -> Measurement:
        return _Errors(self.factor, trainer, module)


class _Errors(Measurement):
    def __init__(self, factor: float, trainer: pl.Trainer, module: Any) -> None:
        super().__init__(trainer, module)
        self.factor, self.errors, self.count = factor, 0.0, 0
        self.points: list[tuple[float, float]] = []

    def update(self, outputs: Any, batch: Any, loader: int) -> None:
        self.errors += float(outputs) * len(batch["number"])
        self.count += len(batch["number"])
        self.points.append((float(len(self.points)), float(outputs)))

    def compute(self) -> Result:
        charts = (Chart("error", (Curve("", tuple(self.points)),), "mm"),)
        self.panels.append(Series("errors", "Errors", "The error on each batch.", "batches", charts))
        bar = ImageFile("bar", "Bar", "The error as a grey.", self._tone("bar", 255 * self.points[0][1]), "One bar.")
        tones = ((self._tone("true", 150.0), self._tone("learnt", 50 * float(self.module.mean))),)
        self.panels += [bar, Grid("tones", "Tones", "Both means as greys.", ("true", "learnt"), tones, shared=1)]
        metrics = {"toy_error": abs(self.errors / self.count) * self.factor}
        return {
            "kind": "test", "headline": "mean", "metrics": metrics, "variants": {}, "protocol": {"numbers": self.count},
        }  # fmt: skip

    def _tone(self, name: str, grey: float) -> Path:
        path = self.folder / f"{name}.png"
        write_png(path, Image.new("RGB", (24, 16), (max(0, min(255, int(grey))),) * 3))
        return path
