"""CVAE-GAN's training step, its presets, and its ablations."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from support.class_images import CLASSES, SIZE, TINY, class_images, classifier_checkpoint
from support.completion import noise, parts, watched_step
from support.gradients import reached, undescended

from lightning_modules.conditional_gan import CVAEGAN
from lightning_modules.recognition import load_classifier

ALARMS = {"active_units", "centre_distance"}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(classifier_checkpoint(tmp_path_factory.mktemp("classifier")))


def build(checkpoint: str | None, **changes: Any) -> CVAEGAN:
    torch.manual_seed(0)
    return CVAEGAN(**TINY, classifier_checkpoint=checkpoint, **changes)


def half_squared(a: torch.Tensor, b: torch.Tensor) -> float:
    return 0.5 * (a - b).square().sum().item() / len(a)


@pytest.mark.parametrize("preset", ["thesis", "iccv"])
def test_the_losses_by_hand(checkpoint: str, preset: Any) -> None:
    weights = {"xi_image": 2.0, "xi_1": 3.0, "xi_2": 5.0, "xi_3": 7.0}
    module, batch = build(checkpoint, preset=preset, **weights), class_images()
    before, labels, real = copy.deepcopy(module), torch.eye(CLASSES)[batch["label"]], batch["image"]
    classifier = load_classifier(checkpoint, CLASSES, SIZE)
    losses = undescended(module, batch, seed=5)
    with torch.no_grad():
        draws = noise(5)
        mu, log_variance = before.encoder(real, labels)
        codes = [mu + (log_variance / 2).exp() * torch.randn(8, 6, generator=draws), torch.randn(8, 6, generator=draws)]
        made = [before.generator(z, labels) for z in codes[: 2 if preset == "iccv" else 1]]
        judged = [before.discriminator(torch.cat([real, x])) for x in made]
        chances = [logits.sigmoid().chunk(2) for logits, _ in judged]
        expected = {
            "L_D": -chances[0][0].log().mean().item() - sum((1 - fake).log().mean().item() for _, fake in chances),
            "L_G_img": half_squared(real, made[0]),
            "L_G_D": half_squared(*judged[0][1].chunk(2)),
            "L_G_C": half_squared(classifier.features(real), classifier.features(made[0])),
            "L_KL": 0.5 * (mu.square() + log_variance.exp() - log_variance - 1).sum().item() / 8,
        }
        expected["L_G"] = 2 * expected["L_G_img"] + 3 * expected["L_G_D"] + 5 * expected["L_G_C"]
        if preset == "iccv":
            wanted, found = (features.mean(0) for features in judged[1][1].chunk(2))
            expected["L_GD"] = 0.5 * (wanted - found).square().sum().item()
            seen = [classifier.features(x).unflatten(0, (2, 4)).mean(0) for x in (real, made[1])]
            expected["L_GC"] = 0.5 * (seen[0] - seen[1]).square().sum().item()
    assert set(losses) - ALARMS == set(expected)
    for name, value in expected.items():
        assert losses[name].item() == pytest.approx(value, rel=1e-3), name


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        ({}, {}),
        ({"preset": "iccv"}, {"L_GD": 1e-3, "L_GC": 1e-3}),
        ({"preset": "iccv", "prior_weight_d": 0.5, "prior_weight_c": 0.25}, {"L_GD": 0.5, "L_GC": 0.25}),
    ],
)
def test_what_the_generating_side_minimises(
    checkpoint: str, arguments: dict[str, Any], extra: dict[str, float]
) -> None:
    """The thesis's weights: 3 for the divergence and 1 for the rest; the preset adds its two terms and nothing else."""
    module, totals = build(checkpoint, **arguments), []
    undescended(module, class_images())
    module.descend = lambda optimizer, loss: totals.append(loss.item())  # type: ignore[method-assign]
    losses = module.step(class_images(), noise())
    weights = {"L_G_img": 1.0, "L_G_D": 1.0, "L_G_C": 1.0, "L_KL": 3.0, **extra}
    assert totals[0] == losses["L_D"].item()
    if extra:  # beside the others, terms of a thousandth hardly show in the total
        assert (module.prior_weight_d, module.prior_weight_c) == (extra["L_GD"], extra["L_GC"])
    assert totals[1] == pytest.approx(sum(weight * losses[name].item() for name, weight in weights.items()), rel=1e-5)


BOTH = {"encoder", "generator"}
TERMS = {"L_G_img": BOTH, "L_G_D": BOTH, "L_G_C": BOTH}
THESIS = {**TERMS, "L_G": BOTH, "L_KL": {"encoder"}, "L_D": {"discriminator"}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, THESIS), ({"freeze_classifier": False}, {**THESIS, "L_C": {"classifier"}}),
     ({"preset": "iccv"}, {**THESIS, "L_GD": {"generator"}, "L_GC": {"generator"}}),
     ({"feature": "all", "classifier_features": ("conv1", "fc")}, THESIS)],
    ids=lambda value: ",".join(value),
)  # fmt: skip
def test_what_each_loss_reaches(checkpoint: str, changes: dict[str, Any], expected: dict[str, set[str]]) -> None:
    assert reached(build(checkpoint, **changes), class_images()) == expected


@pytest.mark.parametrize(("weight", "term"), [("xi_image", "L_G_img"), ("xi_1", "L_G_D"), ("xi_2", "L_G_C")])
@pytest.mark.parametrize("preset", ["thesis", "iccv"])
def test_an_ablation_drops_exactly_one_term(checkpoint: str, weight: str, term: str, preset: Any) -> None:
    whole = undescended(build(checkpoint, preset=preset), class_images())
    without = undescended(build(checkpoint, preset=preset, **{weight: 0.0}), class_images())
    assert set(whole) - set(without) == {term}
    for name in set(without) - {"L_G"}:
        assert torch.equal(without[name], whole[name]), name
    torch.testing.assert_close(without["L_G"], whole["L_G"] - whole[term], rtol=1e-4, atol=1e-3)


def test_each_step_moves_its_own_networks_only(checkpoint: str) -> None:
    module = build(None, freeze_classifier=False)
    _, steps, calls = watched_step(module, class_images())
    assert [parts(step.changed) for step in steps] == [{"classifier"}, {"discriminator"}, {"encoder", "generator"}]
    assert all(parameter.requires_grad for parameter in module.parameters())
    assert calls["generator"] == calls["encoder"] == 1 and calls["discriminator"] == 2
    _, steps, _ = watched_step(build(checkpoint, preset="iccv"), class_images())
    assert [parts(step.changed) for step in steps] == [{"discriminator"}, {"encoder", "generator"}]


def test_without_the_class_terms_no_classifier_is_needed() -> None:
    losses, _, _ = watched_step(build(None, xi_2=0.0), class_images())
    assert "L_G_C" not in losses
