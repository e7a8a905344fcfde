"""FM-CGAN's training step."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from support.class_images import CLASSES, SIZE, TINY, class_images, classifier_checkpoint
from support.completion import attach_optimizers, noise, parts, watched_step
from support.gradients import reached

from lightning_modules.conditional_gan import FMCGAN
from lightning_modules.recognition import load_classifier


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(classifier_checkpoint(tmp_path_factory.mktemp("classifier")))


def build(checkpoint: str | None, **changes: Any) -> FMCGAN:
    torch.manual_seed(0)
    return FMCGAN(**TINY, classifier_checkpoint=checkpoint, **changes)


def test_the_losses_by_hand(checkpoint: str) -> None:
    """At the first step, where every centre is the batch's mean; each of the four classes has two images."""
    module, batch = build(checkpoint, lambda_1=0.25, feature="fc_in"), class_images()
    before, labels = copy.deepcopy(module), torch.eye(CLASSES)[batch["label"]]
    classifier = load_classifier(checkpoint, CLASSES, SIZE)
    losses, _, _ = watched_step(module, batch, seed=5)
    with torch.no_grad():
        made = before.generator(torch.randn(8, 6, generator=noise(5)), labels)
        both = torch.cat([batch["image"], made])
        real, fake = before.discriminator(both)[0].sigmoid().chunk(2)
        wanted, found = (features.mean(0) for features in module.discriminator(both)[1].chunk(2))
        seen = [classifier.features(x).unflatten(0, (2, 4)).mean(0) for x in (batch["image"], made)]
    expected = {
        "L_D": -(real.log().mean() + (1 - fake).log().mean()).item(),
        "L_GD": 0.5 * (wanted - found).square().sum().item(),
        "L_GC": 0.5 * (seen[0] - seen[1]).square().sum(1).mean().item(),
        "centre_distance": ((wanted - found).norm() / wanted.norm()).item(),
    }
    expected["L_G"] = expected["L_GD"] + 0.25 * expected["L_GC"]
    assert set(losses) == set(expected)
    for name, value in expected.items():
        assert losses[name].item() == pytest.approx(value, rel=1e-3), name


def test_later_centres_are_moving_averages(checkpoint: str) -> None:
    module = build(checkpoint, discriminator_average=0.5)
    attach_optimizers(module)
    for seed in (0, 1):
        module.step(class_images(seed=seed), noise(seed))
    assert module.class_centres.generated.visits.tolist() == [2] * CLASSES
    classifier = load_classifier(checkpoint, CLASSES, SIZE)
    means = [classifier.features(class_images(seed=s)["image"]).unflatten(0, (2, 4)).mean(0) for s in (0, 1)]
    torch.testing.assert_close(module.class_centres.real.values, 0.9 * means[0] + 0.1 * means[1], rtol=1e-4, atol=1e-5)
    assert module.centres.real.rate == 0.5 and module.centres.real.visits.tolist() == [2]


FROZEN = {"L_D": {"discriminator"}, "L_GD": {"generator"}, "L_GC": {"generator"}, "L_G": {"generator"}}
ALONG = {**FROZEN, "L_C": {"classifier"}}
ADVERSARIAL = {("L_adv" if name == "L_GD" else name): networks for name, networks in FROZEN.items()}
WITHOUT_C = {name: networks for name, networks in FROZEN.items() if name != "L_GC"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, FROZEN), ({"freeze_classifier": False}, ALONG), ({"matching": "adversarial"}, ADVERSARIAL),
     ({"lambda_1": 0.0}, WITHOUT_C), ({"classifier_features": ("conv2", "fc"), "feature": "all"}, FROZEN)],
    ids=lambda value: ",".join(value),
)  # fmt: skip
def test_what_each_loss_reaches(checkpoint: str, changes: dict[str, Any], expected: dict[str, set[str]]) -> None:
    assert reached(build(checkpoint, **changes), class_images()) == expected


def test_each_step_moves_its_own_network_only(checkpoint: str) -> None:
    module = build(None, freeze_classifier=False)
    _, steps, calls = watched_step(module, class_images())
    assert [parts(step.changed) for step in steps] == [{"classifier"}, {"discriminator"}, {"generator"}]
    assert all(parameter.requires_grad for parameter in module.parameters())
    assert calls["generator"] == 1 and calls["discriminator"] == 2
    assert module.classifier is not None and module.classifier.training


def test_features_of_a_classifier_that_is_trained_along_are_with_running_statistics() -> None:
    """In training mode the batch's own statistics would tie each image's features to the others'."""
    module = build(None, freeze_classifier=False)
    watched_step(module, class_images())  # running statistics that differ from a new network's
    real, generated = class_images(8, seed=1)["image"], class_images(8, seed=2)["image"]
    found = module.class_features(real, generated)
    assert module.classifier is not None and module.classifier.training
    alone = copy.deepcopy(module.classifier).eval()
    for images, features in zip((real, generated), found, strict=True):
        expected = torch.cat([alone.features(image[None], ("fc",)) for image in images])
        torch.testing.assert_close(features, expected, atol=1e-5, rtol=1e-4)


def test_the_frozen_classifier_stays_as_it_was_and_out_of_checkpoints(checkpoint: str) -> None:
    module = build(checkpoint)
    module.setup("fit")
    before = copy.deepcopy(module.frozen_classifier().state_dict())
    module.train()
    watched_step(module, class_images())
    after = module.frozen_classifier()
    assert not after.training
    assert all(torch.equal(after.state_dict()[name], value) for name, value in before.items())
    assert not any("classifier" in name for name in module.state_dict())


def test_the_matched_features_are_of_one_batch_under_one_normalisation(checkpoint: str) -> None:
    """Brighter images than real ones must show in the mean features; normalised apart they hardly would."""
    module = build(checkpoint, feature="fc_in")
    real = class_images(32)["image"]

    def channels(*batches: torch.Tensor) -> torch.Tensor:
        """Mean of each channel, over images and positions."""
        return module.discriminator(torch.cat(batches))[1].unflatten(0, (-1, 32)).unflatten(2, (-1, 16)).mean((1, 3))

    together, apart = channels(real, real + 0.5), torch.cat([channels(real), channels(real + 0.5)])
    gap, hidden = ((means[0] - means[1]).norm().item() for means in (together, apart))
    assert hidden < 0.3 * gap
    passes = []
    module.discriminator.register_forward_hook(lambda *call: passes.append(len(call[1][0])))
    watched_step(module, class_images())
    assert passes == [16, 16]


def test_without_a_class_term_no_classifier_is_needed() -> None:
    losses, _, _ = watched_step(build(None, lambda_1=0.0), class_images())
    assert set(losses) == {"L_D", "L_GD", "L_G", "centre_distance"}


def test_a_classifier_trained_along_starts_from_its_checkpoint(checkpoint: str, tmp_path: Path) -> None:
    module = build(checkpoint, freeze_classifier=False)
    module.setup("fit")
    assert module.classifier is not None
    loaded = load_classifier(checkpoint, CLASSES, SIZE).network.state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in module.classifier.state_dict().items())
