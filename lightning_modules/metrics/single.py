"""A single metric of the suite, by name, without the cost of the others: for the choice of the evaluated weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from common.errors import ConfigurationError
from lightning_modules.metrics import distribution
from lightning_modules.metrics.cache import cached_features
from lightning_modules.metrics.features import FeatureExtractor, select_features
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.paired import psnr, ssim
from lightning_modules.metrics.segmentation import HoleIoU
from lightning_modules.metrics.suite import pooled_features

Better = Literal["lower", "higher"]
_Feature = Callable[[Tensor, Tensor, Tensor], float]

_PAIRED: dict[str, Callable[[Tensor, Tensor], list[float]]] = {"psnr": psnr, "ssim": ssim}
_PARSING = "parsing_miou_hole"
#: Functions of (real pool, generated pool, generated logits), and their directions.
_FEATURE: dict[str, tuple[_Feature, Better]] = {
    "frechet": (lambda real, pool, logits: distribution.frechet_distance(real, pool), "lower"),
    "kernel": (lambda real, pool, logits: distribution.kid(real, pool), "lower"),
    "score": (lambda real, pool, logits: distribution.inception_score(logits), "higher"),
}
_NETWORK: dict[str, tuple[str, str]] = {
    "fid": ("inception", "frechet"),
    "kid": ("inception", "kernel"),
    "is": ("inception", "score"),
    "fd_effnetlite0": ("effnetlite0", "frechet"),
    "kd_effnetlite0": ("effnetlite0", "kernel"),
    "is_effnetlite0": ("effnetlite0", "score"),
}
#: Metrics of the feature networks.
FEATURE_METRICS = tuple(_NETWORK)
#: Every metric that a selection may name, and the direction in which it gets better.
BETTER: dict[str, Better] = {
    **{name: _FEATURE[kind][1] for name, (_, kind) in _NETWORK.items()},
    **dict.fromkeys(_PAIRED, "higher"),
    _PARSING: "higher",
}


class SingleMetric:
    """A metric of the headline variant of a model's outputs in testing; equal to the suite's.

    Args:
        name: a key of BETTER.
        weights: path of the Inception weights, for "fid", "kid" and "is"; None looks in torch.hub's cache.
        cache_dir: folder of the cached real-image features.
        device: device of the feature network.

    Raises:
        ConfigurationError: an unknown name, or missing Inception weights.
    """

    def __init__(self, name: str, weights: str | None, cache_dir: str | Path, device: torch.device) -> None:
        if name not in BETTER:
            raise ConfigurationError(f"checkpoint.metric: unknown metric {name!r}; choose one of {', '.join(BETTER)}")
        self.name, self.better, self.cache_dir = name, BETTER[name], Path(cache_dir)
        self._extractor: FeatureExtractor | None = None
        if name in _NETWORK:
            network = _NETWORK[name][0]
            self._extractor = select_features(network, weights if network == "inception" else None).to(device)

    def check(self, outputs: Mapping[str, Any]) -> None:
        """Raise ConfigurationError where a model's outputs can never have the metric."""
        if self.name == _PARSING and "segmentation" not in outputs:
            raise ConfigurationError(f"checkpoint.metric: {self.name} is of class maps, and this model completes none")

    def of(self, batches: Iterable[Mapping[str, Any]]) -> float:
        """Return the metric over all batches of `test_step`'s results.

        Raises:
            Exception: any error in its computation; ValueError where there is no batch or no finite value.
        """
        if self.name == _PARSING:
            value = _parsing(batches)
        elif self._extractor is not None:
            value = self._of_features(self._extractor, batches)
        else:
            value = _mean(x for pair in map(_pair, batches) for x in _PAIRED[self.name](*pair))
        if not math.isfinite(value):
            raise ValueError(f"the value is {value}")
        return value

    def _of_features(self, extractor: FeatureExtractor, batches: Iterable[Mapping[str, Any]]) -> float:
        real, found = [], []
        for truth, generated in map(_pair, batches):
            real.append(truth)
            found.append(extractor(generated))
        if not real:
            raise ValueError("there are no images")
        measure, _ = _FEATURE[_NETWORK[self.name][1]]
        truths = cached_features(
            self.cache_dir, torch.cat(real), extractor, lambda pixels: pooled_features(extractor, pixels)
        )
        return measure(truths, torch.cat([f.pool for f in found]), torch.cat([f.logits for f in found]))


def _pair(outputs: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    """Return the real images and the headline variant's, 8 bits, on the CPU."""
    return to_uint8(outputs["real"]).cpu(), to_uint8(next(iter(outputs["generated"].values()))).cpu()


def _mean(values: Iterable[float]) -> float:
    """Return the mean as the suite computes it, to the last bit."""
    return float(np.mean(list(values) or [math.nan]))


def _parsing(batches: Iterable[Mapping[str, Any]]) -> float:
    measured = HoleIoU()
    for outputs in batches:
        measured.update(**outputs["segmentation"])
    return measured.compute()[_PARSING]
