"""What a model is good for besides pictures of a class: a part of the judge by class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from common.errors import one_line
from common.files import write_png
from lightning_modules.callbacks.preserve_state import as_it_was
from lightning_modules.evaluation.application import Application, Given, Outcome
from lightning_modules.evaluation.evaluator import Settings
from lightning_modules.evaluation.real_images import LabelledData
from lightning_modules.metrics.features import FeatureExtractor
from lightning_modules.metrics.suite import Metrics


class Applications:
    """Runs every application that the model offers by `applications()`, and leaves `application_<name>.png` of each.

    One that cannot be done, or whose code crashes, has None for its numbers, with the reason; the others go on.
    """

    def __init__(
        self,
        settings: Settings,
        trainer: pl.Trainer,
        module: Any,
        data: LabelledData,
        recogniser: FeatureExtractor | None,
    ) -> None:
        self.settings, self.trainer, self.module = settings, trainer, module
        self._given = Given(module, data, recogniser)

    def result(self, folder: Path) -> tuple[Metrics, dict[str, str], dict[str, dict[str, Any]]]:
        """The numbers; why some are None; and by application, what a report needs: its numbers' names, and words.

        Raises:
            ConfigurationError: a picture that the disk refuses.
        """
        metrics: Metrics = {}
        failed: dict[str, str] = {}
        shown: dict[str, dict[str, Any]] = {}
        for application in offered(type(self.module)):
            outcome = self._attempt(application, failed)
            metrics |= {name: None if outcome is None else outcome.numbers[name] for name in application.measures}
            if outcome is not None:
                failed |= outcome.reasons
                shown[application.name] = {
                    "measures": list(application.measures),
                    "caption": outcome.caption,
                    "findings": outcome.findings,
                }
                if self.settings.samples:
                    write_png(folder / f"application_{application.name}.png", outcome.sheet)
        return metrics, failed, shown

    def _attempt(self, application: Application, failed: dict[str, str]) -> Outcome | None:
        try:
            with as_it_was(self.module), torch.no_grad(), self.trainer.precision_plugin.test_step_context():
                self.module.eval()
                return application(self._given)
        except Exception as error:
            failed |= dict.fromkeys(application.measures, one_line(error))
            return None


def offered(model: type) -> list[Application]:
    """The applications that a model class offers, with the options that a test uses; none where it offers none."""
    return list(model.applications()) if hasattr(model, "applications") else []
