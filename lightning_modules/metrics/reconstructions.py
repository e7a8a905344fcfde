"""The metrics of images that an autoencoder gives back, against the images that it was given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from common.errors import one_line
from lightning_modules.metrics.checks import check_labels, checked_pair
from lightning_modules.metrics.edges import Edges
from lightning_modules.metrics.features import FeatureExtractor
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.recogniser_scores import Top1
from lightning_modules.metrics.suite import GenerationMetrics, Metrics, attempt

#: Before the name of every metric.
PREFIX = "reconstruction_"
_OF_PIXELS = ("psnr", "ssim", "l1", "sharpness", "details")
#: What a recogniser says.
_RECOGNISED = ("top1", "identity", "identity_others")
#: Every metric, whichever feature network there is.
RECONSTRUCTED = tuple(
    f"{PREFIX}{name}" for name in (*_OF_PIXELS, *_RECOGNISED, "fid", "kid", "fd_effnetlite0", "kd_effnetlite0")
)

_VARIANT = "reconstruction"


class ReconstructionMetrics:
    """How much of the images is kept, by their pixels, by a recogniser and by a feature network.

    A metric that cannot be had, or whose code crashes, is None, with a reason. Names are those of the suite with
    "reconstruction_" before them, and:

    - `l1`: mean absolute difference in 8-bit levels;
    - `sharpness`, `details`: see `Edges`; the latter is its agreement;
    - `top1`: percent of reconstructions that the recogniser takes for the image's class;
    - `identity`: mean cosine of the recogniser's features of an image and of its reconstruction;
    - `identity_others`: that of a reconstruction and the images of other classes, to read the former beside.

    Args:
        extractor: the feature network; it names the distances.
        recogniser: its logits are the classes'; None for none.
        classes: K.
        cache_dir: folder of the cached real-image features.
    """

    def __init__(
        self, extractor: FeatureExtractor, recogniser: FeatureExtractor | None, classes: int, cache_dir: str | Path
    ) -> None:
        self.distances = extractor.metric_names()[:2]
        self._suite = GenerationMetrics(extractor, cache_dir)
        self._edges, self._levels = Edges(), _Levels()
        self._recogniser, self._kept = recogniser, _Kept(classes)
        self.count = 0
        """Images that were added."""
        self._broken: dict[str, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Every metric, in order."""
        return tuple(f"{PREFIX}{name}" for name in (*_OF_PIXELS, *_RECOGNISED, *self.distances))

    def add(self, images: Tensor, reconstructions: Tensor, labels: Tensor) -> None:
        """Images and their reconstructions (B, 3, H, W) in [-1, 1], of the classes (B,) int64."""
        self.count += len(images)
        try:
            real, made = to_uint8(images).cpu(), to_uint8(reconstructions).cpu()
            if real.shape != made.shape:
                raise ValueError(f"{tuple(images.shape)} images were given back as {tuple(reconstructions.shape)}")
        except ValueError as error:
            self.give_up(str(error))
            return
        self._attempt("suite", lambda: self._suite.update(images, {_VARIANT: reconstructions}))
        self._attempt("edges", lambda: self._edges.update(real, made))
        self._attempt("levels", lambda: self._levels.update(real, made))
        if self._recogniser is not None:
            recogniser = self._recogniser
            self._attempt("kept", lambda: self._kept.update(recogniser(real), recogniser(made), labels.cpu()))

    def give_up(self, reason: str) -> None:
        """There will be no reconstructions, or not all; every metric is None for that reason."""
        for part in ("suite", "edges", "levels", "kept"):
            self._broken.setdefault(part, reason)

    def compute(self) -> tuple[Metrics, dict[str, str]]:
        """The metrics, and why some are None: plain values, ready for JSON."""
        failed: dict[str, str] = {}
        metrics = self._of_suite(failed)
        metrics |= {name: attempt(name, measure, failed) for name, measure in self._measures().items()}
        return {name: metrics[name] for name in self.names}, failed

    def _of_suite(self, failed: dict[str, str]) -> Metrics:
        wanted = ("psnr", "ssim", *self.distances)
        try:
            self._require("suite")
            found, protocol = self._suite.compute()
        except Exception as error:
            failed |= {f"{PREFIX}{name}": one_line(error) for name in wanted}
            return {f"{PREFIX}{name}": None for name in wanted}
        reasons: dict[str, str] = protocol.get("failed", {})
        failed |= {f"{PREFIX}{n}": reasons[n].removeprefix(f"{_VARIANT}: ") for n in wanted if n in reasons}
        return {f"{PREFIX}{name}": found[_VARIANT][name] for name in wanted}

    def _measures(self) -> dict[str, Callable[[], float]]:
        """Those that the suite does not have."""
        found: dict[str, tuple[str, Callable[[], float]]] = {
            "l1": ("levels", self._levels.mean),
            "sharpness": ("edges", self._edges.sharpness),
            "details": ("edges", self._edges.agreement),
            "top1": ("kept", lambda: 100 * self._kept.top1.accuracy()),
            "identity": ("kept", self._kept.own),
            "identity_others": ("kept", self._kept.others),
        }
        return {f"{PREFIX}{name}": self._whole(part, measure) for name, (part, measure) in found.items()}

    def _whole(self, part: str, measure: Callable[[], float]) -> Callable[[], float]:
        def measured() -> float:
            self._require(part)
            return measure()

        return measured

    def _require(self, part: str) -> None:
        """Raises ValueError where a part cannot be had."""
        if part in self._broken:
            raise ValueError(self._broken[part])
        if part == "kept" and self._recogniser is None:
            raise ValueError("there is no recogniser; set evaluation.recogniser_checkpoint")
        if not self.count:
            raise ValueError("no image was given back")

    def _attempt(self, part: str, action: Callable[[], Any]) -> None:
        if part not in self._broken:
            try:
                action()
            except Exception as error:
                self._broken[part] = one_line(error)


def own_similarity(images: Tensor, reconstructions: Tensor) -> float:
    """Mean cosine of an image's features and of its reconstruction's, both (N, D).

    Raises:
        ValueError: no images, unequal widths, NaN or infinite features.
    """
    wanted, found = _unit(images, reconstructions)
    return float((wanted * found).sum(1).mean())


def other_similarity(images: Tensor, reconstructions: Tensor, labels: Tensor) -> float:
    """Mean cosine of a reconstruction's features and an image's of another class, over all such pairs.

    Args:
        images, reconstructions: features (N, D).
        labels: (N,) int64.

    Raises:
        ValueError: as above, or all images are of one class.
    """
    wanted, found = _unit(images, reconstructions)
    check_labels(labels, len(wanted))
    counts = torch.bincount(labels).double()
    pairs = len(labels) ** 2 - float(counts.square().sum())
    if not pairs:
        raise ValueError("all images are of one class")
    within = 0.0
    for label in counts.nonzero().flatten().tolist():
        within += float(wanted[labels == label].sum(0) @ found[labels == label].sum(0))
    return (float(wanted.sum(0) @ found.sum(0)) - within) / pairs


def _unit(images: Tensor, reconstructions: Tensor) -> tuple[Tensor, Tensor]:
    wanted, found = checked_pair(images, reconstructions, minimum=1)
    return F.normalize(wanted), F.normalize(found)


class _Levels:
    """Mean absolute difference of each pair."""

    def __init__(self) -> None:
        self._values: list[float] = []

    def update(self, real: Tensor, made: Tensor) -> None:
        self._values += (real.double() - made.double()).abs().mean(dim=(1, 2, 3)).tolist()

    def mean(self) -> float:
        return float(np.mean(self._values))


class _Kept:
    """What a recogniser finds again."""

    def __init__(self, classes: int) -> None:
        self.top1 = Top1(classes)
        self._features: list[tuple[Tensor, Tensor, Tensor]] = []

    def update(self, wanted: Any, found: Any, labels: Tensor) -> None:
        """The recogniser's features and logits of images and of their reconstructions."""
        self.top1.update(found.logits, labels)
        self._features.append((wanted.pool, found.pool, labels))

    def own(self) -> float:
        images, reconstructions, _ = self._all()
        return own_similarity(images, reconstructions)

    def others(self) -> float:
        return other_similarity(*self._all())

    def _all(self) -> tuple[Tensor, Tensor, Tensor]:
        wanted, found, labels = zip(*self._features, strict=True)
        return torch.cat(wanted), torch.cat(found), torch.cat(labels)
