"""The original GAN's two losses (Goodfellow et al. 2014), from logits; D(x) is the sigmoid of x's logit."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def discriminator_cross_entropy(real: Tensor, *generated: Tensor) -> Tensor:
    """-mean log D(x) - mean log(1 - D(x')), a scalar; the second term once for each batch of generated pictures."""
    return F.softplus(-real).mean() + torch.stack([F.softplus(logits).mean() for logits in generated]).sum()


def generator_cross_entropy(generated: Tensor, saturating: bool = False) -> Tensor:
    """-mean log D(x'), a scalar; or mean log(1 - D(x')), the loss of the game, whose gradient vanishes when D wins."""
    return -F.softplus(generated).mean() if saturating else F.softplus(-generated).mean()
