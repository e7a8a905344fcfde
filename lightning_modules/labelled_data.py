"""Data modules of classes, as models and evaluators use them, and one order of their images within each class."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from common.errors import ConfigurationError


class LabelledImage(Protocol):
    """An image of a data module's list."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> int: ...


class LabelledData(Protocol):
    """Interface of a data module of classes.

    Attributes:
        class_names: in the order of the labels.
        images: all of them; `train` and `in_order` take positions in this list.
        train: positions of the training images. All others are held out.
    """

    class_count: int
    class_names: Sequence[str]
    images: Sequence[LabelledImage]
    train: Sequence[int]

    def in_order(self, part: Sequence[int]) -> Iterable[dict[str, Any]]:
        """Return batches of the images at these positions, as in testing."""


def labelled_data(data: Any) -> LabelledData:
    """Return the data module if it has images of classes.

    Raises:
        ConfigurationError: it has none; one line.
    """
    needed = ("class_count", "class_names", "images", "train", "in_order")
    missing = [name for name in needed if not hasattr(data, name)]
    if missing:
        kind = type(data).__name__
        raise ConfigurationError(
            f"data: {kind} has no {missing[0]}; images of classes need a data module of classes, such as FaceScrub"
        )
    found: LabelledData = data
    return found


def held_out(data: LabelledData) -> set[int]:
    """Return the positions of the images that are not trained on."""
    return set(range(len(data.images))) - set(data.train)


def in_class_order(data: LabelledData) -> list[list[int]]:
    """Return each class's images: those trained on, then those held out, each part in an order that only names decide.

    Images for comparison are taken from the front, real images in place of generated ones from the back, so that both
    share none unless a class has too few.
    """
    unseen = held_out(data)
    found: list[list[int]] = [[] for _ in range(data.class_count)]
    for position in sorted(range(len(data.images)), key=lambda i: (i in unseen, _digest(data.images[i].name))):
        found[data.images[position].label].append(position)
    return found


def _digest(name: str) -> bytes:
    return hashlib.sha256(f"real picture {name}".encode()).digest()
