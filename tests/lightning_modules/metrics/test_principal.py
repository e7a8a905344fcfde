from __future__ import annotations

import math

import pytest
import torch

from lightning_modules.metrics.principal import principal_plane


def test_by_hand() -> None:
    # Along (3, -4, 0) / 5 from the mean: +-5; along z: +-1. The largest entry, -4, is made positive.
    mean = torch.tensor([1.0, 2.0, 3.0])
    offsets = torch.tensor([[3.0, -4.0, 0.0], [-3.0, 4.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    plane = principal_plane(mean + offsets)
    assert plane.mean.tolist() == [1.0, 2.0, 3.0]
    assert torch.allclose(plane.directions, torch.tensor([[-0.6, 0.8, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64))
    assert plane.deviations.tolist() == pytest.approx([math.sqrt(50 / 3), math.sqrt(2 / 3)])
    assert plane.explained == pytest.approx(1.0)
    coordinates = plane.project(mean + offsets)
    assert coordinates.flatten().tolist() == pytest.approx([-5.0, 0, 5.0, 0, 0, 1.0, 0, -1.0])
    assert torch.allclose(plane.restore(coordinates), (mean + offsets).double())


def test_directions_are_numpys_eigenvectors_whatever_the_sign_of_the_data() -> None:
    latents = torch.randn(60, 7, generator=torch.Generator().manual_seed(0)) * torch.arange(1.0, 8.0) + 5
    plane, mirrored = principal_plane(latents), principal_plane(-latents)
    values, vectors = torch.linalg.eigh(latents.double().T.cov())
    assert plane.deviations.square().tolist() == pytest.approx(values.flip(0)[:2].tolist())
    assert (plane.directions @ vectors).abs()[:, [6, 5]].diagonal().tolist() == pytest.approx([1.0, 1.0])
    assert plane.explained == pytest.approx(float(values[-2:].sum() / values.sum()))
    assert torch.allclose(plane.directions, mirrored.directions)
    assert (plane.directions.gather(1, plane.directions.abs().argmax(1, keepdim=True)) > 0).all()


def test_restoring_a_point_of_the_plane_and_projecting_it_is_the_point() -> None:
    plane = principal_plane(torch.randn(50, 6, generator=torch.Generator().manual_seed(1)))
    points = torch.tensor([[2.0, -1.0], [0.0, 0.0]])
    assert torch.allclose(plane.project(plane.restore(points)), points.double())
    assert torch.equal(plane.restore(points)[1], plane.mean)


def test_what_has_no_plane_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        principal_plane(torch.zeros(2, 5))
    with pytest.raises(ValueError, match="1 columns"):
        principal_plane(torch.randn(9, 1))
    with pytest.raises(ValueError, match="all equal"):
        principal_plane(torch.full((9, 4), 0.1))
    with pytest.raises(ValueError, match="NaN"):
        principal_plane(torch.full((9, 4), math.nan))
