"""The digest of trained weights."""

from __future__ import annotations

import copy

import torch
from torch import nn

from lightning_modules.weights import weights_digest


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3))


def test_equal_weights_have_equal_digests() -> None:
    assert weights_digest(net()) == weights_digest(net())
    assert weights_digest(net().to(memory_format=torch.channels_last)) == weights_digest(net())  # layout is no value
    assert len(weights_digest(net())) == 64


def test_every_weight_and_buffer_matters() -> None:
    one, seen = net(), {weights_digest(net())}
    for name in one.state_dict():
        other = copy.deepcopy(one)
        other.state_dict()[name].flatten()[0:1].add_(1)
        seen.add(weights_digest(other))
    assert len(seen) == 1 + len(one.state_dict())


def test_the_smallest_change_shows() -> None:
    other = net()
    with torch.no_grad():
        weight = other[0].weight.flatten()  # type: ignore[operator, index]
        weight[5] = torch.nextafter(weight[5], torch.tensor(9.0))
    assert weights_digest(other) != weights_digest(net())


def test_names_types_and_shapes_matter() -> None:
    def digest(name: str, value: torch.Tensor) -> str:
        module = nn.Module()
        module.register_buffer(name, value)
        return weights_digest(module)

    zeros = torch.zeros(4)
    digests = [
        digest("a", zeros),
        digest("b", zeros),
        digest("a", zeros.reshape(2, 2)),
        digest("a", zeros.to(torch.int32)),
    ]
    assert len(set(digests)) == 4
