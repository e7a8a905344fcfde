"""The losses of the ring experiment against values computed by hand."""

from __future__ import annotations

import math

import pytest
import torch

from lightning_modules.ring.members import (
    LEAKY_SLOPE,
    MEMBERS,
    MemberName,
    discriminator_loss,
    generator_loss,
    settings_of,
)

#: Logits whose sigmoid is 3/4, 1/2 and 1/5.
REAL = torch.tensor([[math.log(3), 0.0]])
FAKE = torch.tensor([[math.log(0.25), 0.0]])
REAL_FEATURES = torch.tensor([[1.0, 3.0], [0.0, 4.0]])  # centre (2, 2)
FEATURES = torch.tensor([[5.0, 5.0], [1.0, 5.0]])  # centre (5, 3)


@pytest.mark.parametrize("name", ["gan", "gan_nonsaturating", "fmgan"])
def test_discriminator_by_cross_entropy(name: MemberName) -> None:
    expected = -(math.log(3 / 4) + math.log(1 / 2)) / 2 - (math.log(4 / 5) + math.log(1 / 2)) / 2
    settings = settings_of([MEMBERS[name]], 0.01, 0.0)
    assert discriminator_loss(settings, REAL, FAKE).item() == pytest.approx(expected, rel=1e-6)


def test_critic() -> None:
    settings = settings_of([MEMBERS["wgan"]], 0.01, 0.0)
    expected = math.log(0.25) / 2 - math.log(3) / 2
    assert discriminator_loss(settings, REAL, FAKE).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gan", (math.log(4 / 5) + math.log(1 / 2)) / 2),
        ("gan_nonsaturating", -(math.log(1 / 5) + math.log(1 / 2)) / 2),
        ("wgan", -math.log(0.25) / 2),
        ("fmgan", 0.5 * (3**2 + 1**2)),
    ],
)
def test_generator(name: MemberName, expected: float) -> None:
    settings = settings_of([MEMBERS[name]], 0.01, 0.0)
    assert generator_loss(settings, REAL_FEATURES, FEATURES, FAKE).item() == pytest.approx(expected, rel=1e-6)


def test_settings() -> None:
    settings = settings_of([MEMBERS["gan"], MEMBERS["wgan_leaky"], MEMBERS["fmgan_leaky"]], 0.05, 0.1)
    assert settings.clip.tolist() == pytest.approx([math.inf, 0.05, math.inf])
    assert settings.negative_slope.tolist() == pytest.approx([0.1, LEAKY_SLOPE, LEAKY_SLOPE])
    assert settings.has("wasserstein").tolist() == [False, True, False]
