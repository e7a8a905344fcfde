"""Colours of class maps for display."""

from __future__ import annotations

import torch
from torch import Tensor

#: background, head, upper skin, lower skin, hat, top, bottom, shoes
COLOURS = (
    (245, 245, 245),
    (148, 103, 72),
    (244, 197, 160),
    (222, 168, 128),
    (214, 69, 80),
    (59, 117, 175),
    (96, 158, 108),
    (60, 60, 72),
)


def colour(parsing: Tensor) -> Tensor:
    """Return a class map (B, H, W) int64 in colours, (B, 3, H, W) float32 in [-1, 1]."""
    table = torch.tensor(COLOURS, dtype=torch.float32, device=parsing.device) / 127.5 - 1
    return table[parsing].movedim(-1, 1)
