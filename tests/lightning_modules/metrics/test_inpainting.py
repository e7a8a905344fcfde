from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lightning_modules.metrics.inpainting import hole_scores, mean_fill
from lightning_modules.metrics.paired import PSNR_CAP, psnr, ssim


def images(seed: int, count: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, 30, 40), generator=generator, dtype=torch.uint8)


def holes() -> Tensor:
    hole = torch.zeros(2, 1, 30, 40)
    hole[0, 0, 5:20, 8:20] = 1
    hole[1, 0, 15:30, 0:25] = 1  # at a corner
    return hole


def test_scores_are_those_of_the_hole_cut_out() -> None:
    real, filled = images(0), images(1)
    scores = hole_scores(real, filled, holes())
    cuts = [(image[0, :, 5:20, 8:20][None], image[1, :, 15:30, 0:25][None]) for image in (real, filled)]
    for index, (true, made) in enumerate(zip(*cuts, strict=True)):
        assert scores["psnr_hole"][index] == psnr(true, made)[0]
        assert scores["ssim_hole"][index] == ssim(true, made)[0]


def test_what_lies_outside_the_hole_does_not_count() -> None:
    real = images(2)
    filled = torch.where(holes().bool(), real, images(3))
    scores = hole_scores(real, filled, holes())
    assert scores["psnr_hole"] == [PSNR_CAP] * 2 and scores["ssim_hole"] == pytest.approx([1.0, 1.0])


def test_mean_fill_by_hand() -> None:
    image = torch.zeros(1, 3, 12, 24, dtype=torch.uint8)
    image[0, 0, :, 12:] = 100  # the hole's own colour must not be known to the fill
    image[0, 1, :6, :12] = 43
    hole = torch.zeros(1, 1, 12, 24)
    hole[..., 12:] = 1
    filled = mean_fill(image[0], hole[0].bool())
    assert filled[:, 0, 20].tolist() == [0, 22, 0]  # 21.5 is rounded
    assert torch.equal(filled[:, :, :12], image[0, :, :, :12])
    error = (100**2 + 22**2) / 3
    scores = hole_scores(image, image, hole)
    assert scores["psnr_hole_mean_fill"] == pytest.approx([10 * math.log10(255**2 / error)])
    assert scores["ssim_hole_mean_fill"][0] < 1 == pytest.approx(scores["ssim_hole"][0])


def test_other_holes_are_refused() -> None:
    real, hole = images(4), holes()
    with pytest.raises(ValueError, match="belong together"):
        hole_scores(real, real, hole[:, :, :20])
    hole[0, 0, 6, 9] = 0
    with pytest.raises(ValueError, match="one rectangle"):
        hole_scores(real, real, hole)
    with pytest.raises(ValueError, match="one rectangle"):
        hole_scores(real, real, torch.zeros_like(hole))
    with pytest.raises(ValueError, match="nothing is visible"):
        hole_scores(real, real, torch.ones_like(hole))
    small = torch.zeros_like(hole)
    small[..., :10, :10] = 1
    with pytest.raises(ValueError, match="11 x 11"):
        hole_scores(real, real, small)
