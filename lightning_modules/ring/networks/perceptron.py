"""The two networks of the ring experiment: fully connected, four layers of 32, 64, 64 and 2 or 1 (thesis, 3.4.1)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: Inputs of the four layers; the outputs of the third are D's features.
WIDTHS = (2, 32, 64, 64)


class Perceptron(nn.Module):
    """Four linear layers with (leaky) ReLU between them: (N, 2) -> features (N, 64) and outputs (N, outputs).

    The generator has 2 outputs (6,498 parameters), the discriminator 1 (6,433). Initialised as torch does a linear
    layer: weights and biases uniform within 1 / sqrt(inputs).

    Args:
        outputs: 2 for the generator, 1 for the discriminator.
        negative_slope: of the activation; 0 is ReLU.
    """

    def __init__(self, outputs: int, negative_slope: float = 0.0) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        sizes = (*WIDTHS, outputs)
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in pairwise(sizes))

    def forward(self, points: Tensor) -> tuple[Tensor, Tensor]:
        features = points
        for layer in list(self.layers)[:-1]:
            features = F.leaky_relu(layer(features), self.negative_slope)
        return features, self.layers[-1](features)


def parameter_shapes(outputs: int) -> list[tuple[int, int]]:
    """Return the shapes of each layer's weights (m, n) and biases (m, 1), in the order of `flatten`."""
    sizes = (*WIDTHS, outputs)
    return [shape for n, m in pairwise(sizes) for shape in ((m, n), (m, 1))]


def flatten(network: Perceptron) -> Tensor:
    """Return all parameters of a network as one vector (P,), detached."""
    return nn.utils.parameters_to_vector(network.parameters()).detach()


def split(flat: Tensor, outputs: int) -> tuple[Tensor, ...]:
    """Split vectors of parameters (..., P) into copies of weights (..., m, n) and biases (..., m, 1) in turn."""
    shapes = parameter_shapes(outputs)
    parts = flat.split([m * n for m, n in shapes], dim=-1)
    return tuple(part.unflatten(-1, shape).clone() for part, shape in zip(parts, shapes, strict=True))


def join(parts: tuple[Tensor, ...]) -> Tensor:
    """Return the vectors (..., P) of parameters by layer; the inverse of `split`."""
    return torch.cat([part.flatten(-2) for part in parts], dim=-1)


def perceive(parts: tuple[Tensor, ...], points: Tensor, negative_slope: Tensor) -> tuple[Tensor, Tensor]:
    """`Perceptron.forward` with parameters by layer and points in columns (2, N): (64, N), (outputs, N).

    With points in columns a compiler vectorises the element-wise operations over the batch. The layers with two inputs
    or one output are written out, which is faster than products of such thin matrices.
    """
    (first, first_bias), *hidden, (last, last_bias) = zip(parts[::2], parts[1::2], strict=True)
    features = _leaky(first[:, :1] * points[:1] + first[:, 1:] * points[1:] + first_bias, negative_slope)
    for weight, bias in hidden:
        features = _leaky(weight @ features + bias, negative_slope)
    if len(last) == 1:
        return features, (last.T * features).sum(0, keepdim=True) + last_bias
    return features, last @ features + last_bias


def _leaky(values: Tensor, negative_slope: Tensor) -> Tensor:
    return torch.where(values > 0, values, values * negative_slope)
