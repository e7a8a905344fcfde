"""Selection of weights by a metric on validation images, as in testing, without any effect on the training."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytorch_lightning as pl
import torch

from common.errors import ConfigurationError, one_line
from lightning_modules.evaluation.evaluator import Evaluator, evaluator_class
from lightning_modules.preserve_state import preserve_state

_log = logging.getLogger(__name__)


class Selection:
    """A metric of what the model generates for the data's validation images, from `test_step`'s headline variant.

    A model whose test needs more than a training has (another stage's checkpoint) may offer `selection_step` instead,
    with the same arguments and return value. The metric is the evaluator's.

    Raises:
        ConfigurationError: an unknown metric, data without validation images, or a model that cannot be tested.
    """

    def __init__(self, metric: str, trainer: pl.Trainer, module: Any) -> None:
        callbacks = trainer.callbacks  # type: ignore[attr-defined]
        evaluators = [callback for callback in callbacks if isinstance(callback, Evaluator)]
        evaluator = evaluators[0] if evaluators else evaluator_class(type(module))()
        self._metric = evaluator.selection_metric(metric, trainer.strategy.root_device)
        if _step(module) is None:
            raise ConfigurationError(
                f"checkpoint.select: best needs a model that can be tested, and {type(module).__name__} has no "
                "test_step; use select: last"
            )
        offered = getattr(trainer.datamodule, "validation_dataloader", None)  # type: ignore[attr-defined]
        loader = offered() if offered is not None else None
        if loader is None:
            raise ConfigurationError(
                "checkpoint.select: best needs validation images; set data.init_args.validation_count, or use select: "
                "last"
            )
        self._loader = loader

    def is_better(self, value: float, than: float | None) -> bool:
        """Return True if a value of the metric is strictly better than another, or the other is None."""
        if than is None:
            return True
        return value < than if self._metric.better == "lower" else value > than

    def rehearse(self, trainer: pl.Trainer, module: Any) -> None:
        """Generate for one batch, so that wrong settings are reported now and not hours later."""
        try:
            with preserve_state(module):
                for outputs in islice(self._outputs(trainer, module), 1):
                    self._metric.check(outputs)
        except ConfigurationError:
            raise
        except Exception as error:
            _log.warning("checkpoint: validation will fail: %s", one_line(error))

    def value(self, trainer: pl.Trainer, module: Any) -> float | None:
        """Return the metric now, or None, with a warning, if it cannot be computed."""
        try:
            with preserve_state(module):
                return self._metric.of(self._outputs(trainer, module))
        except Exception as error:
            _log.warning("checkpoint: no %s at iteration %d: %s", self._metric.name, module.iteration, one_line(error))
            return None

    def _outputs(self, trainer: pl.Trainer, module: Any) -> Iterator[dict[str, Any]]:
        step = _step(module.eval())
        assert step is not None
        for index, batch in enumerate(self._loader):
            with torch.no_grad(), trainer.precision_plugin.test_step_context():
                outputs = step(trainer.strategy.batch_to_device(batch), index)
            yield outputs


def _step(module: Any) -> Any:
    if hasattr(module, "selection_step"):
        return module.selection_step
    return None if type(module).test_step is pl.LightningModule.test_step else module.test_step
