"""Spectral normalisation as in the fashion completion paper.

PyTorch's built-in version differs in two ways that show in the paper's parameter counts and outputs: it runs the power
iteration in training only, and it unrolls transposed convolutions along dimension 1.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SpectralNorm(nn.Module):
    """Common part of the spectral convolutions: a weight divided by an estimate of its spectral norm.

    Source: Miyato et al. 2018, section 2.1, algorithm 1; the fashion completion thesis, section 4.1.2.
    The weight is unrolled as (dim 0) x (rest), also for transposed convolutions, whose dim 0 is the *input* channel.
    The power-iteration vectors `u` (rows) and `v` (columns) are buffers: saved with the network, never trained.
    """

    weight: Tensor
    u: Tensor
    v: Tensor

    def register_vectors(self) -> None:
        """Draw random unit vectors u and v; called once, after the weight exists (any device, meta included)."""
        rows, columns = self.weight.flatten(1).shape
        with torch.no_grad():
            for name, size in (("u", rows), ("v", columns)):
                vector = torch.empty(size, device=self.weight.device, dtype=self.weight.dtype).normal_()
                self.register_buffer(name, F.normalize(vector, dim=0))

    def normalised_weight(self) -> Tensor:
        """Run one power iteration, in training and evaluation alike, and return weight / sigma (the weight's shape).

        sigma = u^T W v, in float32 whatever the autocast; u and v count as constants, the gradient flows through W.
        """
        with _without_autocast(self.weight.device):
            matrix = self.weight.flatten(1).float()
            with torch.no_grad():
                self.v.copy_(F.normalize(matrix.t().mv(self.u.float()), dim=0))
                self.u.copy_(F.normalize(matrix.mv(self.v.float()), dim=0))
            # Clones, because backward needs the vectors of *this* forward and the next one overwrites them in place.
            u, v = self.u.float().clone(), self.v.float().clone()
            sigma = torch.dot(u, matrix.mv(v))
            return self.weight / sigma


def _without_autocast(device: torch.device) -> AbstractContextManager[Any]:
    # The meta device (used to count parameters and operations) knows no autocast.
    return nullcontext() if device.type == "meta" else torch.autocast(device.type, enabled=False)


class SpectralConv2d(SpectralNorm, nn.Conv2d):
    """`nn.Conv2d` with a spectrally normalised weight; same arguments and shapes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register_vectors()

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(x, self.normalised_weight(), self.bias)


class SpectralConvTranspose2d(SpectralNorm, nn.ConvTranspose2d):
    """`nn.ConvTranspose2d` with a spectrally normalised weight; same arguments and shapes, fixed output padding."""

    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register_vectors()

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        weight = self.normalised_weight()
        return F.conv_transpose2d(
            x, weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


def effective_weight(conv: nn.Conv2d) -> Tensor:
    """Return the weight that `conv` applies: normalised (one power iteration) if spectral, else the plain parameter."""
    return conv.normalised_weight() if isinstance(conv, SpectralNorm) else conv.weight
