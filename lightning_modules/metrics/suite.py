"""Metrics of generated images against real ones, from one pass of the feature network over every image."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from common.errors import one_line
from lightning_modules.first_errors import FirstErrors
from lightning_modules.metrics import distribution
from lightning_modules.metrics.cache import cached_features
from lightning_modules.metrics.features import FeatureExtractor, Features
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.paired import PSNR_CAP, psnr, ssim

Metrics = dict[str, float | None]

FEW = 2048
"""Up to this count Inception's covariance is singular, and a distance's bias exceeds most differences between rows."""

_BATCH = 32  # of real images; fixed, so that cached features do not depend on the loader's batch size


class GenerationMetrics:
    """Frechet distance, kernel distance, Inception-style score, SSIM and PSNR of variants of generated images.

    Real images are stored as 8-bit pixels (196 MB for 1000 at 256 x 256) and pass the network once, in `compute`,
    unless the cache has their features; generated images pass it batch by batch. A metric that cannot be computed, or
    whose code raises, is None, and the protocol has the reason.

    Args:
        extractor: the feature network; it names the metrics (`fid`, or `fd_effnetlite0`).
        cache_dir: folder of the cached real-image features.
    """

    def __init__(self, extractor: FeatureExtractor, cache_dir: str | Path) -> None:
        self.extractor = extractor
        self.cache_dir = Path(cache_dir)
        self._real: list[Tensor] = []
        self._variants: dict[str, _Variant] = {}

    def update(self, real: Tensor, generated: dict[str, Tensor]) -> None:
        """Add a batch: `real` (B, 3, H, W) in [-1, 1] and, by variant, the images generated from the same inputs.

        Raises:
            ValueError: real images that are not finite (such generated ones only make their variant's metrics None), or
                other variants than in the first batch.
        """
        truth = to_uint8(real).cpu()
        if self._real and generated.keys() != self._variants.keys():
            raise ValueError(f"variants changed from {list(self._variants)} to {list(generated)}")
        self._real.append(truth)
        for name, images in generated.items():
            self._variants.setdefault(name, _Variant()).add(truth, images, self.extractor)

    def compute(self) -> tuple[dict[str, Metrics], dict[str, Any]]:
        """Return the metrics of every variant, and their protocol: plain values, ready for JSON.

        Raises:
            ValueError: nothing was added, or real images of different sizes.
        """
        if not self._real:
            raise ValueError("no images were added")
        if len({batch.shape[1:] for batch in self._real}) > 1:
            raise ValueError("the real images have different sizes")
        pixels = torch.cat(self._real)
        real = self._real_features(pixels)
        failed: dict[str, str] = {}
        protocol = self._protocol(pixels, real, failed)
        metrics = {name: self._measure(name, variant, real, failed) for name, variant in self._variants.items()}
        if failed:
            protocol["failed"] = failed
        return metrics, protocol

    @property
    def names(self) -> tuple[str, ...]:
        """Names of a variant's metrics."""
        return (*self.extractor.metric_names(), "ssim", "psnr")

    def _real_features(self, pixels: Tensor) -> Callable[[], Tensor]:
        """Return a function that returns the features of the real images, or raises the error of their computation."""
        try:
            found = cached_features(
                self.cache_dir, pixels, self.extractor, lambda some: pooled_features(self.extractor, some)
            )
        except Exception as error:
            reason = f"features of the real images: {one_line(error)}"

            def fail() -> Tensor:
                raise ValueError(reason)

            return fail
        return lambda: found

    def _protocol(self, pixels: Tensor, real: Callable[[], Tensor], failed: dict[str, str]) -> dict[str, Any]:
        count, (height, width) = len(pixels), pixels.shape[2:]
        frechet, kernel, _ = self.extractor.metric_names()
        floor = attempt(f"{frechet}_floor", lambda: distribution.frechet_distance(*random_halves(real())), failed)
        protocol: dict[str, Any] = {
            "generated": count,
            "real": count,
            "resolution": height if height == width else [height, width],
            "features": self.extractor.name,
            "features_sha256": self.extractor.digest,
            "preprocessing": self.extractor.preprocessing,
            "kid": distribution.kid_protocol(count, count),
            "is_splits": distribution.SCORE_SPLITS,
            "ssim": "Gaussian 11x11, sigma 1.5, cropped, mean over RGB, range 255",
            "psnr": f"mean of images, each at most {PSNR_CAP:g} dB",
            f"{frechet}_floor": floor,
            "floor": f"{frechet} between two random halves of the real images, {count - count // 2} and {count // 2}",
        }
        if count < FEW:
            protocol["warning"] = (
                f"{count} images are few (under {FEW}): {frechet} is biased upward; "
                f"compare it only at equal counts, and read {kernel} beside it"
            )
        return protocol

    def _measure(self, name: str, variant: _Variant, real: Callable[[], Tensor], failed: dict[str, str]) -> Metrics:
        frechet, kernel, score = self.extractor.metric_names()
        measures: dict[str, Callable[[], float]] = {
            frechet: lambda: distribution.frechet_distance(real(), variant.features().pool),
            kernel: lambda: distribution.kid(real(), variant.features().pool),
            score: lambda: distribution.inception_score(variant.features().logits),
            "ssim": lambda: variant.mean("ssim"),
            "psnr": lambda: variant.mean("psnr"),
        }
        return {metric: attempt(metric, measure, failed, f"{name}: ") for metric, measure in measures.items()}


class _Variant:
    """Features of a variant's images, and their paired metrics, one value per image."""

    def __init__(self) -> None:
        self.batches: list[Features] = []
        self.values: dict[str, list[float]] = {"ssim": [], "psnr": []}
        self.errors = FirstErrors()
        """Reasons why features or a paired metric are missing for a batch."""

    def add(self, real: Tensor, images: Tensor, extractor: FeatureExtractor) -> None:
        try:
            generated = to_uint8(images)
        except ValueError as error:
            for name in ("features", "ssim", "psnr"):
                self.errors.give_up(name, str(error))
            return
        steps: dict[str, Callable[[], None]] = {
            "features": lambda: self.batches.append(extractor(generated)),
            "ssim": lambda: self.values["ssim"].extend(ssim(real, generated)),
            "psnr": lambda: self.values["psnr"].extend(psnr(real, generated)),
        }
        for name, step in steps.items():
            self.errors.attempt(name, step)

    def features(self) -> Features:
        self.errors.check("features")
        pools, logits = zip(*self.batches, strict=True)
        return Features(torch.cat(pools), torch.cat(logits))

    def mean(self, metric: str) -> float:
        self.errors.check(metric)
        return float(np.mean(self.values[metric]))


def attempt(name: str, measure: Callable[[], float], failed: dict[str, str], prefix: str = "") -> float | None:
    """Return the measure's finite value; or None, with the reason stored under the metric's name."""
    try:
        value = measure()
        if math.isfinite(value):
            return value
        raise ValueError(f"the value is {value}")
    except Exception as error:
        reason = prefix + one_line(error)
        failed[name] = f"{failed[name]}; {reason}" if name in failed else reason
        return None


def pooled_features(extractor: FeatureExtractor, pixels: Tensor) -> Tensor:
    """Return the pooled features (N, D) of real images (N, 3, H, W) uint8, in batches of one size."""
    return torch.cat([extractor(batch).pool for batch in pixels.split(_BATCH)])


def random_halves(features: Tensor) -> tuple[Tensor, Tensor]:
    """Split at random, with a fixed seed: parity would divide near duplicates, neighbours in file lists."""
    order = torch.from_numpy(np.random.RandomState(distribution.SEED).permutation(len(features)))
    return features[order[::2]], features[order[1::2]]
