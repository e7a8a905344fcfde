"""Data modules of classes, as models and evaluators use them, and one order of their images within each class."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

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

    The reference is taken from the front, real images in place of generated ones from the back; see `disjoint_halves`.
    """
    unseen = held_out(data)
    found: list[list[int]] = [[] for _ in range(data.class_count)]
    for position in sorted(range(len(data.images)), key=lambda i: (i in unseen, _digest(data.images[i].name))):
        found[data.images[position].label].append(position)
    return found


class Halves(NamedTuple):
    """Positions of real images by class, two sets without a common image.

    Attributes:
        reference: what the images of every row are compared with, training images first.
        row: what takes the place of generated images in the row of real images, held-out images first.
    """

    reference: list[list[int]]
    row: list[list[int]]


def disjoint_halves(data: LabelledData, per_class: int) -> Halves:
    """Return `per_class` images of each class for the reference and as many others for the row of real images.

    A class of fewer than 2 x `per_class` images gives half of them to either; the odd one is in neither.
    """
    order = in_class_order(data)
    sizes = [min(per_class, len(positions) // 2) for positions in order]
    pairs = [*zip(order, sizes, strict=True)]
    return Halves([of[:size] for of, size in pairs], [of[::-1][:size] for of, size in pairs])


def describe_reference(data: LabelledData, per_class: int) -> str:
    """Return how many real images of each class are compared with, for the protocol of a test."""
    sizes = [len(positions) for positions in disjoint_halves(data, per_class).reference]
    halved = sum(size < per_class for size in sizes)
    each = f"{min(sizes)}" if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes)}"
    text = f"{each} real images of each class, none of which is in the row of real images"
    why = f"; half of their images for {halved} of {len(sizes)} classes with fewer than 2 x {per_class}"
    return text + (why if halved else "")


def _digest(name: str) -> bytes:
    return hashlib.sha256(f"real picture {name}".encode()).digest()
