"""Distances between two sets of features, and the Inception score, in float64; the only randomness has a fixed seed."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lightning_modules.metrics.checks import check_features, checked_pair

SEED = 2020
"""torch-fidelity's seed for the subsets of the kernel distance and for the splits of the score."""
KID_SUBSETS = 100
KID_SUBSET_SIZE = 1000
SCORE_SPLITS = 10


def frechet_distance(features: Tensor, others: Tensor) -> float:
    """Return the Frechet distance of the Gaussians fitted to two sets of features (Heusel et al. 2017, eq. 6).

    |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), with unbiased covariances. With S = L L^T, the trace of the root is the
    sum of the singular values of L1^T L2. No covariance is formed or regularised, so this is exact for singular ones
    too (fewer samples than dimensions), and then small: samples x samples.

    Args:
        features, others: (N, D) and (M, D), N, M >= 2.

    Raises:
        ValueError: fewer than two samples, unequal widths, NaN or infinite features.
    """
    x, y = checked_pair(features, others, minimum=2)
    left, right = _covariance_factor(x), _covariance_factor(y)
    root_trace = torch.linalg.svdvals(left @ right.T).sum()
    means = (x.mean(0) - y.mean(0)).square().sum()
    return max(0.0, float(means + left.square().sum() + right.square().sum() - 2.0 * root_trace))


def _covariance_factor(features: Tensor) -> Tensor:
    """L^T of shape (min(N, D), D) with L L^T the unbiased covariance."""
    centred = (features - features.mean(0)) / (features.shape[0] - 1) ** 0.5
    return centred if centred.shape[0] <= centred.shape[1] else torch.linalg.qr(centred, mode="r").R


def kid(features: Tensor, others: Tensor) -> float:
    """Return the kernel distance: squared MMD, kernel (x.y / D + 1)^3 (Binkowski et al. 2018); unbiased, can be < 0.

    With at least 1000 samples on both sides, the mean over torch-fidelity's 100 subsets of 1000 (same draws, same
    seed); with fewer, one unbiased estimate over all samples.

    Raises:
        ValueError: fewer than two samples, unequal widths, NaN or infinite features.
    """
    x, y = checked_pair(features, others, minimum=2)
    if min(len(x), len(y)) < KID_SUBSET_SIZE:
        return float(_mmd(x, y, _everything(x), _everything(y)))
    rng = np.random.RandomState(SEED)
    draws = [
        (rng.choice(len(x), KID_SUBSET_SIZE, replace=False), rng.choice(len(y), KID_SUBSET_SIZE, replace=False))
        for _ in range(KID_SUBSETS)
    ]
    if (
        max(len(x), len(y)) <= 10 * KID_SUBSET_SIZE
    ):  # one kernel matrix of all samples costs less than one for every subset
        subsets = _mmd(x, y, _indicators(len(x), [a for a, _ in draws]), _indicators(len(y), [b for _, b in draws]))
    else:
        subsets = torch.cat([_mmd(x[a], y[b], _everything(x[a]), _everything(y[b])) for a, b in draws])
    return float(subsets.mean())


def kid_protocol(samples: int, others: int) -> str:
    """Return the description of `kid`'s estimator at these counts, for a report."""
    if min(samples, others) < KID_SUBSET_SIZE:
        return "all samples, unbiased MMD"
    return f"mean of {KID_SUBSETS} subsets of {KID_SUBSET_SIZE}, unbiased MMD, seed {SEED}"


def inception_score(logits: Tensor) -> float:
    """Return the Inception score (Salimans et al. 2016): mean over 10 splits of exp(mean KL(p(y|x) || p(y))).

    torch-fidelity's own function: samples are permuted with seed 2020 before they are split.

    Args:
        logits: (N, K), N >= 10.

    Raises:
        ValueError: fewer samples than splits, NaN or infinite logits.
    """
    check_features(logits, minimum=SCORE_SPLITS)
    from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, isc_features_to_metric  # imports torchvision

    return float(isc_features_to_metric(logits, splits=SCORE_SPLITS, rng_seed=SEED)[KEY_METRIC_ISC_MEAN])


def _mmd(x: Tensor, y: Tensor, in_x: Tensor, in_y: Tensor) -> Tensor:
    """Unbiased squared MMD of S subsets at once.

    Args:
        x, y: (N, D) and (M, D) features.
        in_x, in_y: (N, S) and (M, S), 1 where the sample is in the subset.

    Returns:
        (S,) estimates.
    """
    n, m = in_x.sum(0), in_y.sum(0)
    within_x = _kernel_sum(x, x, in_x, in_x) - in_x.T @ _kernel_diagonal(x)
    within_y = _kernel_sum(y, y, in_y, in_y) - in_y.T @ _kernel_diagonal(y)
    across = _kernel_sum(x, y, in_x, in_y)
    return within_x / (n * (n - 1)) + within_y / (m * (m - 1)) - 2 * across / (n * m)


def _kernel_sum(x: Tensor, y: Tensor, in_x: Tensor, in_y: Tensor, rows: int = 1024) -> Tensor:
    """(S,) sums of the kernel over the pairs of each subset, a few rows of the kernel matrix at a time."""
    total = x.new_zeros(in_x.shape[1])
    for some, chosen in zip(x.split(rows), in_x.split(rows), strict=True):
        kernel = (some @ y.T / x.shape[1] + 1.0).pow_(3)
        total += (chosen * (kernel @ in_y)).sum(0)
    return total


def _kernel_diagonal(x: Tensor) -> Tensor:
    return (x.square().sum(1) / x.shape[1] + 1.0).pow(3)


def _everything(x: Tensor) -> Tensor:
    return x.new_ones(len(x), 1)


def _indicators(count: int, subsets: list[NDArray[np.int64]]) -> Tensor:
    inside = torch.zeros(count, len(subsets), dtype=torch.float64)
    for column, subset in enumerate(subsets):
        inside[torch.from_numpy(subset), column] = 1.0
    return inside
