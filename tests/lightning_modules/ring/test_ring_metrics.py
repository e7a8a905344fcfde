from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from lightning_modules.ring.metrics import (
    Circle,
    aspect,
    energy_distance,
    on_ring,
    plane_scores,
    ring_coverage,
    sliced_wasserstein,
    wasserstein,
)

CIRCLE = Circle((100.0, 50.0), 10.0, 1.0)


def at_angles(degrees: Tensor, radius: Tensor | float = 10.0) -> Tensor:
    turn = torch.deg2rad(degrees.double())
    return torch.stack([turn.cos(), turn.sin()], -1) * radius + torch.tensor(CIRCLE.centre, dtype=torch.float64)


def cloud(count: int, seed: int, shift: float = 0.0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 2, generator=generator, dtype=torch.float64) + 100.0 + shift


def test_energy_distance_by_hand() -> None:
    x = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    y = torch.tensor([[0.0, 0.0]])
    # Between: (0 + 5) / 2. Within x: 2 * 5 / 4. Within y: 0.
    assert energy_distance(x, y) == pytest.approx(math.sqrt(2 * 2.5 - 2.5))


def test_energy_distance_on_a_line_is_scipys() -> None:
    x, y = cloud(150, 0), cloud(90, 1, shift=0.7)
    x[:, 1] = y[:, 1] = 3.0
    assert energy_distance(x, y) == pytest.approx(stats.energy_distance(x[:, 0], y[:, 0]), rel=1e-9)


def test_energy_distance_goes_through_all_chunks_and_far_points_lose_no_digits() -> None:
    x, y = cloud(2100, 2), cloud(1500, 3)  # chunks of 1024
    distances = [np.linalg.norm(a[:, None] - b[None], axis=2).mean() for a, b in ((x, y), (x, x), (y, y))]
    assert energy_distance(x, y) == pytest.approx(math.sqrt(2 * distances[0] - distances[1] - distances[2]), rel=1e-9)
    assert energy_distance(x + 1e6, x + 1e6) == 0.0
    near = torch.tensor([[1e6, 1e6], [1e6 + 1e-3, 1e6]], dtype=torch.float64)
    assert energy_distance(near[:1], near[1:]) == pytest.approx(math.sqrt(2e-3), rel=1e-6)


def test_sliced_wasserstein_of_shifted_points_is_the_mean_projection_of_the_shift() -> None:
    x = cloud(1000, 4)
    assert sliced_wasserstein(x, x + torch.tensor([3.0, 4.0])) == pytest.approx(5 * 2 / math.pi, rel=1e-3)
    assert sliced_wasserstein(x, x) == 0.0


def test_sliced_wasserstein_is_scipys_in_every_direction() -> None:
    x, y = cloud(1500, 5), cloud(800, 6, shift=0.5) * torch.tensor([1.0, 1.02])
    expected = []
    for angle in np.arange(64) * math.pi / 64:
        direction = np.array([math.cos(angle), math.sin(angle)])
        expected.append(stats.wasserstein_distance(x.numpy() @ direction, y.numpy() @ direction))
    assert sliced_wasserstein(x, y) == pytest.approx(np.mean(expected), rel=0.01)


def test_wasserstein_is_the_cheapest_of_all_assignments() -> None:
    x, y = cloud(6, 7), cloud(6, 8)
    orders = [y[list(order)] for order in itertools.permutations(range(6))]
    assert wasserstein(x, y) == pytest.approx(min((x - order).norm(dim=1).mean().item() for order in orders))
    assert wasserstein(x, x.flip(0) + torch.tensor([3.0, 4.0])) == pytest.approx(5.0)
    with pytest.raises(ValueError, match="equally many"):
        wasserstein(x, y[:5])


def test_coverage_counts_bins_with_a_fifth_of_their_fair_share() -> None:
    middles = torch.arange(36) * 10.0 + 5.0
    one_each = at_angles(middles)
    # 360 points: a fair share is 10, a fifth of it 2.
    enough = at_angles(torch.tensor([5.0, 5.0, 15.0, 15.0, 25.0] + [185.0] * 355))
    off = at_angles(middles, radius=13.1)
    sets = [one_each.repeat(10, 1), enough, off.repeat(10, 1), one_each[:1].repeat(360, 1)]
    assert ring_coverage(torch.stack(sets), CIRCLE).tolist() == pytest.approx([1.0, 3 / 36, 0.0, 1 / 36])


def test_a_point_is_on_the_ring_within_three_deviations() -> None:
    radii = torch.tensor([6.9, 7.1, 10.0, 12.9, 13.1]).view(5, 1)
    inside = on_ring(at_angles(torch.arange(5) * 70.0, radii)[None], CIRCLE)
    assert inside.tolist() == [[False, True, True, True, False]]


def test_aspect_of_an_ellipse_a_line_and_a_point() -> None:
    circle = at_angles(torch.arange(360))
    assert aspect(circle) == pytest.approx(1.0)
    rotation = torch.tensor([[0.6, 0.8], [-0.8, 0.6]], dtype=torch.float64)
    assert aspect((circle - 100) * torch.tensor([1.0, 0.25]) @ rotation) == pytest.approx(0.25)
    assert aspect(torch.arange(9.0).view(9, 1) * torch.tensor([1.0, 2.0]) + 100) == pytest.approx(0.0, abs=1e-6)
    assert aspect(torch.tensor([[100.1, 99.7]]).repeat(50, 1)) == 0.0


def test_all_scores_of_sets_at_once_and_a_diverged_one_spoils_only_itself() -> None:
    real = at_angles(torch.arange(0, 360, 3))
    diverged = real.clone()
    diverged[7] = math.nan
    scores = plane_scores(torch.stack([real, real + 30.0, diverged]).float(), real.float(), CIRCLE)
    assert scores["energy_distance"][:2] == pytest.approx([0.0, energy_distance(real + 30.0, real)], abs=1e-3)
    assert scores["sliced_wasserstein"][1] == pytest.approx(30 * math.sqrt(2) * 2 / math.pi, rel=1e-3)
    assert scores["on_ring"] == pytest.approx([1.0, 0.0, 119 / 120]) and scores["coverage"][:2] == [1.0, 0.0]
    assert all(math.isnan(scores[name][2]) for name in ("energy_distance", "sliced_wasserstein", "aspect"))
