"""A recogniser that knows its training images only is named."""

from __future__ import annotations

import pytest

from lightning_modules.metrics.overfitting import overfitting_warning


@pytest.mark.parametrize(("training", "held_out"), [(99.0, 89.0), (80.0, 95.0), (None, 50.0), (99.0, None)])
def test_near_values_and_missing_ones_are_no_warning(training: float | None, held_out: float | None) -> None:
    assert overfitting_warning(training, held_out) is None


def test_values_that_part_are_named_both() -> None:
    warning = overfitting_warning(99.0, 88.9)
    assert warning is not None and "99.0 % on training images and 88.9 % on held-out ones" in warning
