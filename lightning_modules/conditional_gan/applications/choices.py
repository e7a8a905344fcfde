"""Which pictures applications show and measure: a function of names and positions alone, the same for every model."""

from __future__ import annotations

from lightning_modules.evaluation.class_context import ClassContext, Label
from lightning_modules.evaluation.real_images import in_class_order, spread


def per_class(count: int, classes: int) -> list[int]:
    """How many of `count` pictures each class gets: as equal as can be, single ones spread evenly over all."""
    extra = set(spread(range(classes), count % classes)) if count % classes else set()
    return [count // classes + (label in extra) for label in range(classes)]


def unseen_first(context: ClassContext, label: Label | None = None) -> list[list[int]]:
    """Positions by class, of the classes that have pictures or of one alone, those held out of training first.

    Raises:
        ValueError: there is no such class, or it has no picture.
    """
    found = [positions[::-1] for positions in in_class_order(context.data)]
    if label is not None:
        number = context.label_of(label)
        if not found[number]:
            raise ValueError(f"label: {label} has no image; choose another class")
        return [found[number]]
    return [positions for positions in found if positions]


def held_out_pictures(context: ClassContext, count: int, label: Label | None = None) -> list[int]:
    """Positions of at most `count` held-out pictures, of as many classes as can be, or of one.

    Raises:
        ValueError: none is held out.
    """
    unseen = set(context.held_out)
    classes = [[i for i in positions if i in unseen] for positions in unseen_first(context, label)]
    rounds = [[positions[turn] for positions in classes if turn < len(positions)] for turn in range(count)]
    found: list[int] = []
    for turn in rounds:
        found += spread(turn, count - len(found)) if len(found) < count and turn else []
    if not found:
        raise ValueError("no picture is held out of training")
    return found
