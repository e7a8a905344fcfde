"""Losses of the original GAN (Goodfellow et al. 2014), from logits; D(x) is the sigmoid of x's logit."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def discriminator_cross_entropy(real: Tensor, *generated: Tensor) -> Tensor:
    """Return -mean log D(x) - mean log(1 - D(x')), a scalar; the second term once per batch of generated images."""
    return F.softplus(-real).mean() + torch.stack([F.softplus(logits).mean() for logits in generated]).sum()


def generator_cross_entropy(generated: Tensor, saturating: bool = False) -> Tensor:
    """Return -mean log D(x'), a scalar; if `saturating`, mean log(1 - D(x')), whose gradient vanishes when D wins."""
    return -F.softplus(generated).mean() if saturating else F.softplus(-generated).mean()
