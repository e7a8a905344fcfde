"""Metrics of a recogniser's logits, batch by batch: top-1 accuracy and an Inception score."""

from __future__ import annotations

import torch
from torch import Tensor

from lightning_modules.first_errors import FirstErrors
from lightning_modules.metrics.distribution import SCORE_SPLITS
from lightning_modules.metrics.features import FeatureExtractor
from lightning_modules.metrics.recogniser_scores import InceptionScore, Top1

_LOGITS = "logits"


class RecogniserMetrics:
    """Top-1 accuracy and score of a set of images.

    Args:
        recogniser: a network with a logit per class; None for none, and then there are no metrics.
        classes: K.
        count: number of images that will be added; a score needs ten.
    """

    def __init__(self, recogniser: FeatureExtractor | None, classes: int, count: int) -> None:
        self.recogniser = recogniser
        self._top1, self._score = Top1(classes), new_score(count)
        self._errors = FirstErrors()

    def add(self, pixels: Tensor, labels: Tensor, counted: Tensor | None = None) -> None:
        """Add images (B, 3, H, W) uint8 of classes (B,) int64; `counted` (B,) bool selects those of top-1, or None."""
        if self.recogniser is not None:
            self._errors.attempt(_LOGITS, lambda: self._add(pixels, labels.cpu(), counted))

    def _add(self, pixels: Tensor, labels: Tensor, counted: Tensor | None) -> None:
        assert self.recogniser is not None
        logits = self.recogniser(pixels).class_logits()
        if self._score is not None:
            self._score.update(logits)
        which = torch.ones_like(labels, dtype=torch.bool) if counted is None else counted.cpu()
        if which.any():
            self._top1.update(logits[which], labels[which])

    def accuracy(self, without: str) -> float:
        """Return top-1 in percent. Raises ValueError where there is none; `without` is the message for no images."""
        self._require_logits()
        if not self._top1.seen.any():
            raise ValueError(without)
        return 100 * self._top1.accuracy()

    def score(self) -> InceptionScore:
        """Return the recogniser's score. Raises ValueError where there is none."""
        self._require_logits()
        return require_score(self._score)

    def _require_logits(self) -> None:
        if self.recogniser is None:
            raise ValueError("there is no recogniser; set evaluation.recogniser_checkpoint")
        self._errors.check(_LOGITS)


def new_score(count: int) -> InceptionScore | None:
    """Return an empty score of `count` images; None where they are too few."""
    return InceptionScore(count) if count >= SCORE_SPLITS else None


def require_score(score: InceptionScore | None) -> InceptionScore:
    """Return the score. Raises ValueError where it is None."""
    if score is None:
        raise ValueError(f"a score needs at least {SCORE_SPLITS} images")
    return score
