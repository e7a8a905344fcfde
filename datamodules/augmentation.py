"""Augmentation by position: random changes of an image and of its maps and keypoints, decided by one seed.

The only module that imports albumentations. Its last MIT release, 2.0.8, is pinned: its successor is under the AGPL.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from common.errors import DataError

#: Largest value of each setting of `Augmentation`.
_LIMITS = {"flip": 1.0, "shift": 1.0, "scale": 0.9, "rotate": 180.0, "brightness": 1.0, "contrast": 1.0}


@dataclass(frozen=True)
class Augmentation:
    """Ranges of the random changes of a training image, each drawn uniformly and independently for every sample.

    Shift, scale and rotation are one affine map about the image's centre, bilinear, with the edge pixels repeated
    outside; the size stays. A random crop is a scale and a shift.

    Args:
        flip: probability of mirroring left and right.
        shift: largest shift along either axis, as a share of the side, truncated to whole pixels.
        scale: zoom between 1 - scale and 1 + scale, the same along both axes.
        rotate: largest rotation either way, in degrees.
        brightness: largest change of brightness either way, as a share of white.
        contrast: contrast is multiplied by between 1 - contrast and 1 + contrast.

    Raises:
        DataError: a value is out of its range, or all are 0.
    """

    flip: float = 0.0
    shift: float = 0.0
    scale: float = 0.0
    rotate: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, most = getattr(self, field.name), _LIMITS[field.name]
            if not 0 <= value <= most:
                raise DataError(f"data.init_args.augmentation.{field.name}: {value}; give 0 to {most:g}")
        if not any(asdict(self).values()):
            raise DataError("data.init_args.augmentation: changes nothing; set one of its values, or leave it out")

    @property
    def moves(self) -> bool:
        """True if it includes a geometric transform."""
        return bool(self.flip or self.shift or self.scale or self.rotate)


@dataclass(frozen=True)
class Targets:
    """An image with its maps and keypoints, which a geometric transform moves together.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        maps: masks and label maps, each (H, W), any type of number exact in float32; moved by nearest neighbour.
        keypoints: (K, 2) float32 x, y in pixels, pixel centres at whole numbers; None without.
        visible: (K,) bool; required with keypoints. A keypoint that leaves the image becomes invisible.
    """

    image: NDArray[np.uint8]
    maps: tuple[NDArray[Any], ...] = ()
    keypoints: NDArray[np.float32] | None = None
    visible: NDArray[np.bool_] | None = None


class Augmenter:
    """Applies an `Augmentation`; the result follows from targets and seed alone, whatever was augmented before.

    Args:
        settings: the changes.
        mirrored: permutation of the K keypoints under mirroring: place k takes the keypoint mirrored[k], so that the
            left wrist of a mirrored person is what was the right one. Required for keypoints where `flip` > 0.
    """

    def __init__(self, settings: Augmentation, mirrored: Sequence[int] | None = None) -> None:
        if mirrored is not None and sorted(mirrored) != list(range(len(mirrored))):
            raise ValueError(f"mirrored: {list(mirrored)} is no permutation of 0 to {len(mirrored) - 1}")
        self.settings, self.mirrored = settings, None if mirrored is None else list(mirrored)
        self._pipeline = _pipeline(settings)

    def __call__(self, targets: Targets, seed: int) -> Targets:
        """Return the augmented targets, with the shapes and types of the given ones.

        Raises:
            ValueError: a map is not of the image's size, or keypoints lack `visible` or the permutation they need.
        """
        self._check(targets)
        given: dict[str, Any] = {"image": targets.image}
        if targets.maps:
            given["masks"] = [np.asarray(found, np.float32) for found in targets.maps]  # cv2 moves no int64
        if targets.keypoints is not None and self.settings.moves:
            given["keypoints"] = targets.keypoints
        # One state for all transforms. Compose's own `seed` gives each a copy, which ties their draws to each other.
        self._pipeline.set_random_state(np.random.default_rng(seed), random.Random(seed))
        found = self._pipeline(**given)
        moved = Targets(
            np.ascontiguousarray(found["image"]),
            tuple(
                np.ascontiguousarray(new.astype(old.dtype))
                for new, old in zip(found.get("masks", ()), targets.maps, strict=True)
            ),
        )
        if targets.keypoints is None:
            return moved
        flipped = any(name == "HorizontalFlip" for name, _ in found["applied_transforms"])
        return self._with_keypoints(
            moved, targets, np.asarray(found.get("keypoints", targets.keypoints), np.float32), flipped
        )

    def _check(self, targets: Targets) -> None:
        size = targets.image.shape[:2]
        wrong = next((found.shape for found in targets.maps if found.shape != size), None)
        if wrong is not None:
            raise ValueError(f"a map of {wrong} does not lie on an image of {size}")
        if targets.keypoints is None:
            return
        count = len(targets.keypoints)
        if targets.visible is None or len(targets.visible) != count:
            raise ValueError(f"{count} keypoints need as many flags of visibility")
        if self.settings.flip and (self.mirrored is None or len(self.mirrored) != count):
            raise ValueError(f"{count} keypoints that may be mirrored need 'mirrored', their permutation")

    def _with_keypoints(
        self, moved: Targets, before: Targets, keypoints: NDArray[np.float32], flipped: bool
    ) -> Targets:
        assert before.visible is not None
        visible = before.visible
        if flipped:
            keypoints, visible = keypoints[self.mirrored], visible[self.mirrored]
        height, width = moved.image.shape[:2]
        inside = ((keypoints >= -0.5) & (keypoints < (width - 0.5, height - 0.5))).all(axis=1)
        return replace(moved, keypoints=keypoints, visible=visible & inside)


def _pipeline(settings: Augmentation) -> Any:
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # else its import asks the network for a newer release
    import albumentations as A  # here, because it takes seconds and few runs need it

    steps: list[Any] = []
    if settings.flip:
        steps.append(A.HorizontalFlip(p=settings.flip))
    if settings.shift or settings.scale or settings.rotate:
        steps.append(
            A.Affine(
                scale=(1 - settings.scale, 1 + settings.scale),
                keep_ratio=True,
                translate_percent=dict.fromkeys(("x", "y"), (-settings.shift, settings.shift)),
                rotate=(-settings.rotate, settings.rotate),
                interpolation=cv2.INTER_LINEAR,
                mask_interpolation=cv2.INTER_NEAREST,
                border_mode=cv2.BORDER_REPLICATE,  # a mirrored border would repeat what has a keypoint
                p=1,
            )
        )
    if settings.brightness or settings.contrast:
        limits = {"brightness_limit": settings.brightness, "contrast_limit": settings.contrast}
        steps.append(A.RandomBrightnessContrast(**limits, p=1))
    keypoints = A.KeypointParams("xy", remove_invisible=False) if settings.moves else None
    return A.Compose(steps, keypoint_params=keypoints, save_applied_params=True)
