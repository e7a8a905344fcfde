"""Choice of evenly spaced items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def evenly_spaced(items: Sequence[Item], count: int) -> list[Item]:
    """Return at most `count` of the items, in order, evenly spaced from the first on; all if there are fewer."""
    count = min(count, len(items))
    return [items[place * len(items) // count] for place in range(count)]
