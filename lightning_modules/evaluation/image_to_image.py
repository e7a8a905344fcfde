"""Evaluator of a model from images to images: completion, translation."""

from __future__ import annotations

from typing import Any, ClassVar

import pytorch_lightning as pl

from common.errors import ConfigurationError, one_line
from lightning_modules.base import GenerativeModule
from lightning_modules.evaluation.diversity import DIVERSITY, Diversity
from lightning_modules.evaluation.evaluator import Measurement, Result
from lightning_modules.evaluation.feature_evaluator import FeatureEvaluator, image_result
from lightning_modules.metrics.features import select_features
from lightning_modules.metrics.images import write_image
from lightning_modules.metrics.segmentation import HoleIoU
from lightning_modules.metrics.single import BETTER
from lightning_modules.metrics.suite import GenerationMetrics, Metrics, attempt
from lightning_modules.panels import SAMPLES, Grid


class ImageToImage(FeatureEvaluator):
    """Compares generated with real images, as sets and in pairs.

    `test_step` returns {"real": (B, 3, H, W), "generated": {variant: (B, 3, H, W)}, "inputs": (B, 3, H, W)}, all in
    [-1, 1], with the headline variant first; and, if labels are completed too, "segmentation": {"predicted":
    (B, H, W) int64, "truth": (B, H, W) int64, "hole": (B, 1, H, W) of {0, 1}}. Further keys are ignored. The first
    images are written to `<default_root_dir>/samples/` as `000_input.png`, `000_truth.png` and `000_<variant>.png`;
    several outputs for the first ones, each with other noise, as `diversity_000_00.png`, `diversity_000_01.png`, ...,
    and their mean difference is the headline's `diversity_l1` (see Diversity).

    Args:
        features: "auto", "inception" or "effnetlite0", as in `select_features`.
        weights: path of the Inception weights; None looks in torch.hub's cache.
        cache_dir: folder of the cached features of real images.
        samples: number of test images that are written.
        diversity_inputs: number of the first images with several outputs; 0 for none.
        diversity_samples: number of outputs of each of these; 0 for none.
    """

    protocol_fields: ClassVar = ("generated", "real", "resolution", "features_sha256")

    def __init__(
        self,
        features: str = "auto",
        weights: str | None = None,
        cache_dir: str = "cache/statistics",
        samples: int = 8,
        diversity_inputs: int = 3,
        diversity_samples: int = 6,
    ) -> None:
        super().__init__(features, weights, cache_dir)
        self.samples, self.diversity_inputs, self.diversity_samples = samples, diversity_inputs, diversity_samples

    @classmethod
    def metric_names(cls, model: type) -> list[str]:
        return [*BETTER, "parsing_miou_hole_constant", "diversity_l1"]

    @classmethod
    def panel_names(cls, model: type) -> list[str]:
        return [SAMPLES, DIVERSITY]

    def start(self, trainer: pl.Trainer, module: Any) -> Measurement:
        return _ImageComparison(self, trainer, module)


class _ImageComparison(Measurement):
    def __init__(self, settings: ImageToImage, trainer: pl.Trainer, module: Any) -> None:
        super().__init__(trainer, module)
        self.settings = settings
        extractor = select_features(settings.features, settings.weights).to(module.device)
        self._metrics = GenerationMetrics(extractor, settings.cache_dir)
        self._parsing: HoleIoU | None = None
        self._diversity = Diversity(settings.diversity_inputs, settings.diversity_samples)
        self._variants: list[str] = []
        self._seen = self._written = 0

    def update(self, outputs: Any, batch: Any, loader: int) -> None:
        self._variants = self._variants or list(outputs["generated"])
        self._seen += len(outputs["real"])
        self.errors.attempt("images", lambda: self._metrics.update(outputs["real"], outputs["generated"]))
        if "segmentation" in outputs:
            self._parsing = parsing = self._parsing or HoleIoU()
            self.errors.attempt("parsing", lambda: parsing.update(**outputs["segmentation"]))
        self.errors.attempt("diversity", lambda: self._diversity.keep(batch))
        self.errors.attempt("samples", lambda: self._write_samples(outputs))

    def compute(self) -> Result:
        if not self._variants:
            raise ConfigurationError("data: the test set is empty; nothing can be measured")
        variants, protocol = self._measure_images()
        failed = protocol.pop("failed", {})
        headline = self._variants[0]
        metrics = variants.pop(headline)
        if self._parsing is not None:
            metrics.update(self._measure_parsing(self._parsing, failed))
        if self._diversity.is_enabled and isinstance(self.module, GenerativeModule):
            metrics.update(self._measure_diversity(self.module, protocol, failed))
        if self._written:
            self.panels.insert(0, self._samples_panel())
        if "samples" in self.errors.reasons:
            failed["samples"] = self.errors.reasons["samples"]
        return image_result(headline, metrics, variants, protocol, failed)

    def _measure_images(self) -> tuple[dict[str, Metrics], dict[str, Any]]:
        try:
            self.errors.check("images")
            return self._metrics.compute()
        except Exception as error:
            nothing: dict[str, Metrics] = {name: dict.fromkeys(self._metrics.names) for name in self._variants}
            failed = dict.fromkeys(self._metrics.names, one_line(error))
            return nothing, {"generated": self._seen, "real": self._seen, "resolution": None, "failed": failed}

    def _measure_parsing(self, parsing: HoleIoU, failed: dict[str, str]) -> Metrics:
        try:
            self.errors.check("parsing")
            return {**parsing.compute()}
        except Exception as error:
            names = "parsing_miou_hole", "parsing_miou_hole_constant"
            failed.update(dict.fromkeys(names, one_line(error)))
            return dict.fromkeys(names)

    def _measure_diversity(self, module: GenerativeModule, protocol: dict[str, Any], failed: dict[str, str]) -> Metrics:
        def generate() -> None:
            with self.trainer.precision_plugin.test_step_context():
                self._diversity.generate(module)

        self.errors.attempt("diversity", generate)
        if "diversity" not in self.errors.reasons:
            for name, image in self._diversity.images():
                write_image(self.folder / name, image)
            inputs = [self.folder / f"{index:03d}_input.png" for index in range(self._written)]
            self.panels.append(self._diversity.panel(self.folder, inputs))
        protocol["diversity"] = self._diversity.protocol

        def measure() -> float:
            self.errors.check("diversity")
            return self._diversity.l1()

        return {"diversity_l1": attempt("diversity_l1", measure, failed)}

    def _samples_panel(self) -> Grid:
        names = ("input", "truth", *self._variants)
        return Grid(
            SAMPLES,
            "Test images",
            "The first test images, not selected.",
            ("Input", "Ground truth", *self._variants),
            tuple(tuple(self.folder / f"{i:03d}_{name}.png" for name in names) for i in range(self._written)),
            shared=2,
        )

    def _write_samples(self, outputs: dict[str, Any]) -> None:
        columns = {"input": outputs["inputs"], "truth": outputs["real"], **outputs["generated"]}
        count = max(0, min(self.settings.samples - self._written, len(outputs["real"])))
        for name, images in columns.items():
            for index in range(count):
                write_image(self.folder / f"{self._written + index:03d}_{name}.png", images[index])
        self._written += count
