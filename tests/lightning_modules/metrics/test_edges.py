"""Sharpness and the agreement of edges, against values computed by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightning_modules.metrics.edges import Edges


def image(*rows: list[int]) -> Tensor:
    """(1, 3, H, W) uint8, the same in every channel."""
    return torch.tensor(rows, dtype=torch.uint8).expand(1, 3, -1, -1)


#: Differences to the right: 10, 20 and 0, 0; downwards: 0, -10, -30.
REAL = image([0, 10, 30], [0, 0, 0])


def measured(real: Tensor, generated: Tensor) -> Edges:
    edges = Edges()
    edges.update(real, generated)
    return edges


def test_by_hand() -> None:
    # To the right: 5, 5 and 0, 0; downwards: 0, -5, -10.
    edges = measured(REAL, image([0, 5, 10], [0, 0, 0]))
    wanted, found = 100 + 400 + 100 + 900, 25 + 25 + 25 + 100
    assert edges.sharpness() == pytest.approx(found / wanted)
    assert edges.agreement() == pytest.approx((50 + 100 + 50 + 300) / (wanted * found) ** 0.5)


def test_the_image_itself_and_half_its_contrast() -> None:
    same, paler = measured(REAL, REAL), measured(REAL, REAL // 2 + 50)
    assert (same.sharpness(), same.agreement()) == (1.0, pytest.approx(1.0))
    assert paler.sharpness() == pytest.approx(0.25)
    assert paler.agreement() == pytest.approx(1.0)  # all edges are there
    assert measured(REAL, 255 - REAL).agreement() == pytest.approx(-1.0)


def test_blur_loses_sharpness_and_noise_loses_agreement() -> None:
    generator = torch.Generator().manual_seed(0)
    real = torch.zeros(4, 3, 32, 32, dtype=torch.uint8)
    for index, at in enumerate((6, 11, 17, 24)):
        real[index, :, :, at:] = 200
    wide = real.float()
    blurred = torch.nn.functional.avg_pool2d(torch.nn.functional.pad(wide, (1, 1, 1, 1), "replicate"), 3, 1)
    noise = torch.randint(0, 256, real.shape, generator=generator, dtype=torch.uint8)
    soft, wild = measured(real, blurred.to(torch.uint8)), measured(real, noise)
    assert soft.sharpness() < 0.5 < soft.agreement()
    assert wild.sharpness() > 1 and abs(wild.agreement()) < 0.1


def test_batches_make_no_difference() -> None:
    generator = torch.Generator().manual_seed(1)
    real, other = torch.randint(0, 256, (2, 5, 3, 8, 8), generator=generator, dtype=torch.uint8)
    apart = Edges()
    for index in range(5):
        apart.update(real[index : index + 1], other[index : index + 1])
    together = measured(real, other)
    assert (apart.sharpness(), apart.agreement()) == pytest.approx((together.sharpness(), together.agreement()))


def test_what_has_no_edges_has_no_value() -> None:
    flat = torch.zeros_like(REAL)
    assert measured(REAL, flat).sharpness() == 0.0
    with pytest.raises(ValueError, match="the generated images have no edges"):
        measured(REAL, flat).agreement()
    with pytest.raises(ValueError, match="the real images have no edges"):
        measured(flat, REAL).sharpness()
    with pytest.raises(ValueError, match="real images"):
        Edges().agreement()


def test_pairs_only() -> None:
    with pytest.raises(ValueError, match="pairs of uint8 images"):
        Edges().update(REAL, REAL[..., :2])
    with pytest.raises(ValueError, match="uint8"):
        Edges().update(REAL, REAL.float())
