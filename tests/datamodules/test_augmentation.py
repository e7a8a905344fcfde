"""Augmentation by position: what each setting changes and how far, targets that move together, seeds, refusals."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from common.errors import DataError
from datamodules.augmentation import Augmentation, Augmenter, Targets

HEIGHT, WIDTH = 64, 48
KEYPOINTS = np.array([[12, 20], [34, 20], [22, 45], [3, 3]], np.float32)
VISIBLE = np.array([True, True, True, False])
MIRRORED = [1, 0, 2, 3]
GEOMETRY = Augmentation(flip=0.5, shift=0.1, scale=0.15, rotate=20)


def scene() -> Targets:
    """A soft marker in a colour of its own at each of the first three keypoints, its mask, and a grid of labels."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    marks = [255 * np.exp(-((x - kx) ** 2 + (y - ky) ** 2) / 4) for kx, ky in KEYPOINTS[:3]]
    image = np.stack(marks, axis=-1).astype(np.uint8)
    mask = (image.max(-1) > 80).astype(np.float32)
    return Targets(image, (mask, (y // 16 * 3 + x // 16).astype(np.int64)), KEYPOINTS, VISIBLE)


def grey(value: int, side: int = 16) -> Targets:
    return Targets(np.full((side, side, 3), value, np.uint8))


def centres(weights: np.ndarray) -> np.ndarray:
    """The centre of each channel's mass (C, 2), x first."""
    y, x = np.mgrid[: weights.shape[0], : weights.shape[1]]
    squared = weights.astype(np.float64) ** 2
    return np.stack([(squared * axis[..., None]).sum((0, 1)) / squared.sum((0, 1)) for axis in (x, y)], axis=-1)


def moved(settings: Augmentation, count: int = 200) -> np.ndarray:
    """Where the keypoints of the scene go, seed by seed (N, K, 2)."""
    augmenter = Augmenter(settings, MIRRORED)
    found = [augmenter(scene(), seed).keypoints for seed in range(count)]
    return np.stack([keypoints for keypoints in found if keypoints is not None])


def test_keypoints_and_masks_follow_the_image_also_when_it_is_mirrored() -> None:
    augmenter, flips = Augmenter(GEOMETRY, MIRRORED), 0
    for seed in range(20):
        found = augmenter(scene(), seed)
        assert found.keypoints is not None and found.visible is not None
        order = [1, 0, 2] if centres(found.image)[0, 0] > centres(found.image)[1, 0] else [0, 1, 2]
        flips += order[0]
        # Keypoint 0 stays the left one: mirrored, it lies on the marker that was keypoint 1's.
        np.testing.assert_allclose(found.keypoints[:3], centres(found.image)[order], atol=0.1)
        assert found.visible.tolist() == VISIBLE.tolist()
        mask = found.maps[0]
        assert set(np.unique(mask)) == {0.0, 1.0} and mask.dtype == np.float32
        bright = found.image.max(-1)
        assert (bright[mask == 1] > 30).all() and (bright[mask == 0] < 150).all()
    assert 4 < flips < 16


def test_a_mirrored_image_is_mirrored_exactly() -> None:
    given = replace(scene(), visible=np.array([True, False, True, False]))
    found = Augmenter(Augmentation(flip=1.0), MIRRORED)(given, 3)
    assert found.keypoints is not None and found.visible is not None
    assert np.array_equal(found.image, given.image[:, ::-1]) and found.image.flags.c_contiguous
    assert all(np.array_equal(new, old[:, ::-1]) for new, old in zip(found.maps, given.maps, strict=True))
    assert [found_map.dtype for found_map in found.maps] == [np.float32, np.int64]
    assert found.keypoints.tolist() == [[13, 20], [35, 20], [25, 45], [44, 3]]
    assert found.visible.tolist() == [False, True, True, False]


def test_labels_are_moved_by_nearest_neighbour() -> None:
    augmenter = Augmenter(GEOMETRY, MIRRORED)
    for seed in range(10):
        labels = augmenter(replace(scene(), maps=(scene().maps[1] * 1000,)), seed).maps[0]
        assert labels.dtype == np.int64 and set(np.unique(labels)) <= {1000 * label for label in range(12)}


def test_a_seed_gives_what_it_always_gave() -> None:
    found = Augmenter(replace(GEOMETRY, brightness=0.2, contrast=0.2), MIRRORED)(scene(), 8)
    assert found.keypoints is not None
    assert hashlib.sha256(found.maps[1].tobytes()).hexdigest()[:12] == "fc152c55818d"
    expected = [[6.0354, 21.6502], [31.2057, 19.1491], [20.3186, 49.1159], [-6.1942, 3.2236]]
    np.testing.assert_allclose(found.keypoints, expected, atol=1e-3)
    np.testing.assert_allclose(found.image.mean((0, 1)), [1.201, 1.206, 1.2], atol=0.01)


def test_the_result_follows_from_the_seed_whatever_was_augmented_before() -> None:
    settings = replace(GEOMETRY, brightness=0.2, contrast=0.2)
    one, other = Augmenter(settings, MIRRORED), Augmenter(settings, MIRRORED)
    expected = [one(scene(), seed) for seed in range(6)]
    copied = pickle.loads(pickle.dumps(other))  # as a loader process gets it
    for seed in (4, 2, 2, 0):
        for augmenter in (one, other, copied):
            found = augmenter(scene(), seed)
            assert np.array_equal(found.image, expected[seed].image)
            assert np.array_equal(found.keypoints, expected[seed].keypoints)  # type: ignore[arg-type]
    assert len({found.image.tobytes() for found in expected}) == 6


def test_global_random_states_neither_decide_nor_change() -> None:
    random.seed(1)
    np.random.seed(1)
    states = random.getstate(), np.random.get_state()[1].tobytes()  # type: ignore[index, union-attr]
    Augmenter(GEOMETRY, MIRRORED)(scene(), 0)
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == states  # type: ignore[index, union-attr]


def test_shifts_are_within_their_share_of_each_side() -> None:
    steps = moved(Augmentation(shift=0.25)) - KEYPOINTS
    assert np.ptp(steps, axis=1).max() < 1e-3  # all keypoints alike
    share = np.abs(steps[:, 0] / (WIDTH, HEIGHT))
    assert 0.22 < share[:, 0].max() <= 0.25 and 0.22 < share[:, 1].max() <= 0.25
    assert abs(np.corrcoef(steps[:, 0].T)[0, 1]) < 0.25


def test_zoom_is_the_same_along_both_axes_and_about_the_centre() -> None:
    centre = ((WIDTH - 1) / 2, (HEIGHT - 1) / 2)
    ratios = (moved(Augmentation(scale=0.3)) - centre) / (KEYPOINTS - centre)
    assert np.ptp(ratios, axis=(1, 2)).max() < 1e-3
    assert 0.7 - 1e-6 <= ratios.min() < 0.72 and 1.28 < ratios.max() <= 1.3 + 1e-6


def test_rotations_go_either_way() -> None:
    found = moved(Augmentation(rotate=30))
    side = found[:, 1] - found[:, 0]  # was level
    angles = np.degrees(np.arctan2(side[:, 1], side[:, 0]))
    assert -30.01 <= angles.min() < -28 and 28 < angles.max() <= 30.01
    np.testing.assert_allclose(np.linalg.norm(side, axis=1), 22, atol=1e-3)


def test_brightness_adds_and_contrast_multiplies() -> None:
    def values(settings: Augmentation, value: int) -> np.ndarray:
        augmenter = Augmenter(settings)
        images = [augmenter(grey(value), seed).image for seed in range(200)]
        assert all(np.ptp(image) == 0 for image in images)
        return np.array([int(image[0, 0, 0]) for image in images])

    added = values(Augmentation(brightness=0.2), 100) - 100
    assert -51 <= added.min() < -48 and 48 < added.max() <= 51
    factors = values(Augmentation(contrast=0.3), 150) / 150
    assert 0.69 <= factors.min() < 0.71 and 1.29 < factors.max() <= 1.31


def test_changes_are_drawn_independently_of_each_other() -> None:
    """Transforms that are seeded alike draw the same numbers: a small face would always be a dark one."""
    augmenter = Augmenter(Augmentation(flip=0.5, scale=0.3, brightness=0.3, contrast=0.3), MIRRORED)
    drawn = []
    for seed in range(300):
        found = augmenter(replace(grey(128, 48), keypoints=KEYPOINTS, visible=VISIBLE), seed)
        assert found.keypoints is not None
        side = np.linalg.norm(found.keypoints[1] - found.keypoints[0])
        drawn.append((side, float(found.image[0, 0, 0]), found.keypoints[2, 0] > 23.5))
    assert np.abs(np.corrcoef(np.array(drawn, float).T) - np.eye(3)).max() < 0.2
    assert 110 < sum(flipped for *_, flipped in drawn) < 190


def test_a_keypoint_that_leaves_the_image_becomes_invisible() -> None:
    edge = np.array([[0, 0], [47, 63], [23.5, 31.5]], np.float32)
    augmenter, gone = Augmenter(Augmentation(shift=0.2)), 0
    for seed in range(20):
        found = augmenter(Targets(scene().image, (), edge, np.ones(3, bool)), seed)
        assert found.keypoints is not None and found.visible is not None and len(found.keypoints) == 3
        inside = ((found.keypoints >= -0.5) & (found.keypoints < (47.5, 63.5))).all(1)
        assert found.visible.tolist() == inside.tolist() and found.visible[2]
        gone += int((~found.visible).sum())
    assert gone >= 20


def test_images_may_be_of_any_size_one_after_the_other() -> None:
    augmenter = Augmenter(GEOMETRY)
    for side in (16, 33, 16):
        assert augmenter(grey(9, side), 0).image.shape == (side, side, 3)
        assert (augmenter(grey(9, side), 0).image == 9).all()  # the edge is repeated outside, nothing is blackened


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "data.init_args.augmentation: changes nothing"),
        ({"flip": 1.5}, "data.init_args.augmentation.flip: 1.5; give 0 to 1"),
        ({"shift": -0.1}, "data.init_args.augmentation.shift: -0.1; give 0 to 1"),
        ({"scale": 1.0}, "data.init_args.augmentation.scale: 1.0; give 0 to 0.9"),
        ({"rotate": 181}, "data.init_args.augmentation.rotate: 181; give 0 to 180"),
        ({"contrast": float("nan")}, "data.init_args.augmentation.contrast: nan"),
        ({"brightness": 2}, "data.init_args.augmentation.brightness: 2; give 0 to 1"),
    ],
)
def test_settings_out_of_range_are_refused_with_their_key(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError) as caught:
        Augmentation(**settings)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "mirrored", "said"),
    [
        ({}, None, "4 keypoints that may be mirrored need 'mirrored'"),
        ({}, [1, 0, 2], "4 keypoints that may be mirrored need 'mirrored'"),
        ({}, [1, 1, 2, 3], "no permutation of 0 to 3"),
        ({"visible": None}, MIRRORED, "4 keypoints need as many flags"),
        ({"visible": VISIBLE[:3]}, MIRRORED, "4 keypoints need as many flags"),
        ({"maps": (np.zeros((WIDTH, HEIGHT), np.uint8),)}, MIRRORED, "a map of (48, 64) does not lie on an image of"),
    ],
)
def test_targets_that_do_not_belong_together_are_refused(changes: Any, mirrored: Any, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        Augmenter(GEOMETRY, mirrored)(replace(scene(), **changes), 0)
    assert said in str(caught.value)


def test_keypoints_stay_where_nothing_moves() -> None:
    found = Augmenter(Augmentation(brightness=0.5))(scene(), 1)
    assert np.array_equal(found.keypoints, KEYPOINTS) and np.array_equal(found.visible, VISIBLE)  # type: ignore[arg-type]
    assert np.array_equal(found.maps[1], scene().maps[1]) and not np.array_equal(found.image, scene().image)


def test_keypoints_that_are_never_mirrored_need_no_permutation() -> None:
    assert Augmenter(Augmentation(rotate=5))(scene(), 0).keypoints is not None


def test_albumentations_is_loaded_late_and_asks_no_network_for_updates() -> None:
    code = """
import os, sys
import datamodules.labelled
from datamodules.augmentation import Augmentation, Augmenter
assert "albumentations" not in sys.modules
Augmenter(Augmentation(flip=0.5))
import albumentations
assert os.environ["NO_ALBUMENTATIONS_UPDATE"] == "1"
assert albumentations.__version__ == "2.0.8"
"""
    environment = {name: value for name, value in os.environ.items() if name != "NO_ALBUMENTATIONS_UPDATE"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
