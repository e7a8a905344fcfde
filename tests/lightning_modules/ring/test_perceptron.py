"""The ring experiment's networks, as a module and as a function of a vector of parameters."""

from __future__ import annotations

import pytest
import torch

from lightning_modules.ring.networks.perceptron import Perceptron, flatten, join, perceive, split


@pytest.mark.parametrize(("outputs", "count"), [(2, 6_498), (1, 6_433)])
def test_counts(outputs: int, count: int) -> None:
    with torch.device("meta"):
        assert sum(p.numel() for p in Perceptron(outputs).parameters()) == count


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_the_function_is_the_module(outputs: int, slope: float) -> None:
    torch.manual_seed(0)
    network, points = Perceptron(outputs, slope), torch.randn(50, 2) * 3
    features, out = network(points)
    columns, values = perceive(split(flatten(network), outputs), points.T, torch.tensor(slope))
    assert features.shape == (50, 64) and out.shape == (50, outputs)
    torch.testing.assert_close(columns.T, features)
    torch.testing.assert_close(values.T, out)


def test_leaky_units_pass_negative_values() -> None:
    network, points = Perceptron(1, 0.5), torch.tensor([[1.0, 2.0]])
    for layer in network.layers:
        torch.nn.init.constant_(layer.weight, -1.0)
        torch.nn.init.zeros_(layer.bias)
    features, out = network(points)
    # -3 halved; 32 units of 1.5 and half as much where they are negative, and so on
    assert features[0, 0].item() == pytest.approx(-0.5 * 64 * 32 * 1.5)
    assert out.item() == pytest.approx(64 * 0.5 * 64 * 32 * 1.5)


def test_join_is_the_inverse_of_split() -> None:
    vectors = torch.randn(3, 6_433)
    parts = split(vectors, 1)
    assert [tuple(part.shape) for part in parts[:2]] == [(3, 32, 2), (3, 32, 1)]
    assert torch.equal(join(parts), vectors)
