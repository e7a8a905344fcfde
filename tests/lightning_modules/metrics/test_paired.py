from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor

from lightning_modules.metrics.paired import PSNR_CAP, psnr, ssim


def pairs(count: int = 4, height: int = 40, width: int = 28) -> tuple[Tensor, Tensor]:
    """Smooth images, and the same with more and more noise."""
    rng = np.random.RandomState(0)
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / (4 + i) + c) + np.cos(y / (3 + i) - c) for i in range(count) for c in range(3)]
    real = 127.5 + 60 * np.stack(waves).reshape(count, 3, height, width)
    noisy = real + rng.randn(*real.shape) * np.array([2, 10, 30, 80])[:count, None, None, None]
    return tuple(torch.from_numpy(a.clip(0, 255).round().astype(np.uint8)) for a in (real, noisy))  # type: ignore[return-value]


def test_ssim_is_skimages() -> None:
    real, noisy = pairs()
    expected = [
        structural_similarity(
            a.permute(1, 2, 0).numpy(),
            b.permute(1, 2, 0).numpy(),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=255,
            channel_axis=2,
        )
        for a, b in zip(real, noisy, strict=True)
    ]
    assert ssim(real, noisy) == pytest.approx(expected, abs=1e-9)
    assert expected == sorted(expected, reverse=True)  # the cases do differ


def test_ssim_of_an_image_with_itself_and_with_a_constant() -> None:
    real, _ = pairs(1)
    assert ssim(real, real) == pytest.approx([1.0], abs=1e-12)
    black, white = torch.zeros(1, 3, 16, 16, dtype=torch.uint8), torch.full((1, 3, 16, 16), 255, dtype=torch.uint8)
    assert ssim(white, white - 1) == pytest.approx([1.0], abs=1e-4)  # flat and bright is where rounding would show
    c1 = (0.01 * 255) ** 2
    assert ssim(black, white) == pytest.approx([c1 / (255**2 + c1)], abs=1e-9)


def test_psnr_by_hand() -> None:
    real = torch.full((2, 3, 4, 4), 100, dtype=torch.uint8)
    generated = real.clone()
    generated[0] += 5  # MSE 25
    generated[1, 0] += 3  # one channel of three: MSE 3
    assert psnr(real, generated) == pytest.approx([20 * math.log10(255 / 5), 10 * math.log10(255**2 / 3)])


def test_psnr_is_skimages() -> None:
    real, noisy = pairs()
    expected = [peak_signal_noise_ratio(a.numpy(), b.numpy()) for a, b in zip(real, noisy, strict=True)]
    assert psnr(real, noisy) == pytest.approx(expected)


def test_psnr_of_identical_images_is_the_cap() -> None:
    real, _ = pairs(1)
    assert psnr(real, real) == [PSNR_CAP]


def test_what_cannot_be_compared_is_refused() -> None:
    small = torch.zeros(1, 3, 10, 20, dtype=torch.uint8)
    with pytest.raises(ValueError, match="11 x 11"):
        ssim(small, small)
    with pytest.raises(ValueError, match="uint8"):
        psnr(small.float(), small.float())
    with pytest.raises(ValueError, match="equal shapes"):
        psnr(small, torch.zeros(1, 3, 10, 21, dtype=torch.uint8))
