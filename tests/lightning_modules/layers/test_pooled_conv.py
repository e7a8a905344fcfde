from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lightning_modules.layers.pooled_conv import averaged_kernel, conv1x1_then_pool, conv3x3_then_pool
from lightning_modules.layers.spectral_norm import SpectralConv2d

CONVOLUTIONS = [nn.Conv2d, SpectralConv2d]


@pytest.mark.parametrize("cls", CONVOLUTIONS)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("size", [(8, 8), (6, 10), (7, 9)])
def test_equals_convolution_then_pooling(cls: type[nn.Conv2d], bias: bool, size: tuple[int, int]) -> None:
    """Outputs, and gradients to weight and input, agree to 1e-5 with the two operations one after the other."""
    torch.manual_seed(0)
    for kernel, fast in ((3, conv3x3_then_pool), (1, conv1x1_then_pool)):
        conv = cls(4, 5, kernel, padding=kernel // 2, bias=bias)
        readable = copy.deepcopy(conv)
        x = torch.randn(2, 4, *size, requires_grad=True)
        y = x.detach().clone().requires_grad_()
        actual, expected = fast(conv, x), F.avg_pool2d(readable(y), 2)
        torch.testing.assert_close(actual, expected, atol=1e-5, rtol=1e-5)

        upstream = torch.randn_like(expected)
        actual.backward(upstream)
        expected.backward(upstream)
        torch.testing.assert_close(x.grad, y.grad, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(conv.weight.grad, readable.weight.grad, atol=1e-5, rtol=1e-5)


def test_averaged_kernel_by_hand() -> None:
    """A kernel of one tap becomes a quarter at each of its four shifts."""
    weight = torch.zeros(1, 1, 3, 3)
    weight[0, 0, 1, 2] = 4.0
    expected = torch.zeros(4, 4)
    expected[1:3, 2:4] = 1.0
    assert torch.equal(averaged_kernel(weight)[0, 0], expected)
