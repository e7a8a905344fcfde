"""BicycleGAN's training step: two paths, two discriminators, and a latent term that moves the generator only."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from support.completion import TINY_BASELINE, batch, noise, parts, rows, watched_step
from torch import nn

from common.errors import ConfigurationError
from lightning_modules.fashion_completion import BicycleGAN

CRITICS = {"discriminator", "random_discriminator"}


def named(module: nn.Module, *networks: str) -> list[str]:
    return [name for name, _ in module.named_parameters() if name.split(".")[0] in networks]


def build(**changes: Any) -> BicycleGAN:
    torch.manual_seed(0)
    return BicycleGAN(**{**TINY_BASELINE, **changes})


@pytest.mark.parametrize("first", [False, True])
def test_generator_and_encoder_step_first_and_each_step_moves_its_own_side_only(first: bool) -> None:
    module = build(discriminators_first=True) if first else build()
    _, steps, calls = watched_step(module, batch(4))
    moved = [{"generator"}, {"encoder"}]
    assert [parts(step.changed) for step in steps] == ([CRITICS, *moved] if first else [*moved, CRITICS])
    g_side, d_step = (steps[1:], steps[0]) if first else (steps[:2], steps[2])
    given = {parameter for side in ("generator", "encoder") for parameter in named(module, side)}
    for step in g_side:
        assert {name for name in step.gradients if parts({name}) <= {"generator", "encoder"}} == given
    if first:  # G's pass gives D's weights no gradient
        for name in named(module, *CRITICS):
            assert torch.equal(g_side[-1].gradients[name], d_step.gradients[name])
    else:
        assert parts(set(g_side[-1].gradients)) == {"generator", "encoder"}
    assert all(p.requires_grad for p in module.parameters())
    assert calls == {"generator": 1, "encoder": 2, "discriminator": 3, "random_discriminator": 3}


def test_weights_begin_as_in_the_public_code_unless_pytorchs_are_asked_for() -> None:
    module, other = build(width=64, max_width=128), build(width=64, max_width=128, initialisation="torch")
    for network in (module.generator, module.encoder, module.discriminator, module.random_discriminator):
        layers = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d | nn.Linear)]
        assert layers and all(layer.bias is None or not layer.bias.any() for layer in layers)
        for layer in layers:
            fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
            if layer.weight.numel() > 20_000:
                assert layer.weight.std().item() == pytest.approx(0.02 * (2 / (fan_in + fan_out)) ** 0.5, rel=0.05)
    assert all(p.any() for p in other.parameters())
    assert other.generator.down[1].weight.std() > 10 * module.generator.down[1].weight.std()  # type: ignore[operator]


def test_the_divergence_is_averaged_over_pairs_unless_its_sum_is_asked_for() -> None:
    mean, total = (
        watched_step(build(kl_reduction=kind, initialisation="torch"), batch(6))[0]["L_KL"].item()
        for kind in ("mean", "sum")
    )
    assert total == pytest.approx(3 * mean, rel=1e-5)


def test_the_latent_term_moves_the_generator_only() -> None:
    gradients = [watched_step(build(latent_weight=weight), batch(4))[1][-1].gradients for weight in (0.0, 0.5)]
    without, with_it = gradients
    assert all(torch.allclose(without[n], with_it[n], rtol=1e-4, atol=1e-7) for n in without if "encoder" in n)
    moved = [n for n in without if not torch.allclose(without[n], with_it[n], rtol=1e-4, atol=1e-7)]
    assert parts(set(moved)) == {"generator"}


@pytest.mark.parametrize("first_step", [False, True])
def test_the_losses_by_hand(first_step: bool) -> None:
    """Where the discriminators step first, G meets them after their step; otherwise all meet the networks as given."""
    module, data = build(discriminators_first=first_step, initialisation="torch"), batch(4)
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
            "L_GAN": least_squares((module if first_step else before).discriminator(completed), 1),
            "L_GAN2": least_squares((module if first_step else before).random_discriminator(sampled), 1),
            "L_1": (completed - first).abs().mean().item(),
            "L_KL": (0.5 * (mean.square() + deviation.square() - 1) - deviation.log()).sum().item() / 2,
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
