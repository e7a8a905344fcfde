"""Contact sheets of people beside their coloured parsing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.synthetic.people.person import Person

# One colour a CIHP label.
LABEL_COLOURS = np.array(
    [
        (245, 245, 245),
        (128, 62, 160),
        (92, 64, 51),
        (85, 85, 0),
        (40, 40, 60),
        (226, 88, 62),
        (196, 70, 140),
        (170, 50, 40),
        (120, 180, 170),
        (52, 98, 170),
        (238, 190, 150),
        (244, 200, 66),
        (40, 150, 150),
        (250, 214, 178),
        (214, 150, 110),
        (190, 125, 90),
        (226, 168, 128),
        (200, 140, 105),
        (70, 130, 70),
        (100, 165, 95),
    ],
    dtype=np.uint8,
)


def colour_parsing(parsing: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Label map (H, W) to RGB (H, W, 3)."""
    return LABEL_COLOURS[parsing]


def contact_sheet(root_or_people: Path | str | Sequence[Person], columns: int, rows: int) -> NDArray[np.uint8]:
    """RGB sheet (rows * H, columns * 2 W, 3): in each cell a person and the coloured parsing.

    Args:
        root_or_people: a data set's folder (its first images are shown) or drawn people.
        columns: cells across.
        rows: cells down; cells that nobody is left for stay white.
    """
    if isinstance(root_or_people, str | Path):
        pairs = _read(Path(root_or_people), columns * rows)
    else:
        pairs = [(person.image, person.parsing) for person in root_or_people[: columns * rows]]
    height, width = pairs[0][1].shape
    sheet = np.full((rows * height, columns * 2 * width, 3), 255, dtype=np.uint8)
    for i, (image, parsing) in enumerate(pairs):
        top, left = i // columns * height, i % columns * 2 * width
        sheet[top : top + height, left : left + 2 * width] = np.hstack([image, colour_parsing(parsing)])
    return sheet


def _read(root: Path, count: int) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    pairs = []
    for label_path in sorted((root / "Parsing").rglob("*.png"))[:count]:
        image_path = (root / "Img" / label_path.relative_to(root / "Parsing")).with_suffix(".jpg")
        image, labels = cv2.imread(str(image_path)), cv2.imread(str(label_path), cv2.IMREAD_UNCHANGED)
        if image is None or labels is None:
            raise DataError(f"{label_path} or {image_path} cannot be read: write the data set again")
        pairs.append((np.asarray(image[..., ::-1], dtype=np.uint8), np.asarray(labels, dtype=np.uint8)))
    return pairs
