"""Labels, boxes, holes and crops against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from datamodules.preparation.garments import (
    Box,
    bounding_box,
    centred_crop,
    enlarge,
    garment_crops,
    hole_box,
    shape_crop,
    visible_mask,
)
from datamodules.preparation.labels import to_eight_classes
from datamodules.preparation.resizing import (
    crop_or_pad,
    height_width,
    letterbox,
    resize_image,
    resize_labels,
    resize_points,
)


def test_every_parser_label_lands_in_its_class():
    labels = np.arange(20, dtype=np.uint8)[None]
    cihp = [0, 4, 1, 0, 1, 5, 6, 5, 0, 6, 2, 0, 6, 1, 2, 2, 3, 3, 7, 7]
    lip = cihp.copy()
    lip[10] = 6
    assert to_eight_classes(labels)[0].tolist() == cihp
    assert to_eight_classes(labels, "lip")[0].tolist() == lip


def test_a_label_out_of_range_is_an_error():
    with pytest.raises(ValueError, match="label 20"):
        to_eight_classes(np.full((2, 2), 20, np.uint8))


def test_bounding_box():
    mask = np.zeros((10, 12), bool)
    assert bounding_box(mask) is None
    mask[3:6, 4:9] = True
    assert bounding_box(mask) == Box(4, 3, 9, 6)


def test_a_box_grows_about_its_centre_and_is_clipped():
    assert enlarge(Box(10, 20, 30, 40), (1.1, 1.1), (100, 100)) == Box(9, 19, 31, 41)
    assert enlarge(Box(10, 20, 30, 40), (1.1, 1.0), (100, 100)) == Box(9, 20, 31, 40)
    assert enlarge(Box(0, 90, 20, 100), (2.0, 2.0), (100, 100)) == Box(0, 85, 30, 100)


def test_the_hole_of_a_top_reaches_over_the_arms_but_needs_a_top():
    classes = np.zeros((40, 40), np.uint8)
    classes[10:20, 12:28] = 5
    classes[10:24, 8:12] = 2
    assert hole_box(classes, "top", (1.0, 1.0)) == Box(8, 10, 28, 24)
    assert hole_box(classes, "shoes") is None
    classes[classes == 5] = 0
    assert hole_box(classes, "top") is None


def test_the_visible_mask_rounds_the_hole_outwards():
    mask = visible_mask(Box(9, 10, 30, 30), (40, 40), 10)
    assert mask[2:8, 2:8].sum() == 0
    assert mask.sum() == 100 - 36


def test_a_crop_is_scaled_by_its_longer_side_and_centred_on_white():
    image = np.zeros((20, 20, 3), np.uint8)
    image[...] = 90
    mask = np.zeros((20, 20), bool)
    mask[5:13, 6:10] = True  # 8 high, 4 wide
    crop = centred_crop(image, mask, 16, 255)
    assert crop.shape == (16, 16, 3)
    assert (crop[:, 4:12] == 90).all()
    assert (crop[:, :4] == 255).all()
    assert (crop[:, 12:] == 255).all()


def test_a_crop_holds_nothing_but_its_garment():
    image = np.full((16, 16, 3), 10, np.uint8)
    mask = np.zeros((16, 16), bool)
    mask[4:12, 4:12] = True
    mask[6:8, 6:8] = False
    image[6:8, 6:8] = 99  # another garment's pixels inside the box
    crop = centred_crop(image, mask, 8, 255)
    assert set(np.unique(crop)) == {10, 255}


def test_absent_garments_are_white_and_said_to_be_absent():
    classes = np.zeros((16, 16), np.uint8)
    classes[2:6, 2:6] = 5
    crops, present = garment_crops(np.zeros((16, 16, 3), np.uint8), classes, 8)
    assert present.tolist() == [False, True, False, False]
    assert (crops[~present] == 255).all()
    assert (crops[1] == 0).all()
    assert shape_crop(classes, "top", 8).all()


def test_letterboxing_says_how_far_pixels_moved():
    image, left, top = letterbox(np.zeros((4, 10), np.uint8), 7)
    assert (image.shape, left, top) == ((10, 10), 0, 3)
    assert (image[:3] == 7).all()
    assert (image[3:7] == 0).all()
    tall, left, top = letterbox(np.zeros((4, 10), np.uint8), 7, (64, 48))
    assert (tall.shape, left, top) == ((14, 10), 0, 5)
    wide, left, top = letterbox(np.zeros((8, 4), np.uint8), 7, (64, 48))
    assert (wide.shape, left, top) == ((8, 6), 1, 0) and (wide[:, [0, 5]] == 7).all()


def test_resized_labels_invent_none():
    labels = np.zeros((64, 64), np.uint8)
    labels[:, 32:] = 7
    assert set(np.unique(resize_labels(labels, 24))) == {0, 7}


def test_a_size_is_height_and_width_or_the_side_of_a_square():
    assert height_width(64) == (64, 64)
    assert height_width((64, 48)) == (64, 48)
    for wrong in (0, (64, 0), (-1, 4)):
        with pytest.raises(ValueError, match="height, width"):
            height_width(wrong)


def test_images_labels_and_points_go_to_64_x_48_together():
    """A block at rows 32..63 and columns 20..39 of 128 x 80 is at rows 16..31 and columns 12..23 of 64 x 48."""
    labels = np.zeros((128, 80), np.uint8)
    labels[32:64, 20:40] = 7
    expected = np.zeros((64, 48), bool)
    expected[16:32, 12:24] = True
    assert np.array_equal(resize_labels(labels, (64, 48)) == 7, expected)
    image = np.repeat(np.where(labels == 7, 200, 40)[..., None], 3, 2).astype(np.uint8)
    resized = resize_image(image, (64, 48))
    assert resized.shape == (64, 48, 3) and np.array_equal(resized[..., 0] > 120, expected)
    points = np.array([[20, 32, 1], [40, 64, 0]], np.float32)
    assert resize_points(points, image.shape, (64, 48)).tolist() == [[12, 16, 1], [24, 32, 0]]
    assert points[0, 0] == 20  # of a copy
    assert np.array_equal(visible_mask(Box(20, 32, 40, 64), labels.shape, (64, 48)) == 0, expected)


def test_a_side_that_shrinks_is_averaged_also_where_the_other_grows():
    stripes = np.tile(np.array([[0, 200]], np.uint8).repeat(16, 0), (1, 16))  # (16, 32), columns 0 200 0 200 ...
    assert (resize_image(stripes, (32, 8)) == 100).all()
    assert (resize_image(stripes.T.copy(), (8, 32)) == 100).all()
    assert resize_image(stripes, (16, 32)) is stripes
    step = np.array([[0, 100]], np.uint8)
    assert resize_image(step, (1, 4)).tolist() == [[0, 25, 75, 100]]  # bilinear


def test_a_garment_fits_a_size_that_is_no_square():
    image, mask = np.full((20, 20, 3), 90, np.uint8), np.zeros((20, 20), bool)
    mask[5:13, 6:10] = True  # 8 high, 4 wide
    crop = centred_crop(image, mask, (16, 12), 255)  # twice as large: 16 x 8
    assert (crop[:, 2:10] == 90).all() and (np.delete(crop, range(2, 10), 1) == 255).all() and crop.shape == (16, 12, 3)
    flat = centred_crop(image, mask, (32, 4), 255)  # its width decides
    assert (flat[12:20] == 90).all() and (np.delete(flat, range(12, 20), 0) == 255).all() and flat.shape == (32, 4, 3)
    classes = np.where(mask, np.uint8(5), np.uint8(0))
    crops, present = garment_crops(image, classes, (16, 12))
    assert crops.shape == (4, 16, 12, 3) and present.tolist() == [False, True, False, False]
    assert np.array_equal(crops[1], crop)
    assert np.array_equal(shape_crop(classes, "top", (16, 12)), (crop[..., 0] == 90).astype(np.uint8))


def test_a_crop_about_the_centre_gives_back_what_was_padded():
    image = np.arange(4 * 10, dtype=np.uint8).reshape(4, 10)
    wide, left, top = crop_or_pad(image, (7, 13), 99)
    assert (left, top) == (1, 1) and np.array_equal(wide[1:5, 1:11], image)
    assert (wide[5:] == 99).all() and (wide[0] == 99).all() and (wide[:, 0] == 99).all() and (wide[:, 11:] == 99).all()
    narrow, left, top = crop_or_pad(image, (4, 7), 99)
    assert (left, top) == (-1, 0) and np.array_equal(narrow, image[:, 1:8])
    both, left, top = crop_or_pad(image, (6, 4), 99)  # cropped across, padded down
    assert (left, top) == (-3, 1) and np.array_equal(both[1:5], image[:, 3:7]) and (both[[0, 5]] == 99).all()
    assert crop_or_pad(image, (4, 10), 99)[0] is image
