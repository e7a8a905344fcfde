"""Half the squared distance of two images, or of their features."""

from __future__ import annotations

from torch import Tensor


def half_squared_distance(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the batch mean of 1/2 || output - target ||^2, a scalar: summed, not averaged, over all other dimensions.

    outputs and targets are (B, ...) of one shape: pixels, or features of one layer. No gradient reaches the targets.
    """
    return 0.5 * (outputs - targets.detach()).square().flatten(1).sum(1).mean()
