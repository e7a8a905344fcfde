"""A small Oxford 102 Flowers folder made by hand, from the set's own description: discs with known places."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import scipy.io
from numpy.typing import NDArray
from PIL import Image

COLOURS = ((220, 40, 60), (240, 200, 30), (250, 250, 250), (150, 60, 190))
SIZE = (60, 90)  # height, width of a photograph
PLACE, RADIUS = (30, 24), 15  # x, y of each disc


def flower(label: int, size: tuple[int, int] = SIZE) -> tuple[NDArray, NDArray]:
    """A photograph (H, W, 3) of a disc, and its segmentation: the disc and a speck on blue."""
    image = np.full((*size, 3), (60, 110, 50), np.uint8)
    mask = np.zeros(size, np.uint8)
    cv2.circle(mask, PLACE, RADIUS, 1, -1)
    image[mask == 1] = COLOURS[(label - 1) % len(COLOURS)]
    mask[50:54, 80:84] = 1  # what a segmentation takes for a flower beside the flower
    segmentation = np.where(mask[..., None] == 1, image, np.array((0, 0, 254), np.uint8))
    return image, segmentation.astype(np.uint8)


def write_flowers(root: Path, labels: list[int], parts: dict[str, list[int]] | None = None) -> Path:
    """One photograph a label, numbered from 1; of every four, two are for training, one each for the other parts."""
    for number, label in enumerate(labels, start=1):
        image, segmentation = flower(label)
        save(root / "jpg" / f"image_{number:05d}.jpg", image)
        save(root / "segmim" / f"segmim_{number:05d}.jpg", segmentation)
    write_mats(root, labels, parts or split(len(labels)))
    return root


def split(count: int) -> dict[str, list[int]]:
    numbers = range(1, count + 1)
    return {
        "trnid": [n for n in numbers if n % 4 in (1, 2)],
        "valid": [n for n in numbers if n % 4 == 3],
        "tstid": [n for n in numbers if n % 4 == 0],
    }


def write_mats(root: Path, labels: list[int], parts: dict[str, list[int]]) -> None:
    """The two lists, in the types that the set has them in."""
    scipy.io.savemat(root / "imagelabels.mat", {"labels": np.array([labels], np.uint8)})
    scipy.io.savemat(root / "setid.mat", {key: np.array([numbers], np.uint16) for key, numbers in parts.items()})


def save(path: Path, image: NDArray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, quality=92)
