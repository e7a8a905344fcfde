"""Choice of the images that applications show and measure: by names and positions alone, the same for every model."""

from __future__ import annotations

from common.spacing import evenly_spaced
from lightning_modules.evaluation.class_context import ClassContext, Label
from lightning_modules.labelled_data import in_class_order


def counts_per_class(count: int, classes: int) -> list[int]:
    """Return how many of `count` images each class gets: as equal as possible, single ones spread evenly over all."""
    extra = set(evenly_spaced(range(classes), count % classes)) if count % classes else set()
    return [count // classes + (label in extra) for label in range(classes)]


def unseen_first(context: ClassContext, label: Label | None = None) -> list[list[int]]:
    """Return positions by class, of the classes that have images or of one class; images held out of training first.

    Raises:
        ValueError: there is no such class, or it has no image.
    """
    found = [positions[::-1] for positions in in_class_order(context.data)]
    if label is not None:
        number = context.label_of(label)
        if not found[number]:
            raise ValueError(f"label: {label} has no image; choose another class")
        return [found[number]]
    return [positions for positions in found if positions]


def held_out_images(context: ClassContext, count: int, label: Label | None = None) -> list[int]:
    """Return positions of at most `count` held-out images, of as many classes as possible, or of one class.

    Raises:
        ValueError: no image is held out.
    """
    unseen = set(context.held_out)
    classes = [[i for i in positions if i in unseen] for positions in unseen_first(context, label)]
    rounds = [[positions[turn] for positions in classes if turn < len(positions)] for turn in range(count)]
    found: list[int] = []
    for turn in rounds:
        found += evenly_spaced(turn, count - len(found)) if len(found) < count and turn else []
    if not found:
        raise ValueError("no image is held out of training")
    return found
