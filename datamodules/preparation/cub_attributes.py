"""What people said of each photograph of CUB-200-2011: attributes/image_attribute_labels.txt and their names.

    attributes/image_attribute_labels.txt   `1 1 0 3 27.708`: picture, attribute, whether it is there, and more
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
    """Whether the folder with the lists has them; they are optional."""
    return (folder / LABELS).is_file()


def read_attributes(folder: Path, pictures: Sequence[int]) -> tuple[list[str], NDArray[np.int64]]:
    """The attributes' names, and (N, A) of {0, 1}: whether a picture has each.

    Args:
        folder: the one with the lists.
        pictures: the official numbers of N pictures.

    Raises:
        DataError: a list is broken, or does not have every attribute of every picture; names file, line and mend.
    """
    path = folder / LABELS
    names = _names(folder)
    values = np.full((len(pictures), len(names)), -1, np.int64)
    places = {number: place for place, number in enumerate(pictures)}
    for number, line in enumerate(read_lines(path), start=1):
        try:
            picture, attribute, present = (int(part) for part in line.split(None, 3)[:3])
            if not 1 <= attribute <= len(names) or present not in (0, 1):
                raise ValueError
        except ValueError as error:
            raise DataError(
                f"{path}: line {number} is not picture, attribute 1 to {len(names)} and 0 or 1: {line.strip()!r}"
            ) from error
        if picture in places:
            values[places[picture], attribute - 1] = present
    missing = np.argwhere(values < 0)
    if len(missing):
        place, attribute = missing[0]
        raise DataError(f"{path}: does not say attribute {attribute + 1} of picture {pictures[place]}; fetch it again")
    return names, values


def _names(folder: Path) -> list[str]:
    for path in (folder.parent / NAMES, folder / NAMES, folder / "attributes" / NAMES):
        if path.is_file():
            return [line.partition(" ")[2].strip() for line in read_lines(path) if line.strip()]
    raise DataError(f"{folder.parent / NAMES}: missing; it names the attributes of {LABELS}")
