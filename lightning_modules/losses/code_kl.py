"""Kullback-Leibler divergence of an image's code from the prior, as in a variational autoencoder."""

from __future__ import annotations

import torch
from torch import Tensor


def code_kl(mu: Tensor, log_variance: Tensor) -> Tensor:
    """Return the batch mean of KL(N(mu, sigma^2) || N(0, I)) in nats per image, for mu and log sigma^2, both (B, Z).

    Summed over a code's dimensions: 1/2 sum (mu^2 + sigma^2 - log sigma^2 - 1), like a log-likelihood over pixels.
    """
    return 0.5 * (mu.square() + torch.exp(log_variance) - log_variance - 1).sum(1).mean()
