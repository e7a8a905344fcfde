"""Inputs of the completion networks from a batch: one-hots, heat maps, holes, heads, garments, composites.

Source: fashion completion thesis, sections 3.1 and 3.2; shapes as in its input list. B samples of H x W pixels.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

#: Deviations from the paper: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.1, inputs",
        "values in the hole are zero",
        "zero of [-1, 1] in images, which is grey",
        "images are in [-1, 1] everywhere else",
    ),
    (
        "Section 3.1, inputs",
        "an 18-channel heat map of keypoints, citing COCO, which has 17",
        "OpenPose's 18, each a filled square of radius 5 at 256 px",
        "the printed counts need 18 channels; the shape of a keypoint's mark is not printed",
    ),
    (
        "Section 4.2.2, FID",
        "the compared images and their file format are not given",
        "the completed hole pasted into the real image, 8 bits, no JPEG, against the same test images",
        "the visible pixels are known, and a lossy file format would add differences of its own",
    ),
)

CLASSES = 8
HEAD = 1
KEYPOINTS = 18
#: Half side of a keypoint's square at 256 pixels; scaled with the resolution.
KEYPOINT_RADIUS = 5

SHAPE_CONDITION = 1 + KEYPOINTS + CLASSES
TEXTURE_CONDITION = 3 + CLASSES + 3
ONE_STAGE_CONDITION = 3 + KEYPOINTS + 3
#: Channels of `context`: four garment crops in colour.
CONTEXT = 4 * 3

Batch = dict[str, Any]


def one_hot(parsing: Tensor) -> Tensor:
    """Return a class map (B, H, W) int64 as (B, 8, H, W) float32 in {0, 1}."""
    return F.one_hot(parsing, CLASSES).movedim(-1, 1).to(torch.float32)


def pose_heatmaps(keypoints: Tensor, size: tuple[int, int]) -> Tensor:
    """Return one map per keypoint: 1 in a filled square around it, -1 elsewhere; -1 everywhere if it is missing.

    Args:
        keypoints: (B, K, 3) x and y in pixels, visibility {0, 1}.
        size: (H, W).

    Returns:
        (B, K, H, W) float32 in {-1, 1}.
    """
    height, width = size
    radius = max(1, round(KEYPOINT_RADIUS * height / 256))
    x, y, seen = keypoints.round().unbind(-1)
    columns = torch.arange(width, device=keypoints.device)
    rows = torch.arange(height, device=keypoints.device)
    across = (columns - x[..., None]).abs() <= radius
    down = (rows - y[..., None]).abs() <= radius
    square = down[..., :, None] & across[..., None, :] & (seen > 0)[..., None, None]
    return square.to(torch.float32) * 2 - 1


def mask_image(image: Tensor, visible: Tensor) -> Tensor:
    """Return the image with its hole set to 0, which is grey in [-1, 1]."""
    return image * visible


def mask_parsing(parsing: Tensor, visible: Tensor) -> Tensor:
    """Return (B, 8, H, W) float32 in {-1, 1}: the one-hot class map, -1 in every channel inside the hole."""
    return one_hot(parsing) * visible * 2 - 1


def head_mask(parsing: Tensor) -> Tensor:
    """Return (B, 1, H, W) float32 in {-1, 1}: 1 on head and hair."""
    return (parsing == HEAD)[:, None].to(torch.float32) * 2 - 1


def head_image(person: Tensor, parsing: Tensor) -> Tensor:
    """Return (B, 3, H, W) in [-1, 1]: the head, white elsewhere."""
    return torch.where((parsing == HEAD)[:, None], person, 1.0)


def context(batch: Batch) -> Tensor:
    """Return x_c (B, 12, H, W) in [-1, 1]: the four garment crops concatenated; the target's is blank."""
    return batch["garments"].flatten(1, 2)


def shape_condition(batch: Batch) -> Tensor:
    """Return the condition of stage 1 (B, 27, H, W): head mask, pose, class map with its hole."""
    parsing = batch["parsing"]
    pose = pose_heatmaps(batch["keypoints"], parsing.shape[-2:])
    return torch.cat([head_mask(parsing), pose, mask_parsing(parsing, batch["visible"])], 1)


def texture_condition(batch: Batch, parsing: Tensor) -> Tensor:
    """Return the condition of stage 2 (B, 14, H, W): head, whole class map `parsing` (B, H, W), image with its hole."""
    head = head_image(batch["person"], batch["parsing"])
    return torch.cat([head, one_hot(parsing), mask_image(batch["person"], batch["visible"])], 1)


def one_stage_condition(batch: Batch) -> Tensor:
    """Return the condition without a first stage (B, 24, H, W): head, pose, image with its hole."""
    head = head_image(batch["person"], batch["parsing"])
    pose = pose_heatmaps(batch["keypoints"], batch["parsing"].shape[-2:])
    return torch.cat([head, pose, mask_image(batch["person"], batch["visible"])], 1)


def composite(completed: Tensor, original: Tensor, visible: Tensor) -> Tensor:
    """Return `completed` inside the hole and `original`, exactly, outside it."""
    return torch.where(visible > 0, original, completed)
