"""Loss term of the least-squares GAN (Mao et al. 2017)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def least_squares(logits: Tensor | Sequence[Tensor], label: float) -> Tensor:
    """Return mean (D(x) - label)^2, a scalar; label 1 for real, 0 for generated.

    `logits` is the map of one discriminator (any shape), or the maps of several scales, whose means are summed.
    """
    maps = [logits] if isinstance(logits, Tensor) else logits
    return torch.stack([((x - label) ** 2).mean() for x in maps]).sum()
