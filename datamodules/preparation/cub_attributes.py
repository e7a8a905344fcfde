"""Attributes of the photographs of CUB-200-2011: attributes/image_attribute_labels.txt and their names.

    attributes/image_attribute_labels.txt   `1 1 0 3 27.708`: image, attribute, 1 if present, and more
    attributes.txt                          `1 has_bill_shape::curved_(up_or_down)`

The names lie beside the photographs' folder in the official archive; they may also lie in it or in attributes/.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.files import read_lines

LABELS, NAMES = "attributes/image_attribute_labels.txt", "attributes.txt"


def has_attributes(folder: Path) -> bool:
    """Return whether the folder with the lists has the optional attributes."""
    return (folder / LABELS).is_file()


def read_attributes(folder: Path, images: Sequence[int]) -> tuple[list[str], NDArray[np.int64]]:
    """Read the attributes' names and values (N, A) {0, 1}.

    Args:
        folder: the folder with the lists.
        images: the official numbers of N images.

    Raises:
        DataError: a list is broken, or does not have every attribute of every image; names file, line and fix.
    """
    path = folder / LABELS
    names = _names(folder)
    values = np.full((len(images), len(names)), -1, np.int64)
    places = {number: place for place, number in enumerate(images)}
    for number, line in enumerate(read_lines(path), start=1):
        try:
            image, attribute, present = (int(part) for part in line.split(None, 3)[:3])
            if not 1 <= attribute <= len(names) or present not in (0, 1):
                raise ValueError
        except ValueError as error:
            raise DataError(
                f"{path}: line {number} is not image, attribute 1 to {len(names)} and 0 or 1: {line.strip()!r}"
            ) from error
        if image in places:
            values[places[image], attribute - 1] = present
    missing = np.argwhere(values < 0)
    if len(missing):
        place, attribute = missing[0]
        raise DataError(f"{path}: does not say attribute {attribute + 1} of image {images[place]}; fetch it again")
    return names, values


def _names(folder: Path) -> list[str]:
    for path in (folder.parent / NAMES, folder / NAMES, folder / "attributes" / NAMES):
        if path.is_file():
            return [line.partition(" ")[2].strip() for line in read_lines(path) if line.strip()]
    raise DataError(f"{folder.parent / NAMES}: missing; it names the attributes of {LABELS}")
