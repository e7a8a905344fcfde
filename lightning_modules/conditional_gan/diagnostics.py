"""Diagnostics of collapse, logged beside the losses."""

from __future__ import annotations

import torch
from torch import Tensor


def active_units(mu: Tensor, threshold: float = 0.01) -> Tensor:
    """Return the number of active code dimensions, whose mean varies over the batch (B, Z); a scalar.

    Burda et al. 2016, section 5.2: the variance over images of mu is above 0.01. 0 is a collapsed posterior.
    """
    return (mu.detach().var(0) > threshold).sum().float()


def centre_distance(real: Tensor, generated: Tensor) -> Tensor:
    """Return the relative distance of mean features, || E f(x) - E f(x') || / || E f(x) ||, a scalar; both (B, N).

    Near 0: D's features of generated images are, on average, those of real ones.
    """
    wanted, found = real.detach().mean(0), generated.detach().mean(0)
    return torch.linalg.vector_norm(wanted - found) / torch.linalg.vector_norm(wanted).clamp(min=1e-12)
