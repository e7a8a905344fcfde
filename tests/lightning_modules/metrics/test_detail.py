"""Sharpness falls with blur and not with noise, and the noise level is the noise's: on edges made by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from lightning_modules.metrics.detail import Detail, sharpness

SIDES = (32, 64, 128)


def discs(side: int, count: int = 20) -> Tensor:
    """Five discs in front of a slope, in levels that noise seldom brings to the ends of 8 bits."""
    generator = torch.Generator().manual_seed(0)
    grid = torch.arange(side) + 0.5
    images = (100 + 40 * grid / side)[None, None, None].expand(count, 3, side, side)
    for _ in range(5):
        x, y = torch.rand(2, count, 1, 1, generator=generator) * side
        shade = 60 + 135 * torch.rand(count, 3, 1, 1, generator=generator)
        distance = ((grid[None, None, :] - x) ** 2 + (grid[None, :, None] - y) ** 2).sqrt()
        inside = (side / 6 - distance + 0.5).clamp(0, 1)[:, None]
        images = inside * shade + (1 - inside) * images
    return images.round().to(torch.uint8)


def blurred(images: Tensor, sigma: float) -> Tensor:
    return gaussian_blur(images.float(), [17, 17], [sigma, sigma]).round().to(torch.uint8)


def noisy(images: Tensor, deviation: float, grey: bool = False) -> Tensor:
    shape = (len(images), 1 if grey else 3, *images.shape[2:])
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    return (images.float() + deviation * noise).round().clamp(0, 255).to(torch.uint8)


def measured(images: Tensor) -> Detail:
    detail = Detail()
    detail.update(images)
    return detail


@pytest.mark.parametrize("side", SIDES)
def test_blur_lowers_sharpness_with_and_without_noise(side: int) -> None:
    real = measured(discs(side))
    for deviation in (0, 10, 20):
        values = [sharpness(measured(noisy(discs(side), deviation)), real)]
        values += [sharpness(measured(noisy(blurred(discs(side), s), deviation)), real) for s in (0.5, 1.0, 2.0)]
        assert all(sharper > softer + 0.03 for sharper, softer in pairwise(values))
        assert values == pytest.approx([1.0, 0.88, 0.62, 0.34], abs=0.06)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("grey", [False, True])
def test_white_noise_does_not_change_sharpness_and_is_measured(side: int, grey: bool) -> None:
    images = discs(side)
    for deviation in (5, 10, 20, 40):
        one = measured(noisy(images, deviation, grey))
        assert sharpness(one, measured(images)) == pytest.approx(1, abs=0.04 if deviation < 40 else 0.12)
        assert one.noise_level() == pytest.approx(deviation, rel=0.12)


def test_noise_alone_has_no_edges() -> None:
    noise = noisy(torch.full((100, 3, 32, 32), 128, dtype=torch.uint8), 30)
    assert abs(measured(noise).edge_energy()) < 0.002 * 2 * 30**2  # of the noise's own
    assert measured(noise).noise_level() == pytest.approx(30, rel=0.02)
    clean = measured(discs(32)).noise_level()
    assert clean < 1 and measured(blurred(discs(32), 2.0)).noise_level() < 1


def test_values_by_hand() -> None:
    ramp = (3 * torch.arange(20) + 40).to(torch.uint8).expand(2, 3, 12, 20)
    detail = measured(ramp)
    assert detail.edge_energy() == pytest.approx(3**2)  # the slope's square, and no noise
    assert detail.noise_level() == pytest.approx(0, abs=1e-9)
    both = measured(ramp.transpose(2, 3))
    both.update(torch.zeros_like(ramp).transpose(2, 3))
    assert both.edge_energy() == pytest.approx(4.5)  # mean over images
    # Alternate pixels of +-1: the median detail is that of the wavelet, twice the sum of alternating coefficients.
    board = torch.where((torch.arange(12)[:, None] + torch.arange(12)) % 2 == 0, 129, 127).to(torch.uint8)
    found = measured(board.expand(1, 3, 12, 12)).noise_level()
    assert found == pytest.approx(math.sqrt(2.0) ** 2 / 0.6744897501960817)


def test_batches_make_no_difference() -> None:
    apart = Detail()
    for part in discs(32, 6).split(4):
        apart.update(part)
    together = measured(discs(32, 6))
    assert apart.edge_energy() == pytest.approx(together.edge_energy())
    assert apart.noise_level() == pytest.approx(together.noise_level())


def test_what_cannot_be_measured_is_refused() -> None:
    flat = measured(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))
    assert sharpness(flat, measured(discs(32))) == 0.0
    with pytest.raises(ValueError, match="real images have no edges"):
        sharpness(measured(discs(32)), flat)
    with pytest.raises(ValueError, match="no images"):
        Detail().noise_level()
    for broken in (torch.zeros(1, 3, 7, 8, dtype=torch.uint8), torch.zeros(1, 3, 8, 8)):
        with pytest.raises(ValueError, match="uint8 images of 8 pixels"):
            Detail().update(broken)


def test_a_chessboard_is_not_sharp_and_shows_as_noise() -> None:
    """Its diagonal detail exceeds its edges; the ratio is 0 then, and not negative."""
    board = ((torch.arange(64)[:, None] + torch.arange(64)) % 2 * 40 - 20)[None, None]
    real, made = Detail(), Detail()
    real.update(discs(64))
    made.update((discs(64).int() + board).clamp(0, 255).to(torch.uint8))
    assert made.edge_energy() < 0 and sharpness(made, real) == 0.0
    assert made.noise_level() > 40
