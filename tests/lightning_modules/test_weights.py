"""The digest of trained weights."""

from __future__ import annotations

import copy

import torch
from torch import nn

from lightning_modules.weights import have_common_matrix, matrix_digests, weights_digest


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


def test_a_copied_matrix_is_found_whatever_its_name_layout_and_type() -> None:
    torch.manual_seed(0)
    linear = nn.Linear(8, 4)
    (digest,) = matrix_digests(linear.state_dict())  # the bias is a vector
    copies = {"t": linear.weight.T, "flat": linear.weight.reshape(2, 16), "half": linear.weight.half(),
              "double": linear.weight.double(), "last": linear.weight[:, :, None, None]}  # fmt: skip
    assert matrix_digests(copies) == {digest}


def test_another_matrix_has_another_digest() -> None:
    torch.manual_seed(0)
    one, seen = torch.randn(4, 8), set()
    changed = one.clone()
    changed[0, 0] += 0.01
    for matrix in (one, -one, changed, one[:, :7], torch.randn(4, 8)):
        seen |= matrix_digests({"m": matrix})
    assert len(seen) == 5


def test_what_networks_may_share_by_chance_is_no_matrix_of_theirs() -> None:
    values = torch.arange(16.0)
    shared = {"zeros": torch.zeros(9, 9), "filter": values[:15].repeat(4, 1), "vector": torch.randn(99),
              "count": torch.arange(99).reshape(9, 11)}  # fmt: skip
    assert matrix_digests(shared) == set()
    assert len(matrix_digests({"m": values[None]})) == 1


def test_a_matrix_whose_rows_were_scaled_is_a_copy() -> None:
    torch.manual_seed(0)
    one = torch.randn(100, 20, 3, 3)
    factors = torch.randn(100)[:, None, None, None]  # of a normalisation merged into it, some below 0
    copies = {"rows": one * factors, "turned": (one * factors).transpose(0, 1), "whole": -3 * one}
    for name, copied in copies.items():
        assert not matrix_digests({"a": one}) & matrix_digests({"a": copied})
        assert have_common_matrix({"a": one}, {"x": torch.randn(100, 20, 3, 3), name: copied}), name
    dead = one * factors
    dead[:5] = 0
    assert have_common_matrix({"a": one}, {"a": dead})
    assert have_common_matrix({"a": one}, {"a": one.half().reshape(50, -1)})  # by its digest


def test_a_matrix_that_was_trained_on_is_no_copy() -> None:
    torch.manual_seed(0)
    one = torch.randn(100, 180)
    step = 2e-4 * torch.sign(torch.randn(100, 180))  # Adam's first
    assert not have_common_matrix({"a": one}, {"a": one + step})
    assert not have_common_matrix({"a": one}, {"a": torch.randn(100, 180)})
    partly = one.clone()
    partly[:10] = torch.randn(10, 180)
    assert not have_common_matrix({"a": one}, {"a": partly})
    assert not have_common_matrix({"a": one[:, :15]}, {"a": one[:, :15] * torch.rand(100, 1) * 5 + 0.1})
