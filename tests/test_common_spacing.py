"""Choice of evenly spaced items."""

from collections.abc import Sequence

import pytest

from common.spacing import evenly_spaced


@pytest.mark.parametrize(
    ("items", "count", "expected"),
    [(range(20), 4, [0, 5, 10, 15]), (range(8), 3, [0, 2, 5]), (range(10), 3, [0, 3, 6]), ("abcd", 2, ["a", "c"]),
     (range(7), 7, list(range(7))), ([1, 2], 5, [1, 2]), (range(3), 0, []), ([], 2, [])],
)  # fmt: skip
def test_items_are_evenly_spaced_from_the_first_on(items: Sequence[object], count: int, expected: list[object]) -> None:
    assert evenly_spaced(items, count) == expected
