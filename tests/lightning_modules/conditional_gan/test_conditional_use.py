"""How class-conditional models are used once they are trained: samples, reconstructions, previews."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from support.class_images import CLASSES, TINY, class_images
from support.completion import noise, rows

from lightning_modules.conditional_gan import CGAN, CVAE, CVAEGAN, FMCGAN

KINDS = [CVAE, CGAN, FMCGAN, CVAEGAN]
AUTOENCODERS = [CVAE, CVAEGAN]


def build(kind: type, **changes: Any) -> Any:
    torch.manual_seed(0)
    return kind(**{**TINY, **changes}).eval()


@pytest.mark.parametrize("kind", KINDS)
def test_images_of_classes(kind: type) -> None:
    module, batch = build(kind), class_images()
    latents = torch.randn(8, 6)
    images = module.sample(batch["label"], latents)
    assert images.shape == batch["image"].shape and images.abs().max() <= 1
    assert torch.equal(images, module.sample(torch.eye(CLASSES)[batch["label"]], latents))
    assert not torch.equal(images, module.sample(batch["label"].roll(1), latents))
    assert not torch.equal(images, module.sample(batch["label"], -latents))
    mixed = module.sample(torch.tensor([[0.5, 0.5, 0.0, 0.0]]), latents[:1])
    assert mixed.shape == (1, 3, 16, 16)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_comes_from_the_generator_or_from_the_image(kind: type) -> None:
    module, batch = build(kind), class_images()
    with torch.no_grad():
        together = module.generate(batch)
        torch.testing.assert_close(together[2:4], module.generate(rows(batch, [2, 3])), atol=1e-5, rtol=1e-5)
        drawn = [module.generate(batch, noise(seed)) for seed in (1, 1, 2)]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    expected = torch.randn(8, 6, generator=noise(1))
    torch.testing.assert_close(drawn[0], module.sample(batch["label"], expected).detach())


def test_every_model_draws_the_same_latents_for_an_image() -> None:
    batch = class_images()
    latents = [build(kind).latents(batch) for kind in KINDS]
    assert all(torch.equal(latents[0], other) for other in latents)
    assert not torch.equal(latents[0], build(CVAE).latents(batch, key="another"))


@pytest.mark.parametrize("kind", AUTOENCODERS)
def test_reconstructions_use_the_mean_of_the_code(kind: type) -> None:
    module, batch = build(kind), class_images()
    mu, _ = module.encoder(batch["image"], torch.eye(CLASSES)[batch["label"]])
    assert torch.equal(module.encode(batch["image"], batch["label"]), mu)
    expected = module.sample(batch["label"], mu)
    assert torch.equal(module.reconstruct(batch["image"], batch["label"]), expected)
    assert torch.equal(module.preview(batch)["reconstruction"], expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_shows_the_image_and_several_of_its_class(kind: type) -> None:
    module, batch = build(kind), class_images()
    with torch.no_grad():
        shown, again = module.preview(batch), module.preview(batch)
    titles = ["real", *(["reconstruction"] if kind in AUTOENCODERS else []), "sample 1", "sample 2", "sample 3"]
    assert list(shown) == titles
    assert all(torch.equal(shown[title], again[title]) for title in titles)
    assert torch.equal(shown["real"], batch["image"])
    assert not torch.equal(shown["sample 1"], shown["sample 2"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_optimisers_are_the_thesiss(kind: type) -> None:
    configured = build(kind).configure_optimizers()
    for optimizer in configured if isinstance(configured, list) else [configured]:
        (group,) = optimizer.param_groups
        assert (group["lr"], tuple(group["betas"])) == (2e-4, (0.5, 0.999))
