"""From a batch to network inputs, against values worked out by hand."""

from __future__ import annotations

import pytest
import torch
from support.completion import batch

from lightning_modules.fashion_completion import conditioning as c
from lightning_modules.fashion_completion.palette import COLOURS, colour


def keypoint(x: float, y: float, seen: float = 1.0) -> torch.Tensor:
    return torch.tensor([[[x, y, seen]]])


@pytest.mark.parametrize(("size", "radius"), [(256, 5), (128, 2), (64, 1), (32, 1)])
def test_a_keypoint_is_a_filled_square_whose_radius_scales(size: int, radius: int) -> None:
    (heatmap,) = c.pose_heatmaps(keypoint(20.4, 11.6), (size, size))[0]
    expected = torch.full((size, size), -1.0)
    expected[12 - radius : 12 + radius + 1, 20 - radius : 20 + radius + 1] = 1.0  # rows are y
    assert torch.equal(heatmap, expected)


def test_a_square_at_the_border_is_cut_off() -> None:
    (heatmap,) = c.pose_heatmaps(keypoint(0.0, 63.0), (64, 64))[0]
    assert (heatmap == 1).nonzero().tolist() == [[62, 0], [62, 1], [63, 0], [63, 1]]


def test_a_missing_keypoint_has_an_empty_map() -> None:
    assert (c.pose_heatmaps(keypoint(0.0, 0.0, seen=0.0), (64, 64)) == -1).all()


def test_the_hole_is_grey_and_nothing_else_changes() -> None:
    image = torch.tensor([[[[0.5, -0.5], [1.0, -1.0]]]])
    visible = torch.tensor([[[[1.0, 0.0], [0.0, 1.0]]]])
    assert c.mask_image(image, visible).tolist() == [[[[0.5, 0.0], [0.0, -1.0]]]]


def test_the_holed_class_map_is_minus_one_in_the_hole_in_every_channel() -> None:
    parsing = torch.tensor([[[0, 5], [5, 7]]])
    visible = torch.tensor([[[[1.0, 1.0], [0.0, 1.0]]]])
    masked = c.mask_parsing(parsing, visible)[0]
    assert masked.shape == (8, 2, 2)
    assert (masked[:, 1, 0] == -1).all()
    for row, column, label in ((0, 0, 0), (0, 1, 5), (1, 1, 7)):
        assert masked[:, row, column].tolist() == [1.0 if k == label else -1.0 for k in range(8)]


def test_the_head_is_shown_and_white_elsewhere() -> None:
    parsing = torch.tensor([[[1, 5]]])
    person = torch.tensor([[[[0.2, -0.3]]] * 3]).reshape(1, 3, 1, 2)
    assert torch.equal(c.head_image(person, parsing), torch.tensor([[[0.2, 1.0]]] * 3).reshape(1, 3, 1, 2))
    assert c.head_mask(parsing).tolist() == [[[[1.0, -1.0]]]]


def test_channels_come_in_the_thesis_order() -> None:
    data = batch()
    assert (c.SHAPE_CONDITION, c.TEXTURE_CONDITION, c.ONE_STAGE_CONDITION) == (27, 14, 24)
    shape = c.shape_condition(data)
    assert shape.shape == (2, 27, 64, 64)
    assert torch.equal(shape[:, :1], c.head_mask(data["parsing"]))
    assert torch.equal(shape[:, 1:19], c.pose_heatmaps(data["keypoints"], (64, 64)))
    assert torch.equal(shape[:, 19:], c.mask_parsing(data["parsing"], data["visible"]))

    guessed = (data["parsing"] + 1) % 8  # another map than the truth, as in testing
    texture = c.texture_condition(data, guessed)
    assert texture.shape == (2, 14, 64, 64)
    assert torch.equal(texture[:, :3], c.head_image(data["person"], data["parsing"]))
    assert torch.equal(texture[:, 3:11].argmax(1), guessed)
    assert set(texture[:, 3:11].unique().tolist()) == {0.0, 1.0}
    assert torch.equal(texture[:, 11:], c.mask_image(data["person"], data["visible"]))

    single = c.one_stage_condition(data)
    assert single.shape == (2, 24, 64, 64)
    assert torch.equal(single[:, :3], texture[:, :3])
    assert torch.equal(single[:, 3:21], shape[:, 1:19])
    assert torch.equal(single[:, 21:], texture[:, 11:])


def test_the_context_is_the_four_crops_in_order() -> None:
    data = batch()
    context = c.context(data)
    assert context.shape == (2, 12, 64, 64)
    for garment in range(4):
        assert torch.equal(context[:, 3 * garment : 3 * garment + 3], data["garments"][:, garment])


def test_no_condition_shows_what_the_hole_hides() -> None:
    """But the head and the class map, which are given: change the rest of the hole and nothing may change."""
    data = batch()
    data["parsing"][data["parsing"] == 1] = 0
    other = {**data, "person": torch.where(data["visible"] > 0, data["person"], 0.7)}
    for condition in (c.one_stage_condition, lambda b: c.texture_condition(b, data["parsing"]), c.shape_condition):
        assert torch.equal(condition(data), condition(other))
    hidden = {**data, "parsing": torch.where(data["visible"][:, 0] > 0, data["parsing"], 6)}
    assert torch.equal(c.shape_condition(data), c.shape_condition(hidden))


def test_a_composite_is_exact_on_both_sides() -> None:
    data = batch()
    completed = torch.rand(2, 3, 64, 64)
    whole = c.composite(completed, data["person"], data["visible"])
    outside = (data["visible"] > 0).expand_as(whole)
    assert torch.equal(whole[outside], data["person"][outside])
    assert torch.equal(whole[~outside], completed[~outside])


def test_every_class_has_its_colour() -> None:
    image = colour(torch.arange(8).reshape(1, 2, 4))
    assert image.shape == (1, 3, 2, 4)
    assert len(set(COLOURS)) == 8
    shown = ((image[0].flatten(1).t() + 1) * 127.5).round().int().tolist()
    assert [tuple(rgb) for rgb in shown] == list(COLOURS)
