"""Half the squared distance of two pictures, or of their features."""

from __future__ import annotations

from torch import Tensor


def half_squared_distance(outputs: Tensor, targets: Tensor) -> Tensor:
    """mean over the batch of 1/2 || output - target ||^2, a scalar: summed over all other dimensions, never averaged.

    outputs and targets are (B, ...) of one shape: pixels, or features of one layer. No gradient reaches the targets.
    """
    return 0.5 * (outputs - targets.detach()).square().flatten(1).sum(1).mean()
