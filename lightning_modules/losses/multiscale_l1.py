"""L1 distance of a coarse-to-fine list of images to one target."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional as F


def resize(image: Tensor, like: Tensor) -> Tensor:
    """Resize (B, C, H, W) bilinearly (corners aligned) to the height and width of `like`; itself if they agree."""
    size = like.shape[-2:]
    if image.shape[-2:] == size:
        return image
    return F.interpolate(image, size=size, mode="bilinear", align_corners=True)


def multiscale_l1(outputs: Sequence[Tensor], target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return the sum over scales of mean |M_s * output_s - M_s * target_s|, a scalar.

    outputs: images (B, C, h, w) at any sizes; target (B, C, H, W); mask (B, 1, H, W) in [0, 1], 1 where the distance
    counts (None: everywhere). Target and mask are resized to each output. The mean is over all
    positions, also those outside of the mask.
    """
    total = target.new_zeros(())
    for output in outputs:
        difference = (output - resize(target, output)).abs()
        if mask is not None:
            difference = difference * resize(mask, output)
        total = total + difference.mean()
    return total
