"""BicycleGAN's training step: two paths, two discriminators, and a latent term that moves the generator only."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from support.completion import TINY_BASELINE, batch, noise, parts, rows, watched_step

from common.errors import ConfigurationError
from lightning_modules.fashion_completion import BicycleGAN

CRITICS = {"discriminator", "random_discriminator"}


def build(**changes: Any) -> BicycleGAN:
    torch.manual_seed(0)
    return BicycleGAN(**{**TINY_BASELINE, **changes})


def test_discriminators_step_first_and_each_step_moves_its_own_side_only() -> None:
    module = build()
    _, (d_step, g_step, e_step), calls = watched_step(module, batch(4))
    assert parts(d_step.changed) == parts(set(d_step.gradients)) == CRITICS
    assert parts(g_step.changed) == {"generator"}
    assert parts(e_step.changed) == {"encoder"}
    assert set(e_step.gradients) == set(dict(module.named_parameters()))
    for name in d_step.gradients:
        assert torch.equal(e_step.gradients[name], d_step.gradients[name])
    assert all(p.requires_grad for p in module.parameters())
    assert calls == {"generator": 1, "encoder": 2, "discriminator": 3, "random_discriminator": 3}


def test_the_latent_term_moves_the_generator_only() -> None:
    gradients = [watched_step(build(latent_weight=weight), batch(4))[1][-1].gradients for weight in (0.0, 0.5)]
    without, with_it = gradients
    assert all(torch.allclose(without[n], with_it[n], rtol=1e-4, atol=1e-7) for n in without if "encoder" in n)
    moved = [n for n in without if not torch.allclose(without[n], with_it[n], rtol=1e-4, atol=1e-7)]
    assert parts(set(moved)) == {"generator"}


def test_the_losses_by_hand() -> None:
    module, data = build(), batch(4)
    before = copy.deepcopy(module)
    losses, _, _ = watched_step(module, data, seed=5)
    first = data["person"][:2]
    with torch.no_grad():
        mean, deviation = before.encoder(first)
        draws = noise(5)
        encoded = mean + deviation * torch.randn(mean.shape, generator=draws)
        drawn = torch.randn(mean.shape, generator=draws)
        inputs = (data["person"] * data["visible"])[:2]
        completed, sampled = before.generator(inputs, encoded), before.generator(inputs, drawn)

        def least_squares(maps: list[torch.Tensor], label: float) -> float:
            return sum(float((m - label).square().mean()) for m in maps)

        def fooled(fake: torch.Tensor, real: torch.Tensor, net: Any) -> float:
            return least_squares(net(fake), 0) + least_squares(net(real), 1)

        expected = {
            "L_D": fooled(completed, first, before.discriminator),
            "L_D2": fooled(sampled, data["person"][2:], before.random_discriminator),
            "L_GAN": least_squares(module.discriminator(completed), 1),  # after their step
            "L_GAN2": least_squares(module.random_discriminator(sampled), 1),
            "L_1": (completed - first).abs().mean().item(),
            "L_KL": (0.5 * (mean.square() + deviation.square() - 1) - deviation.log()).sum().item(),
            "L_z": (before.encoder(sampled)[0] - drawn).abs().mean().item(),
        }
    expected["L_G"] = expected["L_GAN"] + expected["L_GAN2"] + 10 * expected["L_1"] + 0.01 * expected["L_KL"]
    assert set(losses) == set(expected)
    for name, value in expected.items():
        assert losses[name].item() == pytest.approx(value, rel=1e-4), name


def test_an_odd_batch_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigurationError, match="batch_size must be even") as caught:
        watched_step(build(), batch(3))
    assert "data.init_args.batch_size" in str(caught.value) and "\n" not in str(caught.value)


def test_it_sees_the_holed_image_and_nothing_else() -> None:
    module, data = build(), batch(2)
    shown = {
        **batch(2, seed=9),
        "visible": data["visible"],
        "person": torch.where(data["visible"] > 0, data["person"], 0.3),
    }
    z = torch.randn(2, 8)
    hole = (data["visible"] == 0).expand(-1, 3, -1, -1)
    assert torch.equal(module.complete(data, z)[hole], module.complete(shown, z)[hole])


def test_a_different_code_gives_a_different_image() -> None:
    module, data = build(), batch(2)
    one, other = (module.complete(data, torch.full((2, 8), value)) for value in (-1.0, 1.0))
    assert not torch.equal(one, other)


def test_noise_comes_from_the_generator_in_training_and_from_the_image_in_testing() -> None:
    module, data, results = build().eval(), batch(4), []
    for seed, state in ((3, 0), (3, 1), (4, 0)):
        torch.manual_seed(state)
        losses, _, _ = watched_step(copy.deepcopy(module), data, seed)
        results.append([loss.item() for loss in losses.values()])
    assert results[0] == results[1] != results[2]
    with torch.no_grad():
        together, alone = module.generate(data), module.generate(rows(data, [2]))
    torch.testing.assert_close(together[2:3], alone, atol=1e-5, rtol=1e-5)


def test_the_optimisers_are_the_papers() -> None:
    for optimizer in build().configure_optimizers():
        (group,) = optimizer.param_groups
        assert (group["lr"], tuple(group["betas"])) == (2e-4, (0.5, 0.999))
