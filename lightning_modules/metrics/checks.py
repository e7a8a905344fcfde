"""Checks of the inputs of feature metrics."""

from __future__ import annotations

import torch
from torch import Tensor


def check_features(features: Tensor, minimum: int) -> None:
    """Raise ValueError unless the tensor is (N, D) with N >= minimum, and every value is finite."""
    if features.dim() != 2:
        raise ValueError(f"expected (samples, width), got {tuple(features.shape)}")
    if features.shape[0] < minimum:
        raise ValueError(f"needs at least {minimum} samples, got {features.shape[0]}")
    if not torch.isfinite(features).all():
        raise ValueError("the features hold NaN or infinite values")


def checked_pair(features: Tensor, others: Tensor, minimum: int) -> tuple[Tensor, Tensor]:
    """Return both in float64. Raises ValueError where either fails `check_features`, or their widths differ."""
    if features.shape[1:] != others.shape[1:]:
        raise ValueError(f"features of different widths: {tuple(features.shape)} and {tuple(others.shape)}")
    check_features(features, minimum)
    check_features(others, minimum)
    return features.double(), others.double()


def check_labels(labels: Tensor, count: int) -> None:
    """Raise ValueError unless the labels are (count,) int64, none of them negative."""
    if labels.shape != (count,) or labels.dtype != torch.int64:
        raise ValueError(f"expected {count} int64 labels, got {tuple(labels.shape)} {labels.dtype}")
    if count and labels.min() < 0:
        raise ValueError("labels must not be negative")
