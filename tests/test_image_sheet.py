"""Sheets of images with words: where images lie, their size, and that long words are shortened."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from common.image_sheet import Cell, beside, image_sheet, shown_size

RED, BLUE = (Image.new("RGB", (32, 32), colour) for colour in ("#ff0000", "#0000ff"))


def places(sheet: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The box of a colour: left, top, right, bottom."""
    down, across = np.nonzero((np.asarray(sheet) == colour).all(2))
    return int(across.min()), int(down.min()), int(across.max()) + 1, int(down.max()) + 1


@pytest.mark.parametrize(("resolution", "side"), [(8, 96), (16, 96), (32, 96), (64, 128), (96, 96), (128, 128)])
def test_small_images_are_enlarged_by_a_whole_number(resolution: int, side: int) -> None:
    assert shown_size((resolution, resolution), 96) == (side, side)
    assert shown_size((2 * resolution, resolution), 96) == (2 * side, side)


def test_images_stand_in_lines_and_groups() -> None:
    tight, wide = (image_sheet(["one", "two"], [("", [Cell(RED), Cell(BLUE)])], gaps=gaps) for gaps in ((), (1,)))
    red, blue = places(tight, (255, 0, 0)), places(tight, (0, 0, 255))
    assert red[2] - red[0] == red[3] - red[1] == blue[2] - blue[0] == 96 and red[1] == blue[1] > 10
    assert 0 < blue[0] - red[2] < 10
    assert places(wide, (0, 0, 255))[0] - blue[0] == wide.width - tight.width > 10
    cells = [Cell(RED), Cell(RED), Cell(BLUE)]
    groups = [image_sheet(["", "", ""], [("", cells)], gaps=gaps) for gaps in ((), (1,), (1, 2))]
    starts = [places(sheet, (0, 0, 255))[0] for sheet in groups]
    assert starts[1] - starts[0] == starts[2] - starts[1] == wide.width - tight.width  # a gap moves all after it
    labelled = image_sheet(["one", "two"], [("somebody", [None, Cell(BLUE)]), ("", [Cell(RED), None])])
    assert places(labelled, (0, 0, 255))[3] < places(labelled, (255, 0, 0))[1]
    assert labelled.width > tight.width


def test_words_frames_and_notes_take_room_and_long_ones_are_cut() -> None:
    plain = image_sheet(["a"], [("", [Cell(RED)])])
    told = image_sheet(["a"], [("", [Cell(RED, "somebody with a very long name indeed", "#00ff00")])], note="below")
    assert told.width == plain.width and told.height > plain.height
    left, top, right, bottom = places(told, (0, 255, 0))
    assert right - left == bottom - top > 96
    assert image_sheet(["a"], [("w" * 100, [Cell(RED)])]).width < 300


def test_images_of_another_size_are_fitted_into_the_size_of_the_first() -> None:
    sheet = image_sheet(["a", "b"], [("", [Cell(RED), Cell(BLUE.resize((64, 16)))])])
    red, blue = places(sheet, (255, 0, 0)), places(sheet, (0, 0, 255))
    assert (blue[2] - blue[0], blue[3] - blue[1]) == (96, 24)
    assert blue[1] + blue[3] == red[1] + red[3]
    below = image_sheet(["a"], [("", [Cell(RED)]), ("", [Cell(BLUE.resize((8, 32)))])])
    red, blue = places(below, (255, 0, 0)), places(below, (0, 0, 255))
    assert blue[2] - blue[0] == 24 and blue[0] + blue[2] == red[0] + red[2]


def test_images_keep_their_proportions_and_frames_surround_them() -> None:
    tall = Image.new("RGB", (48, 64), "#ff0000")
    cell = Cell(tall)
    page = image_sheet(["a", "b"], [("", [Cell(tall, frame="#00ff00"), None]), ("below", [cell, cell])])
    left, top, right, bottom = places(page, (255, 0, 0))
    assert 2 * 128 < bottom - top < 2 * 128 + 20 and 2 * 96 < right - left < 2 * 96 + 20
    green = places(page, (0, 255, 0))
    assert (green[2] - green[0], green[3] - green[1]) == (96 + 6, 128 + 6)


def test_a_sheet_needs_an_image() -> None:
    with pytest.raises(ValueError, match="needs an image"):
        image_sheet(["a"], [("", [None])])


def test_images_stand_side_by_side_in_the_middle_of_their_height() -> None:
    both = beside(Image.new("RGB", (10, 20), "red"), Image.new("RGB", (10, 40), "blue"))
    assert both.height == 40 and places(both, (255, 0, 0)) == (0, 10, 10, 30)
    assert places(both, (0, 0, 255)) == (30, 0, 40, 40)
    both = beside(Image.new("RGB", (10, 40), "red"), Image.new("RGB", (10, 20), "blue"))
    assert (places(both, (255, 0, 0)), places(both, (0, 0, 255))) == ((0, 0, 10, 40), (30, 10, 40, 30))
