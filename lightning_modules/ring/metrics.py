"""Scores of generated points in the plane against points of a ring (the ring experiment, which has no images)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

#: Angle bins of the coverage, share of the expected count from which a bin is covered, width of "on the ring".
BINS, FAIR_SHARE, ON_RING = 36, 0.2, 3.0

#: The names of the scores.
SCORES = ("energy_distance", "sliced_wasserstein", "coverage", "on_ring", "aspect")


@dataclass(frozen=True)
class Circle:
    """A ring: its centre, the radius of its line, and the standard deviation across it, in the points' unit."""

    centre: tuple[float, float]
    radius: float
    spread: float


def plane_scores(generated: Tensor, real: Tensor, circle: Circle) -> dict[str, list[float]]:
    """Return every score of M sets of generated points (M, N, 2) against real ones (R, 2): M values each.

    A set with a NaN or infinite point has NaN distances and aspect; such a point is in no bin and not on the ring.
    """
    made, reference = generated.double(), real.double()
    return {
        "energy_distance": [energy_distance(points, reference) for points in made],
        "sliced_wasserstein": [sliced_wasserstein(points, reference) for points in made],
        "coverage": ring_coverage(made, circle).tolist(),
        "on_ring": on_ring(made, circle).double().mean(1).tolist(),
        "aspect": [aspect(points) for points in made],
    }


def energy_distance(points: Tensor, reference: Tensor) -> float:
    """Return sqrt(2 E|X - Y| - E|X - X'| - E|Y - Y'|) of (N, 2) and (R, 2); 0 where the two are one set.

    Székely and Rizzo 2013; the means are over all pairs (the V-statistic), so it is never negative under the root.
    """
    between = _mean_distance(points, reference)
    within = _mean_distance(points, points) + _mean_distance(reference, reference)
    squared = 2 * between - within
    return 0.0 if squared < 0 else math.sqrt(squared)  # rounding; unlike max(0, .), a NaN stays one


def sliced_wasserstein(points: Tensor, reference: Tensor, directions: int = 64, quantiles: int = 512) -> float:
    """Mean over directions of the projections' 1-Wasserstein distance, by their quantiles; in the points' unit."""
    angle = torch.arange(directions, dtype=points.dtype) * (math.pi / directions)
    basis = torch.stack([angle.cos(), angle.sin()])
    at = (torch.arange(quantiles, dtype=points.dtype) + 0.5) / quantiles
    mine, theirs = (torch.quantile(cloud @ basis, at, dim=0) for cloud in (points, reference))
    return (mine - theirs).abs().mean().item()


def wasserstein(points: Tensor, reference: Tensor) -> float:
    """Exact 1-Wasserstein distance of equally many points (N, 2): the mean step of the cheapest one-to-one assignment.

    The time grows with N^3: well under a second for 1,000 points.

    Raises:
        ValueError: unequal counts, NaN or infinite points.
    """
    if points.shape != reference.shape:
        raise ValueError(f"needs equally many points, got {tuple(points.shape)} and {tuple(reference.shape)}")
    from scipy.optimize import linear_sum_assignment  # slow to import

    cost = _distances(points, reference).numpy()
    return float(cost[linear_sum_assignment(cost)].mean())


def on_ring(generated: Tensor, circle: Circle) -> Tensor:
    """Return (M, N) bool: within three standard deviations of the line. Their share is the score `on_ring`."""
    distance = _offset_from_centre(generated, circle).norm(dim=-1)
    return (distance - circle.radius).abs() < ON_RING * circle.spread


def ring_coverage(generated: Tensor, circle: Circle) -> Tensor:
    """Return (M,) the share of the 36 angle bins that hold at least 20 % of their expected number of points."""
    offset = _offset_from_centre(generated, circle)
    turn = torch.atan2(offset[..., 1], offset[..., 0]) / (2 * math.pi) + 0.5
    bins = (turn * BINS).long().clamp(0, BINS - 1)
    held = torch.zeros(len(generated), BINS, dtype=torch.float64)
    held.scatter_add_(1, bins, on_ring(generated, circle).double())
    return (held >= FAIR_SHARE * generated.shape[1] / BINS).double().mean(1)


def aspect(points: Tensor) -> float:
    """Return the smaller principal standard deviation of (N, 2) over the larger: 1 for a disc or ring, 0 for a line.

    0 for a single point too: a generator that gives one point has collapsed.
    """
    if not torch.isfinite(points).all():
        return math.nan
    deviations = torch.linalg.svdvals(points - points.mean(0))
    largest = deviations[0].item()
    return deviations[1].item() / largest if largest > 1e-9 * max(1.0, points.abs().max().item()) else 0.0


def _mean_distance(points: Tensor, others: Tensor, chunk: int = 1024) -> float:
    total = sum(_distances(part, others).sum().item() for part in points.split(chunk))
    return total / (len(points) * len(others))


def _distances(points: Tensor, others: Tensor) -> Tensor:
    """Pairwise distances, not by |x|^2 + |y|^2 - 2 x.y: far from the origin that loses those of near points."""
    return torch.cdist(points.double(), others.double(), compute_mode="donot_use_mm_for_euclid_dist")


def _offset_from_centre(points: Tensor, circle: Circle) -> Tensor:
    return points - torch.tensor(circle.centre, dtype=points.dtype)
