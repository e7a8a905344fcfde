"""Face verification by the protocol of Labeled Faces in the Wild, View 2, and a comparison of two systems."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from lightning_modules.metrics.checks import check_labels, checked_pair


@dataclass(frozen=True)
class FoldAccuracies:
    """Accuracy of each fold, in [0, 1], and its threshold, chosen on the other folds."""

    accuracies: tuple[float, ...]
    thresholds: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean of the folds' accuracies."""
        return _mean_and_error(self.accuracies)[0]

    @property
    def standard_error(self) -> float:
        """Sample standard deviation of the accuracies over the root of their number, as LFW's authors define it."""
        return _mean_and_error(self.accuracies)[1]


class Comparison(NamedTuple):
    """Mean difference of two systems' accuracies, its standard error, and two-sided p of Student's paired t test."""

    difference: float
    standard_error: float
    p: float


def cosine_similarities(first: Tensor, second: Tensor) -> Tensor:
    """Return the cosines (P,) float64 in [-1, 1] of P pairs of embeddings (P, D).

    Raises:
        ValueError: unequal shapes, an embedding without direction, NaN or infinite values.
    """
    left, right = checked_pair(first, second, minimum=1)
    if len(left) != len(right):
        raise ValueError(f"pairs need equal shapes, got {tuple(first.shape)} and {tuple(second.shape)}")
    lengths = left.norm(dim=1) * right.norm(dim=1)
    if not lengths.all():
        raise ValueError("an embedding is zero: it has no direction")
    return ((left * right).sum(1) / lengths).clamp(-1.0, 1.0)


def verify(similarities: Tensor, same: Tensor, folds: Tensor) -> FoldAccuracies:
    """Return the accuracy on each fold at the best threshold of all the others (Huang et al. 2007, View 2).

    Args:
        similarities: (P,), higher for more alike.
        same: (P,) bool, whether the pair is of one person.
        folds: (P,) int64, 0..F-1, none of them empty, F >= 2; LFW has 10 of 600 pairs.

    Raises:
        ValueError: other shapes or types, missing folds, NaN or infinite similarities.
    """
    count = len(similarities)
    check_labels(folds, count)
    if similarities.shape != (count,) or same.shape != (count,) or same.dtype != torch.bool:
        raise ValueError("expected a similarity and a bool for every pair")
    if not torch.isfinite(similarities).all():
        raise ValueError("the similarities hold NaN or infinite values")
    sizes = torch.bincount(folds)
    if len(sizes) < 2 or not sizes.all():
        raise ValueError(f"needs at least two folds, numbered from 0, none empty; got sizes {sizes.tolist()}")
    scores, accuracies, thresholds = similarities.double(), [], []
    for fold in range(len(sizes)):
        held = folds == fold
        threshold = best_threshold(scores[~held], same[~held])
        thresholds.append(threshold)
        accuracies.append(float(((scores[held] >= threshold) == same[held]).double().mean()))
    return FoldAccuracies(tuple(accuracies), tuple(thresholds))


def best_threshold(similarities: Tensor, same: Tensor) -> float:
    """Return the threshold with the highest accuracy, where a pair at or above it counts as the same person.

    Candidates are the midpoints between neighbouring similarities, and one beyond each end; of equally good ones the
    lowest.

    Args:
        similarities: (P,) float64, P >= 1.
        same: (P,) bool.
    """
    values, place = similarities.unique(return_inverse=True)
    gain = torch.zeros(len(values), dtype=torch.int64)  # in correct pairs, by rejecting the pairs at a value
    gain.index_add_(0, place, torch.where(same, -1, 1))
    right = torch.cat([torch.zeros(1, dtype=torch.int64), gain.cumsum(0)])  # beyond accepting every pair
    best = int(right.argmax())  # the first of equal ones
    if best == 0:
        return float(values[0]) - 1.0
    if best == len(values):
        return float(values[-1]) + 1.0
    low, high = float(values[best - 1]), float(values[best])
    middle = (low + high) / 2
    return middle if middle > low else high  # neighbouring floats have none


def compare(first: FoldAccuracies, second: FoldAccuracies) -> Comparison:
    """Compare the first system with the second, fold by fold, on the same pairs.

    Raises:
        ValueError: different numbers of folds.
    """
    from scipy.special import stdtr  # called by scipy.stats.ttest_rel, which takes more than a second longer to import

    if len(first.accuracies) != len(second.accuracies):
        raise ValueError(f"{len(first.accuracies)} folds against {len(second.accuracies)}")
    differences = tuple(a - b for a, b in zip(first.accuracies, second.accuracies, strict=True))
    mean, error = _mean_and_error(differences)
    if error == 0.0:
        return Comparison(mean, 0.0, 1.0 if mean == 0.0 else 0.0)
    return Comparison(mean, error, 2 * float(stdtr(len(differences) - 1, -abs(mean) / error)))


def _mean_and_error(values: tuple[float, ...]) -> tuple[float, float]:
    numbers = torch.tensor(values, dtype=torch.float64)
    return float(numbers.mean()), float(numbers.std(correction=1)) / math.sqrt(len(values))
