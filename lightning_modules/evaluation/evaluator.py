"""Evaluators: a model class declares the evaluator of its tests, a class that owns everything of the measurement."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from common.errors import ConfigurationError, one_line
from lightning_modules.first_errors import FirstErrors
from lightning_modules.panels import SAMPLES_FOLDER, Panel, write_panels

Result = dict[str, Any]


class SelectionMetric(Protocol):
    """One metric that weights are selected by; see `SingleMetric`."""

    name: str
    better: Any

    def check(self, outputs: Any) -> None:
        """Raise ConfigurationError if a model's outputs do not allow the metric."""

    def of(self, batches: Any) -> float:
        """Return the metric over all batches of `test_step`'s outputs."""


class Evaluator(pl.Callback, ABC):
    """Callback that measures a model while Lightning tests it.

    A model class names its evaluator by dotted path in its class attribute `evaluator`. The section `evaluation` of a
    configuration holds this class's own arguments. An argument that ends in `_checkpoint` takes the checkpoint of
    another training. All results of a test are computed on one device.

    Networks for the measurement belong to the evaluator during a test, never to the LightningModule, and are in no
    checkpoint.

    Attributes:
        machine_settings: arguments that change no result (file locations); they are in no key. A literal.
        protocol_fields: entries of a result's "protocol" that must be equal before two results may be compared; None
            for all of them. It is written into the result.
        result: after a test {"kind": "test", "headline": variant, "metrics": of the headline, "variants": {other
            variant: metrics}, "protocol": ..., "protocol_fields": [...]} of plain values; a metric that cannot be
            computed is None, and protocol["failed"] has the reason. None before a test.

    Raises:
        ConfigurationError: when the test starts: a setting that cannot be used, or more than one device. Later: an
            image that cannot be written.
    """

    machine_settings: ClassVar[tuple[str, ...]] = ()
    protocol_fields: ClassVar[tuple[str, ...] | None] = None
    result: Result | None = None
    _measurement: Measurement | None = None

    @classmethod
    @abstractmethod
    def metric_names(cls, model: type) -> list[str]:
        """Return the names of all metrics that a test of a model class may return, whatever the feature network."""

    @classmethod
    def panel_names(cls, model: type) -> list[str]:
        """Return the names of all panels that a test of a model class may write; see lightning_modules.panels."""
        return []

    @classmethod
    def applications(cls) -> list[Any]:
        """Return the applications that a test runs, with a test's options; see `Application`."""
        return []

    @abstractmethod
    def start(self, trainer: pl.Trainer, module: Any) -> Measurement:
        """Return the measurement of one test, before its first batch."""

    def requests(self, data: Any, module: Any) -> list[DataLoader[Any]]:
        """Return test loaders to run after the data module's own, in their order.

        They are stored in the attribute `requested` of the data module, whose `test_dataloader` returns them too; a
        model's `test_step` then takes a `dataloader_idx`.
        """
        return []

    def selection_metric(self, name: str, device: torch.device) -> SelectionMetric:
        """Return the metric that weights are selected by in training.

        Raises:
            ConfigurationError: there is no such metric, or nothing can be selected by this evaluator.
        """
        raise ConfigurationError(f"checkpoint.select: {type(self).__name__} cannot select weights; use select: last")

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        data: Any = getattr(trainer, "datamodule", None)
        if stage == "test" and (loaders := self.requests(data, pl_module)):
            data.requested = loaders

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.world_size > 1:
            raise ConfigurationError(
                f"trainer.devices: {trainer.world_size} devices; test on 1, metrics need all images"
            )
        self.result = None
        self._measurement = self.start(trainer, pl_module)

    def on_test_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        assert self._measurement is not None
        self._measurement.update(outputs, batch, dataloader_idx)

    def on_test_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Not on_test_end: other callbacks report the result there, whatever their order.
        assert self._measurement is not None
        result = self._measurement.compute()
        if self._measurement.panels:
            write_panels(self._measurement.folder, self._measurement.panels)
        fields = self.protocol_fields
        self.result = {**result, "protocol_fields": None if fields is None else list(fields)}

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self._measurement = None


class Measurement(ABC):
    """Measurement of one test: receives every batch, then returns the result.

    Attributes:
        panels: of the images in `folder`; written to its `panels.json` after `compute`.
        errors: of the parts of the measurement that failed; a ConfigurationError ends the test.

    Raises:
        ConfigurationError: a setting that it cannot use; later, an image that cannot be written.
    """

    def __init__(self, trainer: pl.Trainer, module: Any) -> None:
        self.trainer, self.module = trainer, module
        self.panels: list[Panel] = []
        self.errors = FirstErrors(ConfigurationError)

    @abstractmethod
    def update(self, outputs: Any, batch: Any, loader: int) -> None:
        """Add a batch of the test and `test_step`'s outputs for it; `loader` is 0 for the data module's own."""

    @abstractmethod
    def compute(self) -> Result:
        """Return the result of the test, after the last batch; see `Evaluator.result`."""

    @property
    def folder(self) -> Path:
        """Folder of sample images."""
        return Path(self.trainer.default_root_dir) / SAMPLES_FOLDER


def evaluator_class(model: type) -> type[Evaluator]:
    """Import the evaluator that a model class declares.

    Raises:
        ConfigurationError: it declares none, or there is no such class; one line.
    """
    path = getattr(model, "evaluator", "")
    package, _, name = str(path).rpartition(".")
    try:
        found: type[Evaluator] = getattr(import_module(package), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"{model.__module__}.{model.__name__}.evaluator: {path!r} is no evaluator ({one_line(error)}); give the "
            "dotted path of a subclass of lightning_modules.evaluation.Evaluator"
        ) from error
    return found
