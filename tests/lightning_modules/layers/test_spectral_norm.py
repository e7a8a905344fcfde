from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightning_modules.layers.spectral_norm import (
    SpectralConv2d,
    SpectralConvTranspose2d,
    SpectralNorm,
    effective_weight,
)


def transposed() -> SpectralConvTranspose2d:
    return SpectralConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1)


@pytest.fixture(params=[lambda: SpectralConv2d(4, 6, 3, padding=1), transposed], ids=["conv", "transposed"])
def layer(request: pytest.FixtureRequest) -> SpectralNorm:
    torch.manual_seed(0)
    return request.param()


def top_singular_value(weight: Tensor) -> float:
    return torch.linalg.matrix_norm(weight.flatten(1), ord=2).item()


def test_unrolls_along_dim_0_also_for_transposed(layer: SpectralNorm) -> None:
    # Both weights have first dimension 6 (a transposed convolution's is its input) and 4 * 9 entries a row.
    assert layer.weight.shape == (6, 4, 3, 3)
    assert (layer.u.shape, layer.v.shape) == ((6,), (36,))


def test_vectors_are_saved_but_not_trained(layer: SpectralNorm) -> None:
    assert set(layer.state_dict()) == {"weight", "bias", "u", "v"}
    assert {name for name, _ in layer.named_parameters()} == {"weight", "bias"}


def test_top_singular_value_becomes_one(layer: SpectralNorm) -> None:
    with torch.no_grad():
        for _ in range(100):
            weight = layer.normalised_weight()
    assert top_singular_value(weight) == pytest.approx(1.0, abs=1e-3)
    assert top_singular_value(layer.weight) != pytest.approx(1.0, abs=0.05)


def test_one_iteration_a_forward_in_evaluation_too(layer: SpectralNorm) -> None:
    layer.eval()
    u, matrix = layer.u.clone(), layer.weight.detach().flatten(1)
    layer(torch.zeros(1, layer.weight.shape[1] if isinstance(layer, nn.Conv2d) else 6, 4, 4))
    v = F.normalize(matrix.T @ u, dim=0)
    torch.testing.assert_close(layer.v, v)
    torch.testing.assert_close(layer.u, F.normalize(matrix @ v, dim=0))


def test_sigma_and_gradient_are_the_formula(layer: SpectralNorm) -> None:
    """y = W / s with s = u^T W v, u and v constant: dL/dW = G / s - (G . W) / s^2 * u v^T."""
    weight = layer.normalised_weight()
    gradient = torch.randn_like(weight)
    weight.backward(gradient)

    matrix, g = layer.weight.detach().flatten(1), gradient.flatten(1)
    sigma = layer.u @ matrix @ layer.v
    torch.testing.assert_close(weight.detach().flatten(1), matrix / sigma)
    expected = g / sigma - (g * matrix).sum() / sigma**2 * torch.outer(layer.u, layer.v)
    assert layer.weight.grad is not None
    torch.testing.assert_close(layer.weight.grad.flatten(1), expected)


def test_two_forwards_then_one_backward(layer: SpectralNorm) -> None:
    """Each forward's gradient uses that forward's u and v: together they are the sum of both taken one by one."""
    twin = copy.deepcopy(layer)
    gradient = torch.randn_like(layer.weight)
    for _ in range(2):
        twin.normalised_weight().backward(gradient)
    first, second = layer.normalised_weight(), layer.normalised_weight()
    (first * gradient + second * gradient).sum().backward()
    torch.testing.assert_close(layer.weight.grad, twin.weight.grad)


def test_autocast_is_off_for_the_power_iteration(layer: SpectralNorm, monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA's autocast lowers matrix-vector products; the CPU's leaves them alone, so this looks at its state."""
    states = []

    def spy(*args: Any, **kwargs: Any) -> Tensor:
        states.append(torch.is_autocast_enabled("cpu"))
        return normalize(*args, **kwargs)

    normalize = F.normalize
    monkeypatch.setattr(F, "normalize", spy)
    twin = copy.deepcopy(layer)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        weight = layer.normalised_weight()
        assert torch.is_autocast_enabled("cpu")
    assert states == [False, False]
    assert torch.equal(weight, twin.normalised_weight())


def test_forward_convolves_with_the_normalised_weight() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 6, 5, 5)
    up = transposed()
    weight = copy.deepcopy(up).normalised_weight()
    torch.testing.assert_close(up(x), F.conv_transpose2d(x, weight, up.bias, stride=2, padding=1, output_padding=1))
    conv = SpectralConv2d(6, 3, 3, padding=1, padding_mode="reflect")
    weight = copy.deepcopy(conv).normalised_weight()
    torch.testing.assert_close(conv(x), F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, conv.bias))


def test_effective_weight() -> None:
    plain, spectral = nn.Conv2d(2, 3, 1), SpectralConv2d(2, 3, 1)
    assert effective_weight(plain) is plain.weight
    assert torch.equal(effective_weight(spectral), copy.deepcopy(spectral).normalised_weight()) is False
    with torch.no_grad():
        for _ in range(100):
            weight = effective_weight(spectral)
    assert top_singular_value(weight) == pytest.approx(1.0, abs=1e-3)


def test_builds_and_runs_on_the_meta_device() -> None:
    with torch.device("meta"):
        layer = transposed()
        assert layer(torch.zeros(1, 6, 4, 4)).shape == (1, 4, 8, 8)
    assert layer.u.is_meta and layer.v.is_meta
