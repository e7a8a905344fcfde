"""Kullback-Leibler divergences between diagonal Gaussians, given as mean and standard deviation."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor


def gaussian_kl(
    mu_1: Tensor, sigma_1: Tensor, mu_2: Tensor, sigma_2: Tensor, reduction: Literal["mean", "sum"] = "mean"
) -> Tensor:
    """Return KL(N(mu_1, sigma_1^2) || N(mu_2, sigma_2^2)) in nats, a scalar >= 0, over tensors of one shape; sigma > 0.

    Per element ln(s2/s1) + (s1^2 + (m1 - m2)^2) / (2 s2^2) - 1/2; `reduction` is over elements.
    """
    divergence = torch.log(sigma_2 / sigma_1) + (sigma_1**2 + (mu_1 - mu_2) ** 2) / (2 * sigma_2**2) - 0.5
    return divergence.mean() if reduction == "mean" else divergence.sum()


def kl_to_standard_normal(mu: Tensor, sigma: Tensor, reduction: Literal["mean", "sum"] = "mean") -> Tensor:
    """Return KL(N(mu, sigma^2) || N(0, 1)), as in a variational autoencoder."""
    return gaussian_kl(mu, sigma, torch.zeros_like(mu), torch.ones_like(sigma), reduction)


def kl_from_standard_normal(mu: Tensor, sigma: Tensor, reduction: Literal["mean", "sum"] = "mean") -> Tensor:
    """Return KL(N(0, 1) || N(mu, sigma^2)), which grows without bound as sigma shrinks: an anchor against collapse."""
    return gaussian_kl(torch.zeros_like(mu), torch.ones_like(sigma), mu, sigma, reduction)
