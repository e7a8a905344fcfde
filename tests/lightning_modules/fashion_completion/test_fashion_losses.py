from __future__ import annotations

import math

import pytest
import torch

from lightning_modules.fashion_completion.losses import (
    adversarial_matching,
    adversarial_realism,
    bicyclegan_discriminator_loss,
    discriminator_loss,
    latent_kl,
    latent_l1,
    parsing_cross_entropy,
)


def test_parsing_cross_entropy_by_hand() -> None:
    # Left pixel: two equal logits, ln 2. Right pixel: odds 3 to 1 for the right class, ln(4/3).
    logits = torch.tensor([[0.0, math.log(3)], [0.0, 0.0]]).reshape(1, 2, 1, 2)
    parsing = torch.tensor([[[1, 0]]])
    assert parsing_cross_entropy(logits, parsing).item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    right = torch.tensor([0.0, 1.0]).reshape(1, 1, 1, 2)
    assert parsing_cross_entropy(logits, parsing, right).item() == pytest.approx(math.log(4 / 3))
    assert parsing_cross_entropy(logits, parsing, torch.zeros(1, 1, 1, 2)).item() == 0.0


def test_latent_kl_reaches_both_encoders_and_the_anchor_only_the_posterior() -> None:
    two = torch.full((1, 8, 2, 2), 2.0, requires_grad=True)
    one = torch.full((1, 8, 2, 2), 1.0, requires_grad=True)
    zero_mean, prior_mean = torch.zeros(1, 8, 2, 2), torch.full((1, 8, 2, 2), 1.0, requires_grad=True)
    posterior, prior = (zero_mean, two), (prior_mean, one)
    pair = -math.log(2) + (4 + 1) / 2 - 0.5
    loss = latent_kl(posterior, prior, anchor=False)
    assert loss.item() == pytest.approx(pair)
    loss.backward()
    assert all(t.grad is not None and t.grad.abs().sum() > 0 for t in (two, prior_mean, one))
    anchor = math.log(2) + 1 / 8 - 0.5
    assert latent_kl(posterior, prior, anchor=True).item() == pytest.approx(pair + anchor)


def test_adversarial_losses_by_hand() -> None:
    fake = torch.full((2, 1, 6, 6), 0.25, requires_grad=True)
    real = torch.full((2, 1, 6, 6), 0.75, requires_grad=True)
    loss = adversarial_matching(fake, real)
    assert loss.item() == pytest.approx(0.25)
    loss.backward()
    assert fake.grad is not None and real.grad is None
    assert adversarial_realism(fake).item() == pytest.approx(0.75**2)
    sampled = torch.full((2, 1, 6, 6), 0.5)
    assert discriminator_loss(real, fake, sampled).item() == pytest.approx(0.25**2 + 0.25**2 + 0.5**2)


def test_bicyclegan_losses_by_hand() -> None:
    real = [torch.full((1, 1, 4, 4), 0.5), torch.full((1, 1, 2, 2), 1.0)]
    fake = [torch.full((1, 1, 4, 4), 0.5), torch.full((1, 1, 2, 2), 2.0)]
    assert bicyclegan_discriminator_loss(real, fake).item() == pytest.approx((0.25 + 0) + (0.25 + 4))
    assert latent_l1(torch.tensor([[1.0, -1.0]]), torch.tensor([[0.0, 2.0]])).item() == pytest.approx(2.0)
