"""CGAN's training step."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from support.class_images import CLASSES, TINY, class_images
from support.completion import noise, parts, watched_step
from support.gradients import reached

from lightning_modules.conditional_gan import CGAN


def build(**changes: Any) -> CGAN:
    torch.manual_seed(0)
    return CGAN(**TINY, **changes)


@pytest.mark.parametrize("saturating", [False, True])
def test_the_losses_by_hand(saturating: bool) -> None:
    module, batch = build(saturating=saturating), class_images()
    before = copy.deepcopy(module)
    losses, _, _ = watched_step(module, batch, seed=5)
    with torch.no_grad():
        labels = torch.eye(CLASSES)[batch["label"]]
        made = before.generator(torch.randn(8, 6, generator=noise(5)), labels)
        both = torch.cat([batch["image"], made]), torch.cat([labels, labels])
        real, fake = before.discriminator(*both)[0].sigmoid().chunk(2)
        _, later = module.discriminator(*both)[0].sigmoid().chunk(2)  # after its step
    assert losses["L_D"].item() == pytest.approx(-(real.log().mean() + (1 - fake).log().mean()).item(), rel=1e-4)
    wanted = (1 - later).log().mean() if saturating else -later.log().mean()
    assert losses["L_G"].item() == pytest.approx(wanted.item(), rel=1e-4)
    assert set(losses) == {"L_D", "L_G", "centre_distance"}


def test_what_each_loss_reaches() -> None:
    assert reached(build(), class_images()) == {"L_D": {"discriminator"}, "L_G": {"generator"}}


def test_the_discriminator_steps_first_and_each_step_moves_its_own_side_only() -> None:
    module = build()
    _, (d_step, g_step), calls = watched_step(module, class_images())
    assert parts(d_step.changed) == parts(set(d_step.gradients)) == {"discriminator"}
    assert parts(g_step.changed) == {"generator"}
    assert all(torch.equal(g_step.gradients[name], d_step.gradients[name]) for name in d_step.gradients)
    assert all(parameter.requires_grad for parameter in module.parameters())
    assert calls == {"generator": 1, "discriminator": 2}
