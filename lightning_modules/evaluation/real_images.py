"""Real images by class, in one order that whoever compares with them, or hands them out, agrees on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar

from common.errors import ConfigurationError

Item = TypeVar("Item")


class LabelledImage(Protocol):
    """One of a data module's list."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> int: ...


class LabelledData(Protocol):
    """What is asked of a data module of classes.

    Attributes:
        class_names: in the order of the labels.
        images: all of them; the others hold positions in it.
        train: those that are trained on. All others are held out.
    """

    class_count: int
    class_names: Sequence[str]
    images: Sequence[LabelledImage]
    train: Sequence[int]

    def in_order(self, part: Sequence[int]) -> Iterable[dict[str, Any]]:
        """Batches of the images at these positions, as in testing."""


def labelled_data(data: Any) -> LabelledData:
    """The data module, where it has images of classes.

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
    """Positions of the images that nothing was trained on."""
    return set(range(len(data.images))) - set(data.train)


def in_class_order(data: LabelledData) -> list[list[int]]:
    """Each class's images: those trained on, then those held out, each part in an order that only names decide.

    Who takes images to compare with begins at the front, who hands out real ones in place of generated ones at the
    back: so they share none, unless a class has too few for both.
    """
    unseen = held_out(data)
    found: list[list[int]] = [[] for _ in range(data.class_count)]
    for position in sorted(range(len(data.images)), key=lambda i: (i in unseen, _digest(data.images[i].name))):
        found[data.images[position].label].append(position)
    return found


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """At most `count` of the items, in order and as evenly spread as can be."""
    count = min(count, len(items))
    return [items[place * len(items) // count] for place in range(count)]


def _digest(name: str) -> bytes:
    return hashlib.sha256(f"real picture {name}".encode()).digest()
