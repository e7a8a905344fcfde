"""CVAE, CGAN, FM-CGAN and CVAE-GAN: who learns from which loss, their losses by hand, learning, saving, resuming."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support.class_pictures import CLASSES, TINY, class_pictures, classifier_checkpoint
from support.completion import attach_optimizers, noise, parts, trainer, watched_step
from torch.nn import functional as F
from torch.utils.data import DataLoader

from lightning_modules.callbacks.checkpointing import EVALUATED, RESUME, Checkpoints
from lightning_modules.callbacks.history import HISTORY, History
from lightning_modules.conditional_gan import CGAN, CVAE, CVAEGAN, FMCGAN
from lightning_modules.errors import ConfigurationError
from lightning_modules.weights import weights_digest

BATCH = class_pictures(8)
MODELS = (CVAE, CGAN, FMCGAN, CVAEGAN)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(classifier_checkpoint(tmp_path_factory.mktemp("classifier")))


def made(class_: type, classifier: str, **changes: Any) -> Any:
    needs = {"classifier_checkpoint": classifier} if class_ in (FMCGAN, CVAEGAN) else {}
    torch.manual_seed(0)
    return class_(**{**TINY, **needs, **changes})


@pytest.mark.parametrize(
    ("class_", "changes", "moved"),
    [
        (CVAE, {}, [{"generator", "encoder"}]),
        (CGAN, {}, [{"discriminator"}, {"generator"}]),
        (FMCGAN, {}, [{"discriminator"}, {"generator"}]),
        (FMCGAN, {"freeze_classifier": False}, [{"classifier"}, {"discriminator"}, {"generator"}]),
        (CVAEGAN, {}, [{"discriminator"}, {"generator", "encoder"}]),
        (CVAEGAN, {"preset": "iccv"}, [{"discriminator"}, {"generator", "encoder"}]),
        (CVAEGAN, {"freeze_classifier": False}, [{"classifier"}, {"discriminator"}, {"generator", "encoder"}]),
    ],
)
def test_each_optimiser_moves_its_networks(class_: type, changes: Any, moved: list[set[str]], classifier: str) -> None:
    module = made(class_, classifier, **changes)
    losses, steps, _ = watched_step(module, BATCH)
    changed = [parts(step.changed) for step in steps if step.changed]
    assert sorted(map(sorted, changed)) == sorted(map(sorted, moved))
    assert all(torch.isfinite(loss).all() for loss in losses.values())


def test_generator_of_fm_cgan_hears_nothing_of_log_d(classifier: str) -> None:
    """Its gradient is that of the centres alone: where they agree, it has none."""
    module = made(FMCGAN, classifier, lambda_1=0.0)
    optimizers = attach_optimizers(module)
    module.sample = lambda labels, z: BATCH["image"] + 0 * module.generator(z, module.class_vectors(labels))
    losses = module.step(BATCH, noise())
    assert losses["L_GD"].item() == pytest.approx(0, abs=1e-9)
    assert len(optimizers) == 2
    gradients = [p.grad.abs().max().item() for p in module.generator.parameters() if p.grad is not None]
    assert max(gradients) == 0


def test_fm_cgan_losses_by_hand(classifier: str) -> None:
    module = made(FMCGAN, classifier, lambda_1=2.0)
    attach_optimizers(module)
    with torch.no_grad():
        fake = module.sample(BATCH["label"], module.latents(BATCH, noise()))
        logits, _ = module.discriminator(torch.cat([BATCH["image"], fake]))
        wanted = F.softplus(-logits[:8]).mean() + F.softplus(logits[8:]).mean()
        real_c, fake_c = (module.frozen_classifier().network.features(x, ("fc",)) for x in (BATCH["image"], fake))
        by_class = [(real_c[BATCH["label"] == k].mean(0) - fake_c[BATCH["label"] == k].mean(0)) for k in range(CLASSES)]
    torch.manual_seed(0)
    fresh = made(FMCGAN, classifier, lambda_1=2.0)
    attach_optimizers(fresh)
    losses = fresh.step(BATCH, noise())
    assert losses["L_D"].item() == pytest.approx(wanted.item(), rel=1e-4)
    class_loss = sum(0.5 * d.square().sum().item() for d in by_class) / CLASSES
    assert losses["L_GC"].item() == pytest.approx(class_loss, rel=1e-3)
    assert losses["L_G"].item() == pytest.approx(losses["L_GD"].item() + 2 * losses["L_GC"].item(), rel=1e-5)


def test_cvae_losses_by_hand() -> None:
    module = made(CVAE, "", kl_weight=3.0)
    attach_optimizers(module)
    labels = module.class_vectors(BATCH["label"])
    with torch.no_grad():
        mu, log_variance = module.encoder(BATCH["image"], labels)
    kl = 0.5 * (mu**2 + log_variance.exp() - log_variance - 1).sum(1).mean()
    fresh = made(CVAE, "", kl_weight=3.0)
    attach_optimizers(fresh)
    losses = fresh.step(BATCH, noise())
    assert losses["L_KL"].item() == pytest.approx(kl.item(), rel=1e-4, abs=1e-6)
    assert losses["L"].item() == pytest.approx(losses["L_img"].item() + 3 * losses["L_KL"].item(), rel=1e-6)
    assert losses["L_img"].item() > 20  # a sum over 768 numbers, not their mean


def test_cgan_losses(classifier: str) -> None:
    literal, usual = made(CGAN, "", saturating=True), made(CGAN, "")
    for module in (literal, usual):
        attach_optimizers(module)
    first, second = literal.step(BATCH, noise()), usual.step(BATCH, noise())
    assert first["L_D"].item() == pytest.approx(second["L_D"].item(), rel=1e-5)
    assert first["L_G"].item() < 0 < second["L_G"].item()  # log(1 - D) and -log D


@pytest.mark.parametrize(("weight", "term"), [("xi_image", "L_G_img"), ("xi_1", "L_G_D"), ("xi_2", "L_G_C")])
def test_an_ablation_drops_one_term(weight: str, term: str, classifier: str) -> None:
    terms = {"L_G_img", "L_G_D", "L_G_C"}
    for changes, wanted in (({}, terms), ({weight: 0.0}, terms - {term})):
        module = made(CVAEGAN, classifier, **changes)
        attach_optimizers(module)
        losses = module.step(BATCH, noise())
        assert terms & losses.keys() == wanted
        total = sum(losses[name].item() for name in wanted)
        assert losses["L_G"].item() == pytest.approx(total, rel=1e-5)


def test_the_conference_preset_adds_samples_of_the_prior(classifier: str) -> None:
    module = made(CVAEGAN, classifier, preset="iccv")
    attach_optimizers(module)
    losses = module.step(BATCH, noise())
    assert {"L_GD", "L_GC"} <= losses.keys()
    assert not {"L_GD", "L_GC"} & made_losses(CVAEGAN, classifier)


def made_losses(class_: type, classifier: str) -> set[str]:
    module = made(class_, classifier)
    attach_optimizers(module)
    return set(module.step(BATCH, noise()))


@pytest.mark.parametrize("class_", MODELS)
def test_generates_what_was_asked_for(class_: type, classifier: str) -> None:
    module = made(class_, classifier).eval()
    with torch.no_grad():
        first, again = module.generate(BATCH), module.generate(BATCH)
        other = module.generate(BATCH, noise(3))
        mixed = module.sample(torch.full((8, CLASSES), 1 / CLASSES), module.latents(BATCH))
        preview = module.preview(BATCH)
    assert first.shape == (8, 3, 16, 16) and first.abs().max() <= 1
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert mixed.shape == first.shape and not torch.equal(mixed, first)
    assert ("reconstruction" in preview) == (class_ in (CVAE, CVAEGAN))


@pytest.mark.slow
def test_cvae_learns() -> None:
    module = made(CVAE, "", width=8, learning_rate=2e-3)
    attach_optimizers(module)
    first = module.step(BATCH, noise(0))["L_img"].item()
    for i in range(1, 100):
        last = module.step(BATCH, noise(i))["L_img"].item()
    assert last < first / 4


@pytest.mark.slow
def test_fm_cgan_learns_the_classes_colours(tmp_path: Path) -> None:
    path = classifier_checkpoint(tmp_path, iterations=40, learning_rate=2e-3, width=8)
    module = made(FMCGAN, str(path), width=8, learning_rate=1e-3, classifier_features=("conv2", "fc"))
    attach_optimizers(module)
    batches = [class_pictures(16, seed=i) for i in range(4)]
    losses = [module.step(batches[i % 4], noise(i))["L_GC"].item() for i in range(120)]
    assert sum(losses[-10:]) < sum(losses[:10]) / 2


@pytest.mark.parametrize("class_", MODELS)
def test_a_resumed_training_ends_like_another(class_: type, classifier: str, tmp_path: Path) -> None:
    def train(run: Path, iterations: int) -> Any:
        module = made(class_, classifier, max_iterations=iterations)
        batches = [class_pictures(8, seed=i) for i in range(4)]
        path = run / RESUME
        fitting = trainer(run, History(every=1), Checkpoints(every=2))
        given = module_iteration(path)
        fitting.fit(module, DataLoader(batches[given:], batch_size=None), ckpt_path=path if given else None)
        return module

    whole = train(tmp_path / "whole", 4)
    train(tmp_path / "parts", 2)
    rest = train(tmp_path / "parts", 4)
    assert weights_digest(whole) == weights_digest(rest)
    assert (tmp_path / "whole" / HISTORY).read_text() == (tmp_path / "parts" / HISTORY).read_text()
    loaded = made(class_, classifier)
    saved = torch.load(tmp_path / "whole" / EVALUATED["last"], weights_only=True)["state_dict"]
    loaded.load_state_dict(saved)
    assert weights_digest(loaded) == weights_digest(whole)
    assert not any(name.startswith("_frozen") for name in saved)


def module_iteration(path: Path) -> int:
    return torch.load(path, weights_only=True)["iteration"] if path.exists() else 0


@pytest.mark.parametrize("class_", [FMCGAN, CVAEGAN])
def test_a_missing_or_wrong_classifier_is_one_line(class_: type, classifier: str) -> None:
    module = made(class_, classifier, classifier_checkpoint=None)
    attach_optimizers(module)
    with pytest.raises(ConfigurationError, match=r"classifier_checkpoint is not set"):
        module.step(BATCH, noise())
    other = made(class_, classifier, classes=CLASSES + 1)
    attach_optimizers(other)
    with pytest.raises(ConfigurationError, match=r"classifier_checkpoint"):
        other.step(BATCH, noise())
