from __future__ import annotations

import math

import pytest
import torch

from lightning_modules.losses.cross_entropy_gan import discriminator_cross_entropy, generator_cross_entropy

THIRD = torch.tensor([-math.log(2)])  # D(x) = 1/3
HALF = torch.zeros(2)


def test_discriminator_by_hand() -> None:
    assert discriminator_cross_entropy(THIRD, THIRD).item() == pytest.approx(math.log(3) + math.log(3 / 2))
    several = discriminator_cross_entropy(THIRD, THIRD, HALF)
    assert several.item() == pytest.approx(math.log(3) + math.log(3 / 2) + math.log(2))


@pytest.mark.parametrize(
    ("saturating", "value", "slope"), [(False, math.log(3), -2 / 3), (True, math.log(2 / 3), -1 / 3)]
)
def test_generator_by_hand(saturating: bool, value: float, slope: float) -> None:
    logits = THIRD.clone().requires_grad_()
    loss = generator_cross_entropy(logits, saturating)
    loss.backward()
    assert loss.item() == pytest.approx(value)
    assert logits.grad is not None and logits.grad.item() == pytest.approx(slope)


def test_where_the_discriminator_wins_only_the_saturating_loss_is_flat() -> None:
    for saturating, slope in ((False, -1.0), (True, 0.0)):
        logits = torch.tensor([-40.0], requires_grad=True)
        generator_cross_entropy(logits, saturating).backward()
        assert logits.grad is not None and logits.grad.item() == pytest.approx(slope, abs=1e-12)


def test_extreme_logits_give_no_infinity() -> None:
    far = torch.tensor([1e4, -1e4])
    assert torch.isfinite(
        torch.stack([discriminator_cross_entropy(far, far), generator_cross_entropy(far, True)])
    ).all()
