from __future__ import annotations

import math

import pytest
import torch

from lightning_modules.losses.code_kl import code_kl
from lightning_modules.losses.gaussian_kl import kl_to_standard_normal


def test_by_hand() -> None:
    """Summed over a code's numbers, averaged over the batch."""
    mu = torch.tensor([[3.0, 0.0], [0.0, 0.0]])
    log_variance = torch.tensor([[0.0, 0.0], [math.log(4), 0.0]])
    first, second = 9 / 2, (4 - math.log(4) - 1) / 2
    assert code_kl(mu, log_variance).item() == pytest.approx((first + second) / 2)
    assert code_kl(torch.zeros(3, 5), torch.zeros(3, 5)).item() == 0


def test_it_is_the_general_divergence() -> None:
    mu, log_variance = torch.randn(2, 6, 5, generator=torch.Generator().manual_seed(0))
    general = kl_to_standard_normal(mu, torch.exp(log_variance / 2), reduction="sum") / 6
    torch.testing.assert_close(code_kl(mu, log_variance), general)


def test_its_gradient_is_mu_and_half_of_the_excess_variance() -> None:
    mu, log_variance = torch.tensor([[2.0]], requires_grad=True), torch.tensor([[math.log(3)]], requires_grad=True)
    code_kl(mu, log_variance).backward()
    assert mu.grad is not None and log_variance.grad is not None
    assert (mu.grad.item(), log_variance.grad.item()) == (2.0, pytest.approx(1.0))
