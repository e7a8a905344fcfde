"""Sheets of images with words: where images lie, how large, and that long words are cut."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_modules.callbacks.labelled_sheet import Cell, beside, labelled_sheet, shown_side, to_image

RED, BLUE = (torch.tensor(colour).view(3, 1, 1).expand(3, 32, 32) for colour in ((1.0, -1, -1), (-1.0, -1, 1)))


def places(sheet: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The box of a colour: left, top, right, bottom."""
    down, across = np.nonzero((np.asarray(sheet) == colour).all(2))
    return int(across.min()), int(down.min()), int(across.max()) + 1, int(down.max()) + 1


@pytest.mark.parametrize(("resolution", "side"), [(8, 96), (16, 96), (32, 96), (64, 128), (96, 96), (128, 128)])
def test_small_pictures_are_enlarged_by_a_whole_number(resolution: int, side: int) -> None:
    assert shown_side(resolution) == side


def test_pictures_stand_in_lines_and_groups() -> None:
    tight, wide = (labelled_sheet(["one", "two"], [("", [Cell(RED), Cell(BLUE)])], gaps=gaps) for gaps in ((), (1,)))
    red, blue = places(tight, (255, 0, 0)), places(tight, (0, 0, 255))
    assert red[2] - red[0] == red[3] - red[1] == blue[2] - blue[0] == 96 and red[1] == blue[1] > 10
    assert 0 < blue[0] - red[2] < 10
    assert places(wide, (0, 0, 255))[0] - blue[0] == wide.width - tight.width > 10
    labelled = labelled_sheet(["one", "two"], [("somebody", [None, Cell(BLUE)]), ("", [Cell(RED), None])])
    assert places(labelled, (0, 0, 255))[3] < places(labelled, (255, 0, 0))[1]
    assert labelled.width > tight.width


def test_words_frames_and_notes_take_room_and_long_ones_are_cut() -> None:
    plain = labelled_sheet(["a"], [("", [Cell(RED)])])
    told = labelled_sheet(["a"], [("", [Cell(RED, "somebody with a very long name indeed", "#00ff00")])], note="below")
    assert told.width == plain.width and told.height > plain.height
    left, top, right, bottom = places(told, (0, 255, 0))
    assert right - left == bottom - top > 96
    assert labelled_sheet(["a"], [("w" * 100, [Cell(RED)])]).width < 300


def test_a_diverged_picture_is_black_and_sheets_stand_side_by_side() -> None:
    assert np.asarray(to_image(torch.full((3, 4, 4), float("nan")))).max() == 0
    both = beside(Image.new("RGB", (10, 20), "red"), Image.new("RGB", (10, 40), "blue"))
    assert both.height == 40 and places(both, (255, 0, 0)) == (0, 10, 10, 30)
