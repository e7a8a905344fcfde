from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from lightning_modules.losses.gaussian_kl import gaussian_kl, kl_from_standard_normal, kl_to_standard_normal


def test_by_hand() -> None:
    # One element: ln(2/1) + (1 + (3 - 1)^2) / (2 * 4) - 1/2.
    one, two, three = torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([3.0])
    assert gaussian_kl(three, one, one, two).item() == pytest.approx(math.log(2) + 5 / 8 - 0.5)
    # To N(0, 1): -ln 2 + (4 + 9) / 2 - 1/2; from N(0, 1): ln 2 + (1 + 9) / 8 - 1/2.
    assert kl_to_standard_normal(three, two).item() == pytest.approx(-math.log(2) + 6.5 - 0.5)
    assert kl_from_standard_normal(three, two).item() == pytest.approx(math.log(2) + 1.25 - 0.5)


def test_agrees_with_torch_and_reduces_over_all_elements() -> None:
    torch.manual_seed(0)
    (m1, m2), (s1, s2) = torch.randn(2, 3, 8, 2, 2), torch.rand(2, 3, 8, 2, 2) + 0.1
    expected = kl_divergence(Normal(m1, s1), Normal(m2, s2))
    torch.testing.assert_close(gaussian_kl(m1, s1, m2, s2), expected.mean())
    torch.testing.assert_close(gaussian_kl(m1, s1, m2, s2, reduction="sum"), expected.sum())


def test_of_a_distribution_with_itself_is_zero() -> None:
    mu, sigma = torch.randn(4, 8), torch.rand(4, 8) + 0.1
    assert gaussian_kl(mu, sigma, mu, sigma).item() == pytest.approx(0.0, abs=1e-6)


def test_anchor_grows_as_sigma_shrinks() -> None:
    mu = torch.zeros(1)
    assert kl_from_standard_normal(mu, torch.tensor([1e-2])) > 4000  # 1 / (2 * 1e-4), less a little
    assert kl_to_standard_normal(mu, torch.tensor([1e-2])) < 5
