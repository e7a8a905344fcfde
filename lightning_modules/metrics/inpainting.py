"""Quality of the filling of a rectangular hole, with the mean colour as baseline (thesis, Figure 4.10)."""

from __future__ import annotations

import torch
from torch import Tensor

from lightning_modules.metrics.paired import psnr, ssim


def hole_scores(real: Tensor, filled: Tensor, hole: Tensor) -> dict[str, list[float]]:
    """Return PSNR (dB) and SSIM inside the hole, of the filled images and of a fill with the visible mean colour.

    As in `paired`, on the crops of the hole: the visible part would only raise them.

    Args:
        real, filled: (B, 3, H, W) uint8.
        hole: (B, 1, H, W), 1 inside the hole and 0 elsewhere; in every image one rectangle of at least 11 x 11.

    Returns:
        `psnr_hole`, `ssim_hole`, `psnr_hole_mean_fill`, `ssim_hole_mean_fill`: B values each.

    Raises:
        ValueError: other shapes or types, or a hole that is not such a rectangle.
    """
    if filled.shape != real.shape or hole.shape != (len(real), 1, *real.shape[2:]):
        shapes = tuple(real.shape), tuple(filled.shape), tuple(hole.shape)
        raise ValueError(f"real, filled and hole do not belong together: {shapes}")
    scores: dict[str, list[float]] = {
        name: [] for name in ("psnr_hole", "ssim_hole", "psnr_hole_mean_fill", "ssim_hole_mean_fill")
    }
    for image, candidate, mask in zip(real, filled, hole.bool(), strict=True):
        for suffix, fill in (("", candidate), ("_mean_fill", mean_fill(image, mask))):
            cut = [_hole_crop(whole, mask)[None] for whole in (image, fill)]
            scores[f"psnr_hole{suffix}"] += psnr(*cut)
            scores[f"ssim_hole{suffix}"] += ssim(*cut)
    return scores


def mean_fill(image: Tensor, hole: Tensor) -> Tensor:
    """Return (3, H, W) uint8 with the hole (1, H, W) bool filled by the mean colour of the other pixels, rounded.

    Raises:
        ValueError: nothing is visible.
    """
    if hole.all():
        raise ValueError("nothing is visible around the hole")
    colour = image[:, ~hole[0]].double().mean(1).round().to(image.dtype)
    return torch.where(hole, colour.view(3, 1, 1), image)


def _hole_crop(image: Tensor, hole: Tensor) -> Tensor:
    """Return the part (3, h, w) of an image inside its hole."""
    rows, columns = hole[0].any(1).nonzero().flatten(), hole[0].any(0).nonzero().flatten()
    if not len(rows) or int(hole.sum()) != (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1):
        raise ValueError("the hole is not one rectangle")
    return image[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
