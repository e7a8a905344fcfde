"""Judges a model while Lightning tests it: pictures of the first images, and the metrics of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from PIL import Image
from torch import Tensor

from lightning_modules.errors import ConfigurationError
from lightning_modules.metrics.features import FeatureExtractor, select_features
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.segmentation import HoleIoU
from lightning_modules.metrics.suite import GenerationMetrics, Metrics


class Evaluation(pl.Callback):
    """Turns what `test_step` returns into metrics and sample pictures.

    `test_step` returns {"real": (B, 3, H, W), "generated": {variant: (B, 3, H, W)}, "inputs": (B, 3, H, W)}, all in
    [-1, 1], the first variant being the headline; and, where labels are completed too, "segmentation": {"predicted":
    (B, H, W) int64, "truth": (B, H, W) int64, "hole": (B, 1, H, W) of {0, 1}}. More keys do no harm.

    The first images are written to `<default_root_dir>/samples/` as `000_input.png`, `000_truth.png` and
    `000_<variant>.png`. The feature network lives here for the length of the test, never in the LightningModule: it
    enters no checkpoint.

    Args:
        features: "auto", "inception" or "effnetlite0", as in `select_features`.
        weights: path of the Inception weights; None looks in torch.hub's cache.
        cache_dir: folder of the cached real-image features.
        samples: how many test images are written as pictures.

    Attributes:
        result: after a test, {"kind": "test", "headline": variant, "metrics": of the headline, "variants": {other
            variant: metrics}, "protocol": ...} of plain values; a metric that cannot be had is None, and
            protocol["failed"] says why. None before a test.

    Raises:
        ConfigurationError: when the test starts: feature network or weights that cannot be used, or more than one
            device, each of which would measure only its share of the images.
    """

    def __init__(
        self,
        features: str = "auto",
        weights: str | None = None,
        cache_dir: str = "cache/statistics",
        samples: int = 8,
    ) -> None:
        self.features = features
        self.weights = weights
        self.cache_dir = cache_dir
        self.samples = samples
        self.result: dict[str, Any] | None = None
        self._extractor: FeatureExtractor | None = None

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.world_size > 1:
            raise ConfigurationError(
                f"trainer.devices: {trainer.world_size} devices; test on 1, metrics need all images"
            )
        self._extractor = select_features(self.features, self.weights).to(pl_module.device)
        self._metrics = GenerationMetrics(self._extractor, self.cache_dir)
        self._parsing: HoleIoU | None = None
        self._headline: str | None = None
        self._written = 0
        self.result = None

    def on_test_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        self._headline = self._headline or next(iter(outputs["generated"]))
        self._metrics.update(outputs["real"], outputs["generated"])
        if "segmentation" in outputs:
            self._parsing = self._parsing or HoleIoU()
            self._parsing.update(**outputs["segmentation"])
        self._write_samples(Path(trainer.default_root_dir) / "samples", outputs)

    def on_test_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Not on_test_end: other callbacks report the result there, whatever their order.
        if self._headline is None:
            raise ConfigurationError("data: the test set is empty; nothing can be measured")
        variants, protocol = self._metrics.compute()
        metrics = variants.pop(self._headline)
        if self._parsing is not None:
            metrics.update(_parsing_metrics(self._parsing, protocol))
        self.result = {
            "kind": "test",
            "headline": self._headline,
            "metrics": metrics,
            "variants": variants,
            "protocol": protocol,
        }
        print(_summary(self._headline, metrics, protocol), flush=True)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self._extractor = None
        self.__dict__.pop("_metrics", None)

    def _write_samples(self, folder: Path, outputs: dict[str, Any]) -> None:
        pictures = {"input": outputs["inputs"], "truth": outputs["real"], **outputs["generated"]}
        count = min(self.samples - self._written, len(outputs["real"]))
        for name, images in pictures.items():
            for index in range(count):
                folder.mkdir(parents=True, exist_ok=True)
                _write_png(folder / f"{self._written + index:03d}_{name}.png", images[index])
        self._written += max(count, 0)


def _parsing_metrics(parsing: HoleIoU, protocol: dict[str, Any]) -> Metrics:
    try:
        return {**parsing.compute()}
    except ValueError as error:
        names = "parsing_miou_hole", "parsing_miou_hole_constant"
        protocol.setdefault("failed", {}).update(dict.fromkeys(names, str(error)))
        return dict.fromkeys(names)


def _write_png(path: Path, image: Tensor) -> None:
    """A (3, H, W) image in [-1, 1] at its own resolution; what is not finite (a diverged model) is black."""
    pixels = to_uint8(torch.nan_to_num(image, nan=-1.0, posinf=-1.0, neginf=-1.0)[None])[0]
    Image.fromarray(pixels.permute(1, 2, 0).cpu().numpy()).save(path)


def _summary(headline: str, metrics: Metrics, protocol: dict[str, Any]) -> str:
    values = ", ".join(f"{name} {'none' if value is None else f'{value:.4g}'}" for name, value in metrics.items())
    return f"test ({headline}, {protocol['generated']} images, resolution {protocol['resolution']}): {values}"
