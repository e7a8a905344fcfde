"""Applications of a model in a test: a part of the class-conditional evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from common.errors import one_line
from common.files import write_png
from lightning_modules.evaluation.application import Application, Outcome
from lightning_modules.evaluation.class_context import ClassContext
from lightning_modules.labelled_data import LabelledData
from lightning_modules.metrics.features import FeatureExtractor
from lightning_modules.metrics.suite import Metrics
from lightning_modules.panels import ImageFile
from lightning_modules.preserve_state import preserve_state


class Applications:
    """Runs the applications of an evaluator and writes `application_<name>.png` of each.

    An application that fails has None for its numbers, with the reason; the others run.

    Attributes:
        panels: after `result`, the image file of each application.
    """

    def __init__(
        self,
        applications: Sequence[Application],
        trainer: pl.Trainer,
        module: Any,
        data: LabelledData,
        recogniser: FeatureExtractor | None,
        write_sheets: bool,
    ) -> None:
        self.applications, self.trainer, self.module, self._write_sheets = applications, trainer, module, write_sheets
        self.panels: list[ImageFile] = []
        self._context = ClassContext(module, data, recogniser)

    def result(self, folder: Path) -> tuple[Metrics, dict[str, str]]:
        """Return the numbers and the reasons for those that are None; write the images to the folder.

        Raises:
            ConfigurationError: an image cannot be written.
        """
        metrics: Metrics = {}
        failed: dict[str, str] = {}
        for application in self.applications:
            outcome = self._attempt(application, failed)
            metrics |= {name: None if outcome is None else outcome.numbers[name] for name in application.measures}
            if outcome is not None:
                failed |= outcome.reasons
                if self._write_sheets:
                    self._write(folder, application, outcome)
        return metrics, failed

    def _write(self, folder: Path, application: Application, outcome: Outcome) -> None:
        name, path = application.name, folder / f"application_{application.name}.png"
        write_png(path, outcome.sheet)
        title, words = name.replace("_", " "), (outcome.caption, path, outcome.findings)
        self.panels.append(ImageFile(name, title, *words, measures=tuple(application.measures)))

    def _attempt(self, application: Application, failed: dict[str, str]) -> Outcome | None:
        try:
            with preserve_state(self.module), torch.no_grad(), self.trainer.precision_plugin.test_step_context():
                self.module.eval()
                return application(self._context)
        except Exception as error:
            failed |= dict.fromkeys(application.measures, one_line(error))
            return None
