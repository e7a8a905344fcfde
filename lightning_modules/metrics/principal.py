"""Principal components of latents: projection to a plane and its inverse (thesis, Figure 4.8)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightning_modules.metrics.checks import check_features


@dataclass(frozen=True)
class PrincipalPlane:
    """The principal directions of latents; everything in float64.

    Attributes:
        mean: (D,) of the latents.
        directions: (C, D) orthonormal rows, by falling variance; of each, the entry of the largest magnitude (the
            first of equal ones) is positive, so that every machine gives the same signs.
        deviations: (C,) standard deviation along each direction.
        explained: share of the whole variance, in [0, 1].
    """

    mean: Tensor
    directions: Tensor
    deviations: Tensor
    explained: float

    def project(self, latents: Tensor) -> Tensor:
        """Return the coordinates (N, C) of latents (N, D) in the plane, 0 at the mean."""
        return (latents.double() - self.mean) @ self.directions.T

    def restore(self, coordinates: Tensor) -> Tensor:
        """Return the latents (N, D) of points (N, C) of the plane, the inverse of `project` there."""
        return coordinates.double() @ self.directions + self.mean


def principal_plane(latents: Tensor, dimensions: int = 2) -> PrincipalPlane:
    """Compute the principal components of latents (N, D).

    Raises:
        ValueError: fewer samples than dimensions + 1, fewer columns than dimensions, latents that are all equal, NaN or
            infinite values.
    """
    check_features(latents, minimum=dimensions + 1)
    if latents.shape[1] < dimensions:
        raise ValueError(f"{latents.shape[1]} columns have no {dimensions} directions")
    values = latents.double()
    mean = values.mean(0)
    _, scales, rows = torch.linalg.svd(values - mean, full_matrices=False)
    if scales[0] <= 1e-12 * max(1.0, float(values.abs().max())):
        raise ValueError("the latents are all equal")
    directions = rows[:dimensions]
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    variances = scales.square() / (len(values) - 1)
    return PrincipalPlane(
        mean=mean,
        directions=directions * largest.sign(),
        deviations=variances[:dimensions].sqrt(),
        explained=float(variances[:dimensions].sum() / variances.sum()),
    )
