"""Diversity within classes, relative to real images: detects a generator of one perfect image per class."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from lightning_modules.metrics.checks import check_features, check_labels, checked_pair


class ClassDiversity(NamedTuple):
    """Mean distances within classes, their ratio (1: as varied as real images, 0: one image per class), and the number
    of classes they are means of."""

    generated: float
    real: float
    ratio: float
    classes: int


def class_diversity(generated: Tensor, generated_labels: Tensor, real: Tensor, real_labels: Tensor) -> ClassDiversity:
    """Return the mean Euclidean distance of two different images of a class, generated and real, averaged over classes.

    Only classes with two images on both sides count. The mean over pairs is unbiased, so counts may differ. Top-1 and
    the Inception score are blind to a collapse within classes; this is not.

    Args:
        generated, real: (N, D) and (M, D) features of a network that did not train the generator.
        generated_labels, real_labels: (N,) and (M,) int64.

    Raises:
        ValueError: other shapes, values that are not finite, no class with two images on both sides, or real images
            without any difference.
    """
    checked_pair(generated, real, minimum=2)
    ours, theirs = distances_by_class(generated, generated_labels), distances_by_class(real, real_labels)
    common = sorted(ours.keys() & theirs.keys())
    if not common:
        raise ValueError("no class has two images on both sides")
    made, true = (sum(side[label] for label in common) / len(common) for side in (ours, theirs))
    if true == 0.0:
        raise ValueError("the real images of a class are all the same")
    return ClassDiversity(made, true, made / true, len(common))


def distances_by_class(features: Tensor, labels: Tensor) -> dict[int, float]:
    """Return the mean Euclidean distance over pairs of different samples, for each class that has two; in float64.

    Args:
        features: (N, D).
        labels: (N,) int64.
    """
    check_features(features, minimum=1)
    check_labels(labels, len(features))
    order = labels.argsort(stable=True)
    found, counts = labels[order].unique_consecutive(return_counts=True)
    members = features[order].double().split(counts.tolist())
    return {
        label: float(torch.pdist(of_class).mean())
        for label, of_class in zip(found.tolist(), members, strict=True)
        if len(of_class) > 1
    }
