"""Square crops: where they are, what is at their edges, and that nothing is distorted."""

from __future__ import annotations

import numpy as np
import pytest

from datamodules.preparation.crops import Box, centre_square, flower_mask, largest_box, square_crop


def numbered(height, width):
    """An image whose pixels say where they are: (row, column, 0)."""
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows, columns, np.zeros_like(rows)], axis=2).astype(np.uint8)


def corners(crop):
    return crop[0, 0, :2].tolist(), crop[-1, -1, :2].tolist()


def test_a_crop_is_the_square_around_the_middle_of_the_box():
    crop = square_crop(numbered(100, 100), Box(30, 40, 20, 10))
    assert crop.shape == (20, 20, 3)
    assert corners(crop) == ([35, 30], [54, 49])


def test_the_margin_is_a_share_of_the_longer_side():
    crop = square_crop(numbered(100, 100), Box(30, 40, 20, 10), margin=0.25)
    assert corners(crop) == ([30, 25], [59, 54])


def test_a_crop_is_moved_into_the_image():
    assert corners(square_crop(numbered(60, 80), Box(0, 50, 20, 10), 0.1)) == ([36, 0], [59, 23])


def test_what_the_image_does_not_have_is_mirrored():
    crop = square_crop(numbered(20, 40), Box(5, 0, 30, 20))
    assert crop.shape == (30, 30, 3)
    assert crop[:, 0, 0].tolist() == [4, 3, 2, 1, 0, *range(20), 19, 18, 17, 16, 15]
    assert crop[0, :, 1].tolist() == list(range(5, 35))


def test_a_crop_far_larger_than_the_image_is_filled():
    crop = square_crop(numbered(4, 40), Box(0, 0, 40, 4), margin=0.5)
    assert crop.shape == (80, 80, 3)
    assert crop[..., 0].max() == 3


def test_a_box_is_cut_at_the_image_and_fractions_are_rounded():
    box = Box(-10.0, 5.5, 30.0, 100.0).inside((50, 60, 3))
    assert (box.x, box.y, box.width, box.height) == (0, 5.5, 20, 44.5)
    assert square_crop(numbered(50, 60), Box(10.4, 10.4, 9.8, 9.8)).shape == (10, 10, 3)
    gone = Box(70, 0, 10, 10).inside((50, 60))
    assert gone.width == 0


def test_the_centre_square_is_as_high_as_a_wide_image():
    assert centre_square((40, 100, 3)) == Box(30, 0, 40, 40)
    assert centre_square((100, 40)) == Box(0, 30, 40, 40)


def test_the_largest_part_of_a_mask_wins():
    mask = np.zeros((40, 50), np.uint8)
    mask[2:8, 2:8] = 1
    mask[20:35, 10:30] = 1
    assert largest_box(mask) == Box(10, 20, 20, 15)
    assert largest_box(np.zeros((5, 5), np.uint8)) is None


@pytest.mark.parametrize("colour", [(0, 0, 254), (0, 0, 255), (4, 2, 240), (30, 20, 220)])
def test_blue_and_its_shades_after_jpeg_are_background(colour):
    assert not flower_mask(np.full((9, 9, 3), colour, np.uint8)).any()


@pytest.mark.parametrize("colour", [(80, 80, 220), (20, 60, 180), (0, 0, 0), (255, 255, 255), (70, 0, 250)])
def test_other_colours_are_flower(colour):
    assert flower_mask(np.full((9, 9, 3), colour, np.uint8)).all()
