"""CVAE's training step."""

from __future__ import annotations

import copy

import pytest
import torch
from support.class_images import CLASSES, TINY, class_images
from support.completion import noise, parts, watched_step
from support.gradients import reached

from lightning_modules.conditional_gan import CVAE


def build() -> CVAE:
    torch.manual_seed(0)
    return CVAE(**TINY, kl_weight=2.0)


def test_the_losses_by_hand() -> None:
    module, batch = build(), class_images()
    before = copy.deepcopy(module)
    losses, _, _ = watched_step(module, batch, seed=5)
    with torch.no_grad():
        labels = torch.eye(CLASSES)[batch["label"]]
        mu, log_variance = before.encoder(batch["image"], labels)
        z = mu + log_variance.exp().sqrt() * torch.randn(8, 6, generator=noise(5))
        made = before.generator(z, labels)
    expected = {
        "L_img": (made - batch["image"]).square().sum().item() / 2 / 8,
        "L_KL": (mu.square() + log_variance.exp() - log_variance - 1).sum().item() / 2 / 8,
        "active_units": sum(mu[:, i].var().item() > 0.01 for i in range(6)),
    }
    expected["L"] = expected["L_img"] + 2 * expected["L_KL"]
    assert set(losses) == set(expected)
    for name, value in expected.items():
        assert losses[name].item() == pytest.approx(value, rel=1e-4), name


def test_what_each_loss_reaches() -> None:
    both = {"encoder", "generator"}
    assert reached(build(), class_images()) == {"L_img": both, "L_KL": {"encoder"}, "L": both}


def test_one_step_moves_both_networks() -> None:
    _, (step,), calls = watched_step(build(), class_images())
    assert parts(step.changed) == {"encoder", "generator"}
    assert calls == {"encoder": 1, "generator": 1}
