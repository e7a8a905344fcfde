"""Metrics of a classifier's logits on generated images: top-1 accuracy and the Inception score."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_modules.metrics.checks import check_features, check_labels
from lightning_modules.metrics.distribution import SCORE_SPLITS, SEED


class Top1:
    """Share of images whose most probable class is the requested one (thesis, Tables 3.4 and 4.1), batch by batch.

    Args:
        classes: number of classes K. The classifier may know more; labels are below K.
    """

    def __init__(self, classes: int) -> None:
        self.seen = torch.zeros(classes, dtype=torch.int64)
        """Number of images of each class, and below, of recognised ones."""
        self.recognised = torch.zeros(classes, dtype=torch.int64)

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Add a batch; of equal logits the lowest class counts as predicted.

        Args:
            logits: (B, >= K).
            labels: (B,) int64, the requested classes, 0..K-1.

        Raises:
            ValueError: other shapes, labels out of range, NaN or infinite logits.
        """
        check_features(logits, minimum=1)
        labels, classes = labels.cpu(), len(self.seen)
        check_labels(labels, len(logits))
        if labels.max() >= classes or logits.shape[1] < classes:
            raise ValueError(f"{classes} classes: got labels to {labels.max()} and {logits.shape[1]} logits")
        self.seen += torch.bincount(labels, minlength=classes)
        self.recognised += torch.bincount(labels[logits.argmax(1).cpu() == labels], minlength=classes)

    def accuracy(self) -> float:
        """Return the share in [0, 1], over all images. Raises ValueError where there were none."""
        if not self.seen.any():
            raise ValueError("no images were added")
        return int(self.recognised.sum()) / int(self.seen.sum())

    def by_class(self) -> Tensor:
        """Return the share (K,) float32 in [0, 1] of each class; NaN for a class without images."""
        return self.recognised / self.seen


class Score(NamedTuple):
    """An Inception score: its mean over splits, and their (population) standard deviation."""

    mean: float
    deviation: float


class InceptionScore:
    """Inception score (Salimans et al. 2016) of any classifier, accumulated without storing the logits.

    exp(mean KL(p(y|x) || p(y))) = exp(mean_x sum_y p log p - sum_y q log q), q = mean_x p: exact from two sums a split.
    Images are dealt to the 10 splits by torch-fidelity's permutation, so the value is `distribution.inception_score`'s.

    Args:
        count: number of images that will be added; the permutation depends on it.

    Raises:
        ValueError: fewer images than splits.
    """

    def __init__(self, count: int) -> None:
        if count < SCORE_SPLITS:
            raise ValueError(f"needs at least {SCORE_SPLITS} samples, got {count}")
        self.added = 0
        self._split = _splits(count)
        self._sizes = torch.bincount(self._split, minlength=SCORE_SPLITS).double()
        self._negative_entropy = torch.zeros(SCORE_SPLITS, dtype=torch.float64)
        self._probabilities: Tensor | None = None

    def update(self, logits: Tensor) -> None:
        """Add (B, K) logits of the next images. Raises ValueError for NaN, infinite values or too many images."""
        check_features(logits, minimum=1)
        split = self._split[self.added : self.added + len(logits)]
        if len(split) < len(logits):
            raise ValueError(f"more than the {len(self._split)} samples that were announced")
        log_p = logits.cpu().double().log_softmax(1)
        p = log_p.exp()
        if self._probabilities is None:
            self._probabilities = torch.zeros(SCORE_SPLITS, p.shape[1], dtype=torch.float64)
        self._probabilities.index_add_(0, split, p)
        self._negative_entropy.index_add_(0, split, (p * log_p).sum(1))
        self.added += len(logits)

    def compute(self) -> Score:
        """Return the score over the 10 splits. Raises ValueError before all announced images were added."""
        scores = _scores(self._sums(), self._negative_entropy, self._sizes)
        return Score(float(scores.mean()), float(scores.std(correction=0)))

    def one_split(self) -> float:
        """Return the score of all images as one split: mostly higher, since a tenth of them shows fewer classes."""
        totals = self._sums().sum(0), self._negative_entropy.sum(), self._sizes.sum()
        return float(_scores(*(total[None] for total in totals)))

    def _sums(self) -> Tensor:
        if self._probabilities is None or self.added != len(self._split):
            raise ValueError(f"{self.added} of the {len(self._split)} announced samples were added")
        return self._probabilities


def _splits(count: int) -> Tensor:
    """Return the split (count,) of each sample: torch-fidelity permutes them, then cuts at i * count // 10."""
    order = torch.from_numpy(np.random.RandomState(SEED).permutation(count))
    ends = torch.arange(1, SCORE_SPLITS + 1) * count // SCORE_SPLITS
    split = torch.empty(count, dtype=torch.int64)
    split[order] = torch.bucketize(torch.arange(count), ends, right=True)
    return split


def _scores(probabilities: Tensor, negative_entropy: Tensor, sizes: Tensor) -> Tensor:
    marginal = probabilities / sizes[:, None]
    return (negative_entropy / sizes - torch.xlogy(marginal, marginal).sum(1)).exp()
