"""The ensemble against the reference implementation, on the same random numbers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightning_modules.ring.ensemble import Ensemble, Law, iteration_of_all, new_vectors
from lightning_modules.ring.members import MEMBERS, MemberName, settings_of
from lightning_modules.ring.networks.perceptron import flatten
from lightning_modules.ring.plain import PlainGAN

CLIP, RATE, SEED = 0.05, 1e-3, 3


def numbers(count: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    law = Law(torch.tensor(10.0), torch.tensor(2.0), torch.tensor(0.2))
    angle = torch.rand(count, 16, generator=generator) * (2 * torch.pi)
    points = law.points(angle, torch.randn(count, 16, generator=generator))
    return points, torch.randn(points.shape, generator=generator)


def train_ensemble(names: list[MemberName], count: int, compiled: bool = False) -> tuple[Tensor, Tensor, Tensor]:
    """Return generators and discriminators (M, P) after `count` iterations, and the last losses (M, 2)."""
    step = iteration_of_all(compiled)
    settings = settings_of([MEMBERS[name] for name in names], CLIP, 0.0)
    vectors = new_vectors(len(names), SEED)
    state = Ensemble.of_vectors(*vectors, *[torch.zeros_like(vector) for vector in vectors])
    points, latents = numbers(count)
    losses = torch.empty(0)
    with torch.no_grad():
        for index in range(count):
            state, losses = step(state, settings, points[index], latents[index], torch.tensor(RATE))
    return *state.vectors()[:2], losses


def train_one(name: MemberName, count: int) -> tuple[Tensor, Tensor, tuple[float, float]]:
    model = PlainGAN(MEMBERS[name], SEED, RATE, CLIP)
    points, latents = numbers(count)
    losses = (0.0, 0.0)
    for index in range(count):
        losses = model.iterate(points[index].T, latents[index].T)
    return flatten(model.generator), flatten(model.discriminator), losses


def without_last_bias(discriminator: Tensor) -> Tensor:
    """A critic's last bias has gradient 0 but for rounding, which RMSProp divides by itself; it changes nothing."""
    return discriminator[:-1]


def compare(count: int, compiled: bool, tolerance: float) -> None:
    names: list[MemberName] = list(MEMBERS)
    generators, discriminators, losses = train_ensemble(names, count, compiled)
    for index, name in enumerate(names):
        generator, discriminator, plain_losses = train_one(name, count)
        torch.testing.assert_close(generators[index], generator, rtol=0, atol=tolerance)
        torch.testing.assert_close(
            without_last_bias(discriminators[index]), without_last_bias(discriminator), rtol=0, atol=tolerance
        )
        assert losses[index].tolist() == pytest.approx(plain_losses, rel=1e-3, abs=1e-4), name


def test_agrees_with_the_reference() -> None:
    compare(12, compiled=False, tolerance=2e-5)


@pytest.mark.slow
def test_agrees_compiled() -> None:
    compare(60, compiled=True, tolerance=5e-4)


def test_all_members_start_from_the_seeds_weights() -> None:
    first, second = new_vectors(3, 1), new_vectors(3, 2)
    assert torch.equal(first[0][0], first[0][2]) and not torch.equal(first[0][0], second[0][0])
    assert torch.equal(first[1], new_vectors(3, 1)[1])


def test_members_are_independent() -> None:
    beside_one, *_ = train_ensemble(["fmgan", "wgan"], 5)
    beside_another, *_ = train_ensemble(["fmgan", "gan"], 5)
    assert torch.equal(beside_one[0], beside_another[0])
    assert not torch.allclose(beside_one[1], beside_another[1])


def test_only_critics_are_clipped() -> None:
    _, discriminators, _ = train_ensemble(["wgan", "fmgan", "gan"], 2)
    assert discriminators[0].abs().max() <= CLIP
    assert discriminators[1].abs().max() > CLIP and discriminators[2].abs().max() > CLIP


def test_a_law_places_points() -> None:
    law = Law(torch.tensor(100.0), torch.tensor(10.0), torch.tensor(2.0))
    points = law.points(torch.tensor([0.0, torch.pi / 2]), torch.tensor([0.0, 1.0]))
    torch.testing.assert_close(points, torch.tensor([[110.0, 100.0], [100.0, 112.0]]))
