"""Metrics of an autoencoder's reconstructions, against its inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from common.errors import one_line
from lightning_modules.first_errors import FirstErrors
from lightning_modules.metrics.checks import check_labels, checked_pair
from lightning_modules.metrics.edges import Edges
from lightning_modules.metrics.features import FeatureExtractor, Features
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.recogniser_scores import Top1
from lightning_modules.metrics.suite import GenerationMetrics, Metrics, attempt

#: Prefix of the name of every metric.
PREFIX = "reconstruction_"
_OF_PIXELS = ("psnr", "ssim", "l1", "sharpness", "details")
#: Metrics of a recogniser.
_RECOGNISED = ("top1", "identity", "identity_others")
#: Names of all metrics, with any feature network.
RECONSTRUCTED = tuple(
    f"{PREFIX}{name}" for name in (*_OF_PIXELS, *_RECOGNISED, "fid", "kid", "fd_effnetlite0", "kd_effnetlite0")
)

_VARIANT = "reconstruction"


class ReconstructionMetrics:
    """Quality of reconstructions, by their pixels, by a recogniser and by a feature network.

    A metric that cannot be computed, or whose code raises, is None, with a reason. Names are those of the suite with
    the prefix "reconstruction_", and:

    - `l1`: mean absolute difference in 8-bit levels;
    - `sharpness`, `details`: see `Edges`; the latter is its agreement;
    - `top1`: percent of reconstructions that the recogniser assigns to the image's class;
    - `identity`: mean cosine of the recogniser's features of an image and of its reconstruction;
    - `identity_others`: that of a reconstruction and the images of other classes, as a baseline.

    Args:
        extractor: the feature network; it names the distances.
        recogniser: a network with a logit per class; None for none.
        classes: K.
        cache_dir: folder of the cached real-image features.
    """

    def __init__(
        self, extractor: FeatureExtractor, recogniser: FeatureExtractor | None, classes: int, cache_dir: str | Path
    ) -> None:
        self.distances = extractor.metric_names()[:2]
        self._suite = GenerationMetrics(extractor, cache_dir)
        self._edges, self._levels = Edges(), _Levels()
        self._recogniser, self._identity = recogniser, _Identity(classes)
        self.count = 0
        """Number of added images."""
        self._errors = FirstErrors()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all metrics, in order."""
        return tuple(f"{PREFIX}{name}" for name in (*_OF_PIXELS, *_RECOGNISED, *self.distances))

    def add(self, images: Tensor, reconstructions: Tensor, labels: Tensor) -> None:
        """Add images and their reconstructions (B, 3, H, W) in [-1, 1], of the classes (B,) int64."""
        self.count += len(images)
        try:
            real, made = to_uint8(images).cpu(), to_uint8(reconstructions).cpu()
            if real.shape != made.shape:
                raise ValueError(f"{tuple(images.shape)} images were reconstructed as {tuple(reconstructions.shape)}")
        except ValueError as error:
            self.give_up(str(error))
            return
        self._errors.attempt("suite", lambda: self._suite.update(images, {_VARIANT: reconstructions}))
        self._errors.attempt("edges", lambda: self._edges.update(real, made))
        self._errors.attempt("levels", lambda: self._levels.update(real, made))
        if self._recogniser is not None:
            recogniser = self._recogniser
            self._errors.attempt(
                "identity", lambda: self._identity.update(recogniser(real), recogniser(made), labels.cpu())
            )

    def give_up(self, reason: str) -> None:
        """Make every metric None, for this reason: some or all reconstructions are missing."""
        for part in ("suite", "edges", "levels", "identity"):
            self._errors.give_up(part, reason)

    def compute(self) -> tuple[Metrics, dict[str, str]]:
        """Return the metrics, and the reasons why some are None: plain values, ready for JSON."""
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
        """Return the measures that the suite does not have, by metric."""
        found: dict[str, tuple[str, Callable[[], float]]] = {
            "l1": ("levels", self._levels.mean),
            "sharpness": ("edges", self._edges.sharpness),
            "details": ("edges", self._edges.agreement),
            "top1": ("identity", self._identity.top1),
            "identity": ("identity", self._identity.own),
            "identity_others": ("identity", self._identity.others),
        }
        return {f"{PREFIX}{name}": self._whole(part, measure) for name, (part, measure) in found.items()}

    def _whole(self, part: str, measure: Callable[[], float]) -> Callable[[], float]:
        def checked_measure() -> float:
            self._require(part)
            return measure()

        return checked_measure

    def _require(self, part: str) -> None:
        """Raise ValueError where a part is not available."""
        self._errors.check(part)
        if part == "identity" and self._recogniser is None:
            raise ValueError("there is no recogniser; set evaluation.recogniser_checkpoint")
        if not self.count:
            raise ValueError("no image was reconstructed")


def own_similarity(images: Tensor, reconstructions: Tensor) -> float:
    """Return the mean cosine of an image's features and its reconstruction's, both (N, D).

    Raises:
        ValueError: no images, unequal widths, NaN or infinite features.
    """
    wanted, found = _unit(images, reconstructions)
    return float((wanted * found).sum(1).mean())


def other_similarity(images: Tensor, reconstructions: Tensor, labels: Tensor) -> float:
    """Return the mean cosine of a reconstruction's features and an image's of another class, over all such pairs.

    Args:
        images, reconstructions: features (N, D).
        labels: (N,) int64.

    Raises:
        ValueError: as `own_similarity`, or all images are of one class.
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


class _Identity:
    """A recogniser's outputs for images and reconstructions."""

    def __init__(self, classes: int) -> None:
        self._top1 = Top1(classes)
        self._features: list[tuple[Features, Features, Tensor]] = []

    def update(self, wanted: Features, found: Features, labels: Tensor) -> None:
        """Add the recogniser's features and logits of images and of their reconstructions."""
        if found.logits.shape[1]:
            self._top1.update(found.logits, labels)
        self._features.append((wanted, found, labels))

    def top1(self) -> float:
        """Return top-1 in percent. Raises ValueError where the recogniser knows no classes."""
        self._features[0][1].class_logits()
        return 100 * self._top1.accuracy()

    def own(self) -> float:
        images, reconstructions, _ = self._all()
        return own_similarity(images, reconstructions)

    def others(self) -> float:
        return other_similarity(*self._all())

    def _all(self) -> tuple[Tensor, Tensor, Tensor]:
        wanted, found, labels = zip(*self._features, strict=True)
        return torch.cat([f.pool for f in wanted]), torch.cat([f.pool for f in found]), torch.cat(labels)
