"""Judges a model while Lightning tests it: pictures of the first images, and the metrics of all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from PIL import Image
from torch import Tensor

from lightning_modules.base import GenerativeModule
from lightning_modules.callbacks.diversity import Diversity
from lightning_modules.errors import ConfigurationError, one_line
from lightning_modules.files import write_png
from lightning_modules.metrics.features import FeatureExtractor, select_features
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.segmentation import HoleIoU
from lightning_modules.metrics.suite import GenerationMetrics, Metrics, attempt


class Evaluation(pl.Callback):
    """Turns what `test_step` returns into metrics and sample pictures.

    `test_step` returns {"real": (B, 3, H, W), "generated": {variant: (B, 3, H, W)}, "inputs": (B, 3, H, W)}, all in
    [-1, 1], the first variant being the headline; and, where labels are completed too, "segmentation": {"predicted":
    (B, H, W) int64, "truth": (B, H, W) int64, "hole": (B, 1, H, W) of {0, 1}}. More keys do no harm.

    A model that makes no pictures measures itself: its one test batch's `test_step` returns {"headline": name,
    "metrics": {name: value}, "protocol": {name: value}}, which is the result.

    The first images are written to `<default_root_dir>/samples/` as `000_input.png`, `000_truth.png` and
    `000_<variant>.png`; several outputs for the first ones, each with other noise, as `diversity_000_00.png`,
    `diversity_000_01.png`, ..., and their mean difference is the headline's `diversity_l1` (see Diversity). The feature
    network lives here for the length of the test, never in the LightningModule: it enters no checkpoint.

    Args:
        features: "auto", "inception" or "effnetlite0", as in `select_features`.
        weights: path of the Inception weights; None looks in torch.hub's cache.
        cache_dir: folder of the cached real-image features.
        samples: how many test images are written as pictures.
        diversity_inputs: for how many of the first test images several outputs are generated; 0 for none.
        diversity_samples: how many outputs each of these gets; 0 for none.

    Attributes:
        result: after a test, {"kind": "test", "headline": variant, "metrics": of the headline, "variants": {other
            variant: metrics}, "protocol": ...} of plain values; a metric that cannot be had, or whose code
            crashes, is None, and protocol["failed"] says why. None before a test.

    Raises:
        ConfigurationError: when the test starts: feature network or weights that cannot be used, or more than one
            device, each of which would measure only its share of the images. Later: a picture that the disk refuses.
    """

    def __init__(
        self,
        features: str = "auto",
        weights: str | None = None,
        cache_dir: str = "cache/statistics",
        samples: int = 8,
        diversity_inputs: int = 3,
        diversity_samples: int = 6,
    ) -> None:
        self.features = features
        self.weights = weights
        self.cache_dir = cache_dir
        self.samples = samples
        self.diversity_inputs, self.diversity_samples = diversity_inputs, diversity_samples
        self.result: dict[str, Any] | None = None
        self._extractor: FeatureExtractor | None = None

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.world_size > 1:
            raise ConfigurationError(
                f"trainer.devices: {trainer.world_size} devices; test on 1, metrics need all images"
            )
        self.result = None
        if not isinstance(pl_module, GenerativeModule):
            return
        self._extractor = select_features(self.features, self.weights).to(pl_module.device)
        self._metrics = GenerationMetrics(self._extractor, self.cache_dir)
        self._parsing: HoleIoU | None = None
        self._diversity = Diversity(self.diversity_inputs, self.diversity_samples)
        self._broken: dict[str, str] = {}
        self._variants: list[str] = []
        self._seen = self._written = 0

    def on_test_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if not isinstance(pl_module, GenerativeModule):
            self.result = {"kind": "test", "variants": {}, **outputs}
            return
        self._variants = self._variants or list(outputs["generated"])
        self._seen += len(outputs["real"])
        self._try("images", lambda: self._metrics.update(outputs["real"], outputs["generated"]))
        if "segmentation" in outputs:
            self._parsing = parsing = self._parsing or HoleIoU()
            self._try("parsing", lambda: parsing.update(**outputs["segmentation"]))
        self._try("diversity", lambda: self._diversity.keep(batch))
        self._try("samples", lambda: self._write_samples(Path(trainer.default_root_dir) / "samples", outputs))

    def on_test_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Not on_test_end: other callbacks report the result there, whatever their order.
        if not isinstance(pl_module, GenerativeModule):
            return
        if not self._variants:
            raise ConfigurationError("data: the test set is empty; nothing can be measured")
        variants, protocol = self._measure_images()
        failed = protocol.pop("failed", {})
        headline = self._variants[0]
        metrics = variants.pop(headline)
        if self._parsing is not None:
            metrics.update(self._measure_parsing(self._parsing, failed))
        if self._diversity.wanted and isinstance(pl_module, GenerativeModule):
            metrics.update(self._measure_diversity(trainer, pl_module, protocol, failed))
        if "samples" in self._broken:
            failed["samples"] = self._broken["samples"]
        self.result = {
            "kind": "test",
            "headline": headline,
            "metrics": metrics,
            "variants": variants,
            "protocol": {**protocol, **({"failed": failed} if failed else {})},
        }
        print(_summary(headline, metrics, protocol), flush=True)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self._extractor = None
        for name in ("_metrics", "_diversity"):
            self.__dict__.pop(name, None)

    def _try(self, what: str, action: Callable[[], None]) -> None:
        """Does it; after an error never again, and `_broken` says why. A picture that the disk refuses is raised."""
        if what in self._broken:
            return
        try:
            action()
        except ConfigurationError:
            raise
        except Exception as error:
            self._broken[what] = one_line(error)

    def _measure_images(self) -> tuple[dict[str, Metrics], dict[str, Any]]:
        try:
            if "images" in self._broken:
                raise ValueError(self._broken["images"])
            return self._metrics.compute()
        except Exception as error:
            nothing: dict[str, Metrics] = {name: dict.fromkeys(self._metrics.names) for name in self._variants}
            failed = dict.fromkeys(self._metrics.names, one_line(error))
            return nothing, {"generated": self._seen, "real": self._seen, "resolution": None, "failed": failed}

    def _measure_parsing(self, parsing: HoleIoU, failed: dict[str, str]) -> Metrics:
        try:
            if "parsing" in self._broken:
                raise ValueError(self._broken["parsing"])
            return {**parsing.compute()}
        except Exception as error:
            names = "parsing_miou_hole", "parsing_miou_hole_constant"
            failed.update(dict.fromkeys(names, one_line(error)))
            return dict.fromkeys(names)

    def _measure_diversity(
        self, trainer: pl.Trainer, module: GenerativeModule, protocol: dict[str, Any], failed: dict[str, str]
    ) -> Metrics:
        def generate() -> None:
            with trainer.precision_plugin.test_step_context():
                self._diversity.generate(module)

        self._try("diversity", generate)
        if "diversity" not in self._broken:
            folder = Path(trainer.default_root_dir) / "samples"
            for name, image in self._diversity.pictures():
                _write_png(folder / name, image)
        protocol["diversity"] = self._diversity.protocol

        def measure() -> float:
            if "diversity" in self._broken:
                raise ValueError(self._broken["diversity"])
            return self._diversity.l1()

        return {"diversity_l1": attempt("diversity_l1", measure, failed)}

    def _write_samples(self, folder: Path, outputs: dict[str, Any]) -> None:
        pictures = {"input": outputs["inputs"], "truth": outputs["real"], **outputs["generated"]}
        count = max(0, min(self.samples - self._written, len(outputs["real"])))
        for name, images in pictures.items():
            for index in range(count):
                _write_png(folder / f"{self._written + index:03d}_{name}.png", images[index])
        self._written += count


def _write_png(path: Path, image: Tensor) -> None:
    """A (3, H, W) image in [-1, 1] at its own resolution; what is not finite (a diverged model) is black."""
    pixels = to_uint8(torch.nan_to_num(image, nan=-1.0, posinf=-1.0, neginf=-1.0)[None])[0]
    write_png(path, Image.fromarray(pixels.permute(1, 2, 0).cpu().numpy()))


def _summary(headline: str, metrics: Metrics, protocol: dict[str, Any]) -> str:
    values = ", ".join(f"{name} {'none' if value is None else f'{value:.4g}'}" for name, value in metrics.items())
    return f"test ({headline}, {protocol['generated']} images, resolution {protocol['resolution']}): {values}"
