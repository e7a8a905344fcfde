"""FiNet's training steps: losses in the hole only, no discriminator."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from support.completion import TINY_BASELINE, batch, noise, parts, watched_step

from common.errors import ConfigurationError
from lightning_modules.fashion_completion import FiNetShape, FiNetTexture
from lightning_modules.fashion_completion.completion import Code
from lightning_modules.fashion_completion.conditioning import composite, shape_condition, texture_condition
from lightning_modules.fashion_completion.finet import hole_l1, image_kl
from lightning_modules.losses.perceptual import PerceptualLoss
from lightning_modules.losses.vgg import TappedLayers

G_SIDE = {"generator", "encoder", "context_encoder"}


def build(kind: type, **changes: Any) -> Any:
    torch.manual_seed(0)
    return kind(**{**TINY_BASELINE, **changes})


@pytest.mark.parametrize("kind", [FiNetShape, FiNetTexture])
def test_one_step_moves_everything_and_each_network_runs_once(kind: type) -> None:
    module = build(kind)
    _, (step,), calls = watched_step(module, batch())
    assert parts(step.changed) == G_SIDE
    assert set(step.gradients) == set(dict(module.named_parameters()))
    assert calls == {"generator": 1, "encoder": 1, "context_encoder": 1}
    assert not hasattr(module, "discriminator")


def test_totals_are_the_weighted_sums_of_their_parts() -> None:
    losses, _, _ = watched_step(build(FiNetShape), batch())
    assert losses["L"].item() == pytest.approx(losses["L_seg"].item() + 0.1 * losses["L_KL"].item(), rel=1e-6)
    losses, _, _ = watched_step(build(FiNetTexture, kl_weight=0.5), batch())
    assert losses["L_G"].item() == pytest.approx(losses["L_app"].item() + 0.5 * losses["L_KL"].item(), rel=1e-6)


def test_the_losses_by_hand() -> None:
    data = batch()
    hole = (data["visible"] == 0)[:, 0]
    shape, texture = build(FiNetShape), build(FiNetTexture)
    for module in (shape, texture):
        losses, _, _ = watched_step(copy.deepcopy(module), data, seed=5)
        with torch.no_grad():
            code = Code(*module.encoder(module.target(data)))
            garments = Code(*module.context_encoder(data["garments"].reshape(2, 12, 64, 64)))
            z = code.mean + code.deviation * torch.randn(code.mean.shape, generator=noise(5))
            variance = garments.deviation.square()
            divergence = (
                (garments.deviation / code.deviation).log()
                + (code.deviation.square() + (code.mean - garments.mean).square()) / (2 * variance)
                - 0.5
            )
            assert losses["L_KL"].item() == pytest.approx(divergence.sum(1).mean().item(), rel=1e-4)
            if module is shape:
                logits = module.generator(shape_condition(data), z).log_softmax(1)
                expected = -logits.gather(1, data["parsing"][:, None])[:, 0][hole].mean()
                assert losses["L_seg"].item() == pytest.approx(expected.item(), rel=1e-5)
            else:
                image = module.generator(texture_condition(data, data["parsing"]), z)
                expected = (image - data["person"]).abs().mean(1)[hole].mean()
                assert losses["L_app"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_only_the_hole_counts() -> None:
    data = batch()
    image = torch.where(data["visible"] > 0, torch.rand(2, 3, 64, 64), data["person"] + 0.25)
    assert hole_l1(image, data["person"], 1 - data["visible"]).item() == pytest.approx(0.25, rel=1e-5)
    assert hole_l1(image, data["person"], torch.zeros(2, 1, 64, 64)).item() == 0  # no hole, no loss, no NaN


def test_the_divergence_of_one_image_does_not_depend_on_its_batch() -> None:
    codes = [Code(torch.randn(3, 8), torch.rand(3, 8) + 0.5) for _ in range(2)]
    singles = [image_kl(*(Code(c.mean[i : i + 1], c.deviation[i : i + 1]) for c in codes)) for i in range(3)]
    assert image_kl(*codes).item() == pytest.approx(torch.stack(singles).mean().item(), rel=1e-5)
    assert image_kl(*codes, "sum").item() == pytest.approx(torch.stack(singles).sum().item(), rel=1e-5)


@pytest.mark.parametrize("kind", [FiNetShape, FiNetTexture])
def test_the_divergence_may_be_summed_over_the_batch(kind: type) -> None:
    mean, total = (watched_step(build(kind, kl_reduction=r), batch())[0]["L_KL"].item() for r in ("mean", "sum"))
    assert total == pytest.approx(2 * mean, rel=1e-5)  # a batch of two


def test_vgg_sees_real_pixels_outside_the_hole() -> None:
    module, data = build(FiNetTexture), batch()
    features = torch.nn.Sequential(*(torch.nn.Conv2d(3 if i == 0 else 4, 4, 3) for i in range(5)))
    module.perceptual = PerceptualLoss(TappedLayers(features, (0, 1, 2, 3, 4)))
    image = torch.rand(2, 3, 64, 64)
    whole = composite(image, data["person"], data["visible"])
    expected = sum(module.perceptual(whole, data["person"]).values())
    assert module.appearance(image, data).item() == pytest.approx(float(expected), rel=1e-6)
    with pytest.raises(ConfigurationError, match="vgg_weights"):
        build(FiNetTexture, appearance_loss="vgg")


@pytest.mark.parametrize("kind", [FiNetShape, FiNetTexture])
def test_noise_comes_from_the_generator_alone(kind: type) -> None:
    module, data, results = build(kind), batch(), []
    for seed, state in ((3, 0), (3, 1), (4, 0)):
        torch.manual_seed(state)
        losses, _, _ = watched_step(copy.deepcopy(module), data, seed)
        results.append([loss.item() for loss in losses.values()])
    assert results[0] == results[1] != results[2]
