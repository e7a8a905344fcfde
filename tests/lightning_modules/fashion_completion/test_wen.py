"""weN's training steps: what is computed, from what, and whom it moves."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from support.completion import TINY, attach_optimizers, batch, noise, parts, watched_step

from common.errors import ConfigurationError
from lightning_modules.fashion_completion import WeNShape, WeNTexture
from lightning_modules.fashion_completion.completion import Code
from lightning_modules.fashion_completion.conditioning import (
    one_stage_condition,
    shape_condition,
    texture_condition,
)
from lightning_modules.fashion_completion.losses import latent_kl
from lightning_modules.layers.spectral_norm import SpectralNorm
from lightning_modules.losses.multiscale_l1 import multiscale_l1
from lightning_modules.losses.perceptual import PerceptualLoss
from lightning_modules.losses.vgg import TappedLayers

G_SIDE = {"generator", "encoder", "context_encoder"}


def texture(**changes: Any) -> WeNTexture:
    torch.manual_seed(0)
    return with_attention(WeNTexture(**{**TINY, **changes}))


def with_attention(module: Any) -> Any:
    """Attention starts switched off; here every parameter is to matter."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name.endswith(("gamma", "alpha")):
                parameter.fill_(0.5)
    return module


def named(module: torch.nn.Module, within: set[str]) -> set[str]:
    return {name for name, _ in module.named_parameters() if parts({name}) <= within}


def test_the_discriminator_steps_first_and_each_step_moves_its_own_side_only() -> None:
    module = texture()
    _, (d_step, g_step), calls = watched_step(module, batch())
    assert parts(d_step.changed) == {"discriminator"}
    assert set(d_step.gradients) == named(module, {"discriminator"})  # nothing reached G through the images
    assert parts(g_step.changed) == G_SIDE
    assert set(g_step.gradients) == set(dict(module.named_parameters()))
    for name in named(module, {"discriminator"}):  # what D had from its own step, and nothing on top
        assert torch.equal(g_step.gradients[name], d_step.gradients[name])
    assert calls == {"generator": 1, "encoder": 1, "context_encoder": 1, "discriminator": 2}


@pytest.mark.parametrize("kind", ["texture", "shape"])
def test_every_parameter_of_both_encoders_and_the_generator_learns(kind: str) -> None:
    torch.manual_seed(0)
    module = texture() if kind == "texture" else with_attention(WeNShape(**TINY))
    _, steps, _ = watched_step(module, batch())
    still = {n for n in named(module, G_SIDE) if n not in steps[-1].gradients or not steps[-1].gradients[n].any()}
    assert not still
    assert all(p.requires_grad for p in module.parameters())  # D is thawed again


def test_the_shape_stage_has_one_step_and_one_pass() -> None:
    module = WeNShape(**TINY)
    losses, (step,), calls = watched_step(module, batch())
    assert parts(step.changed) == parts(set(step.gradients)) == G_SIDE
    assert calls == {"generator": 1, "encoder": 1, "context_encoder": 1}
    assert list(losses) == ["L_seg", "L_KL", "L"]


def test_without_gan_there_is_no_discriminator_and_one_optimiser() -> None:
    module = texture(adversarial=False, prior_appearance=False, output_scales=1)
    assert module.discriminator is None
    assert isinstance(module.configure_optimizers(), torch.optim.Adam)
    losses, (step,), calls = watched_step(module, batch())
    assert parts(step.changed) == G_SIDE
    assert calls == {"generator": 1, "encoder": 1, "context_encoder": 1}
    assert set(losses) == {"L_KL", "L_app", "L_G"}
    assert losses["L_G"].item() == pytest.approx(20 * losses["L_KL"].item() + 20 * losses["L_app"].item(), rel=1e-6)


def test_the_sampled_image_keeps_its_own_loss_without_a_discriminator() -> None:
    """The controlled row without GAN loses D alone: hand-computed from both passes."""
    module, data = texture(adversarial=False, spectral_norm="off"), batch()
    before = copy.deepcopy(module)
    losses, (step,), calls = watched_step(module, data, seed=5)
    assert parts(step.changed) == G_SIDE
    assert calls == {"generator": 1, "encoder": 1, "context_encoder": 1}
    with torch.no_grad():
        real, visible = data["person"], data["visible"]
        condition, code = texture_condition(data, data["parsing"]), Code(*before.encoder(data["target_garment"]))
        draws = noise(5)
        z = code.mean + code.deviation * torch.randn(code.mean.shape, generator=draws)
        completed = before.generator(condition, z, visible)
        sampled = before.generator(condition, torch.randn(z.shape, generator=draws), visible)
        expected = multiscale_l1(completed, real) + multiscale_l1(sampled, real, visible)
    assert set(losses) == {"L_KL", "L_app", "L_G"}
    assert losses["L_app"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert losses["L_G"].item() == pytest.approx(20 * losses["L_KL"].item() + 20 * losses["L_app"].item(), rel=1e-6)


def test_with_a_discriminator_the_sampled_image_may_lose_its_appearance_loss() -> None:
    kept, dropped = (watched_step(texture(prior_appearance=on), batch())[0] for on in (True, False))
    assert list(kept) == list(dropped)
    assert kept["L_app"].item() > dropped["L_app"].item() + 0.01
    assert kept["L_adv_norm"].item() == dropped["L_adv_norm"].item()


def test_the_optimisers_are_the_papers() -> None:
    for optimizer in texture().configure_optimizers():
        (group,) = optimizer.param_groups
        assert isinstance(optimizer, torch.optim.Adam)
        assert (group["lr"], tuple(group["betas"]), group["weight_decay"]) == (1e-4, (0.5, 0.999), 0)


def test_totals_are_the_weighted_sums_of_their_parts() -> None:
    losses, _, _ = watched_step(texture(), batch())
    value = {name: loss.item() for name, loss in losses.items()}
    assert set(value) == {"L_KL", "L_app", "L_adv_I", "L_adv_norm", "L_G", "L_D"}
    expected = 20 * value["L_KL"] + 20 * value["L_app"] + value["L_adv_I"] + value["L_adv_norm"]
    assert value["L_G"] == pytest.approx(expected, rel=1e-6)
    losses, _, _ = watched_step(WeNShape(**TINY), batch())
    assert losses["L"].item() == pytest.approx(losses["L_seg"].item() + 20 * losses["L_KL"].item(), rel=1e-6)


def test_weights_and_anchor_are_arguments() -> None:
    losses, _, _ = watched_step(texture(adversarial=False, kl_weight=3.0, appearance_weight=2.0), batch())
    assert losses["L_G"].item() == pytest.approx(3 * losses["L_KL"].item() + 2 * losses["L_app"].item(), rel=1e-6)
    with_anchor, without = (
        watched_step(texture(prior_anchor=anchor), batch())[0]["L_KL"].item() for anchor in (True, False)
    )
    assert with_anchor > without + 1e-3


def test_the_texture_losses_by_hand() -> None:
    """Without spectral normalisation a forward pass changes nothing, so a copy can repeat the step."""
    module, data = texture(spectral_norm="off"), batch()
    before = copy.deepcopy(module)
    losses, _, _ = watched_step(module, data, seed=5)
    with torch.no_grad():
        real, visible = data["person"], data["visible"]
        condition = texture_condition(data, data["parsing"])
        code = Code(*before.encoder(data["target_garment"]))
        garments = Code(*before.context_encoder(data["garments"].reshape(2, 12, 64, 64)))
        draws = noise(5)
        z = code.mean + code.deviation * torch.randn(code.mean.shape, generator=draws)
        completed = before.generator(condition, z, visible)
        sampled = before.generator(condition, torch.randn(z.shape, generator=draws), visible)
        old, new = before.discriminator, module.discriminator  # D has stepped when G meets it
        assert old is not None and new is not None
        expected = {
            "L_KL": latent_kl(code, garments, anchor=True),
            "L_D": (old(real) - 1).square().mean()
            + old(completed[-1]).square().mean()
            + old(sampled[-1]).square().mean(),
            "L_adv_I": (new(completed[-1]) - new(real)).square().mean(),
            "L_adv_norm": (new(sampled[-1]) - 1).square().mean(),
            "L_app": multiscale_l1(completed, real) + multiscale_l1(sampled, real, visible),
        }
    for name, value in expected.items():
        assert losses[name].item() == pytest.approx(value.item(), rel=1e-4), name


def test_the_shape_losses_by_hand() -> None:
    torch.manual_seed(0)
    module, data = WeNShape(**TINY), batch()
    losses, _, _ = watched_step(copy.deepcopy(module), data, seed=5)
    with torch.no_grad():
        code, garments = module.codes(data)
        z = code.mean + code.deviation * torch.randn(code.mean.shape, generator=noise(5))
        logits = module.generator(shape_condition(data), z, data["visible"])[-1]
        right = logits.log_softmax(1).gather(1, data["parsing"][:, None])
    assert losses["L_seg"].item() == pytest.approx(-right.mean().item(), rel=1e-5)
    assert losses["L_KL"].item() == pytest.approx(latent_kl(code, garments, anchor=True).item(), rel=1e-5)


def test_vgg_replaces_l1_on_the_finest_reconstruction_only() -> None:
    module, data = texture(spectral_norm="off"), batch()
    features = torch.nn.Sequential(*(torch.nn.Conv2d(3 if i == 0 else 4, 4, 3) for i in range(5)))
    module.perceptual = PerceptualLoss(TappedLayers(features, (0, 1, 2, 3, 4)))
    before = copy.deepcopy(module)
    losses, (_, step), _ = watched_step(module, data, seed=5)
    with torch.no_grad():
        code = Code(*before.encoder(data["target_garment"]))
        z = code.sample(torch.randn(code.mean.shape, generator=noise(5)))
        outputs = before.generator(texture_condition(data, data["parsing"]), z, data["visible"])
        terms = module.perceptual(outputs[-1], data["person"])
        expected = sum(terms.values()) + multiscale_l1(outputs[:-1], data["person"])
    assert losses["L_app"].item() == pytest.approx(float(expected), rel=1e-4)
    assert parts(step.changed) == G_SIDE
    assert not any("perceptual" in name or "features" in name for name in module.state_dict())


def test_vgg_without_its_weights_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigurationError) as caught:
        texture(appearance_loss="vgg")
    assert "model.init_args.vgg_weights" in str(caught.value) and "\n" not in str(caught.value)


def test_each_ablation_changes_what_it_names() -> None:
    assert texture(attention=False).generator.attention is None  # type: ignore[union-attr]
    assert texture(attention=False).discriminator.attention is None  # type: ignore[union-attr]
    one = texture(two_stage=False)
    data = batch()
    assert torch.equal(one.condition(data, data["parsing"]), one_stage_condition(data))
    watched_step(one, data)
    outputs = texture(output_scales=2).generator(
        texture_condition(data, data["parsing"]), torch.zeros(2, 8, 4, 4), data["visible"]
    )
    assert [o.shape[-1] for o in outputs] == [32, 64]
    spectral = {use: texture(spectral_norm=use) for use in ("on", "off_as_printed", "off")}
    found = {use: sum(isinstance(m, SpectralNorm) for m in module.modules()) for use, module in spectral.items()}
    assert found["on"] > found["off_as_printed"] == 4  # three of G's fusion block, D's last
    assert found["off"] == 0
    plain = spectral["off"].encoder.down[0].conv1.weight  # type: ignore[union-attr, index]
    drawn = texture(spectral_norm="off", normal_init=True).encoder.down[0].conv1.weight  # type: ignore[union-attr, index]
    assert drawn.std().item() == pytest.approx(0.02, rel=0.3) and plain.std().item() > 0.05  # type: ignore[operator]


def test_power_iteration_vectors_never_want_a_gradient() -> None:
    module, data = texture(), batch()
    for optimizer in attach_optimizers(module):
        optimizer.zero_grad()
    before = {name: buffer.clone() for name, buffer in module.named_buffers()}
    module.step(data, noise())
    vectors = [m for m in module.modules() if isinstance(m, SpectralNorm)]
    assert vectors and not any(t.requires_grad or t.grad is not None for m in vectors for t in (m.u, m.v))
    assert all(not torch.equal(buffer, before[name]) for name, buffer in module.named_buffers() if buffer.numel() > 3)
    assert not any(name.endswith((".u", ".v")) for name, _ in module.named_parameters())


def test_modules_that_nothing_uses_are_there_for_counting_only() -> None:
    assert not hasattr(texture().generator, "distribution")
    dead = texture(count_parity=True)
    _, steps, _ = watched_step(dead, batch())
    without = named(dead, {"generator", "encoder", "context_encoder", "discriminator"}) - set(steps[-1].gradients)
    assert parts(without) == {"generator", "discriminator"}
    assert all("distribution" in n or "attention.fusion" in n or n.endswith("attention.alpha") for n in without)


@pytest.mark.parametrize("kind", [WeNShape, WeNTexture])
def test_noise_comes_from_the_generator_alone(kind: type) -> None:
    torch.manual_seed(0)
    module, data = kind(**TINY), batch()
    results = []
    for seed, state in ((3, 0), (3, 1), (4, 0)):
        torch.manual_seed(state)
        losses, _, _ = watched_step(copy.deepcopy(module), data, seed)
        results.append([loss.item() for loss in losses.values()])
    assert results[0] == results[1] != results[2]


def test_it_builds_without_memory_for_parameter_counts() -> None:
    with torch.device("meta"):
        for module in (WeNShape(), WeNTexture(count_parity=True)):
            assert all(p.device.type == "meta" for p in module.parameters())
