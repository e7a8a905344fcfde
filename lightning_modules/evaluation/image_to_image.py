"""The judge of a model that answers every test image with images of its own: completions, translations."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl

from common.errors import ConfigurationError, one_line
from lightning_modules.base import GenerativeModule
from lightning_modules.evaluation.diversity import Diversity
from lightning_modules.evaluation.evaluator import Judge, Result, Settings, result_of, write_picture
from lightning_modules.metrics.features import select_features
from lightning_modules.metrics.segmentation import HoleIoU
from lightning_modules.metrics.suite import GenerationMetrics, Metrics, attempt


class Paired(Judge):
    """Compares generated with real images, of the whole test set and one by one.

    See Evaluation for what `test_step` returns and for the pictures that are left.
    """

    def __init__(self, settings: Settings, trainer: pl.Trainer, module: Any) -> None:
        super().__init__(settings, trainer, module)
        extractor = select_features(settings.features, settings.weights).to(module.device)
        self._metrics = GenerationMetrics(extractor, settings.cache_dir)
        self._parsing: HoleIoU | None = None
        self._diversity = Diversity(settings.diversity_inputs, settings.diversity_samples)
        self._variants: list[str] = []
        self._seen = self._written = 0

    def see(self, outputs: Any, batch: Any) -> None:
        self._variants = self._variants or list(outputs["generated"])
        self._seen += len(outputs["real"])
        self.attempt("images", lambda: self._metrics.update(outputs["real"], outputs["generated"]))
        if "segmentation" in outputs:
            self._parsing = parsing = self._parsing or HoleIoU()
            self.attempt("parsing", lambda: parsing.update(**outputs["segmentation"]))
        self.attempt("diversity", lambda: self._diversity.keep(batch))
        self.attempt("samples", lambda: self._write_samples(outputs))

    def result(self) -> Result:
        if not self._variants:
            raise ConfigurationError("data: the test set is empty; nothing can be measured")
        variants, protocol = self._measure_images()
        failed = protocol.pop("failed", {})
        headline = self._variants[0]
        metrics = variants.pop(headline)
        if self._parsing is not None:
            metrics.update(self._measure_parsing(self._parsing, failed))
        if self._diversity.wanted and isinstance(self.module, GenerativeModule):
            metrics.update(self._measure_diversity(self.module, protocol, failed))
        if "samples" in self._broken:
            failed["samples"] = self._broken["samples"]
        return result_of(headline, metrics, variants, protocol, failed)

    def _measure_images(self) -> tuple[dict[str, Metrics], dict[str, Any]]:
        try:
            self.require_whole("images")
            return self._metrics.compute()
        except Exception as error:
            nothing: dict[str, Metrics] = {name: dict.fromkeys(self._metrics.names) for name in self._variants}
            failed = dict.fromkeys(self._metrics.names, one_line(error))
            return nothing, {"generated": self._seen, "real": self._seen, "resolution": None, "failed": failed}

    def _measure_parsing(self, parsing: HoleIoU, failed: dict[str, str]) -> Metrics:
        try:
            self.require_whole("parsing")
            return {**parsing.compute()}
        except Exception as error:
            names = "parsing_miou_hole", "parsing_miou_hole_constant"
            failed.update(dict.fromkeys(names, one_line(error)))
            return dict.fromkeys(names)

    def _measure_diversity(self, module: GenerativeModule, protocol: dict[str, Any], failed: dict[str, str]) -> Metrics:
        def generate() -> None:
            with self.trainer.precision_plugin.test_step_context():
                self._diversity.generate(module)

        self.attempt("diversity", generate)
        if "diversity" not in self._broken:
            for name, image in self._diversity.pictures():
                write_picture(self.folder / name, image)
        protocol["diversity"] = self._diversity.protocol

        def measure() -> float:
            self.require_whole("diversity")
            return self._diversity.l1()

        return {"diversity_l1": attempt("diversity_l1", measure, failed)}

    def _write_samples(self, outputs: dict[str, Any]) -> None:
        pictures = {"input": outputs["inputs"], "truth": outputs["real"], **outputs["generated"]}
        count = max(0, min(self.settings.samples - self._written, len(outputs["real"])))
        for name, images in pictures.items():
            for index in range(count):
                write_picture(self.folder / f"{self._written + index:03d}_{name}.png", images[index])
        self._written += count
