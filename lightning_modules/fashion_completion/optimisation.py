"""The optimiser of every model of the family."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn


def adam(parameters: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float]) -> torch.optim.Adam:
    """Return Adam at a constant rate (thesis, section 4.1.3)."""
    return torch.optim.Adam(parameters, lr=learning_rate, betas=betas, fused=True)
