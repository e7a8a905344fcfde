"""Evaluator of a model that measures itself: it generates no images."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl

from common.errors import ConfigurationError
from lightning_modules.evaluation.evaluator import Evaluator, Measurement, Result


class SelfReported(Evaluator):
    """Returns the result that the model itself reports.

    The `test_step` of the test's one batch returns {"headline": name, "metrics": {name: value}, "protocol": {name:
    value}}; the names of the metrics are the model's `reported_metrics`. The protocols of compared results
    must be equal.
    """

    @classmethod
    def metric_names(cls, model: type) -> list[str]:
        return list(getattr(model, "reported_metrics", ()))

    def start(self, trainer: pl.Trainer, module: Any) -> Measurement:
        return Report(trainer, module)


class Report(Measurement):
    """Returns the output of `test_step` as the result."""

    _reported: Result | None = None

    def update(self, outputs: Any, batch: Any, loader: int) -> None:
        self._reported = {"kind": "test", "variants": {}, **outputs}

    def compute(self) -> Result:
        if self._reported is None:
            raise ConfigurationError("data: the test set is empty; nothing can be measured")
        return self._reported
