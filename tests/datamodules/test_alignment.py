"""Five points brought to their places: the transform, the template, and the landmarks file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import DataError
from datamodules.preparation.alignment import (
    COORDINATES,
    TEMPLATE,
    align,
    fault_of,
    landmarks_line,
    read_landmarks,
    similarity,
    template,
    warp,
)

KEYS = ("name", "number")


def moved(points: np.ndarray, degrees: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return points @ turn.T + shift


@pytest.mark.parametrize(("degrees", "scale"), [(0, 1), (37, 0.4), (-120, 3), (179, 1)])
def test_a_similarity_is_found_exactly(degrees: float, scale: float) -> None:
    source = moved(TEMPLATE, degrees, scale, (5, -80))
    matrix = similarity(source, TEMPLATE)
    assert source @ matrix[:, :2].T + matrix[:, 2] == pytest.approx(TEMPLATE, abs=1e-9)
    assert np.hypot(*matrix[:, 0]) == pytest.approx(1 / scale)


def test_it_is_the_least_squares_one_and_never_mirrors() -> None:
    rng = np.random.default_rng(0)
    source = moved(TEMPLATE, 20, 1.5, (3, 4)) + rng.normal(0, 2, (5, 2))

    def miss(matrix: np.ndarray) -> float:
        return float(np.square(source @ matrix[:, :2].T + matrix[:, 2] - TEMPLATE).sum())

    best = similarity(source, TEMPLATE)
    # A similarity has four free numbers: a, b of [[a, -b], [b, a]] and the shift.
    steps = np.array([[[1, 0, 0], [0, 1, 0]], [[0, -1, 0], [1, 0, 0]], [[0, 0, 1], [0, 0, 0]], [[0, 0, 0], [0, 0, 1]]])
    assert all(miss(best) < miss(best + sign * 1e-3 * step) for step in steps for sign in (-1, 1))
    mirrored = similarity(TEMPLATE * [-1, 1], TEMPLATE)
    assert np.linalg.det(mirrored[:, :2]) > 0


def test_the_template_scales_about_the_image_s_middle() -> None:
    assert template(112) == pytest.approx(TEMPLATE)
    assert template(128)[0] == pytest.approx((TEMPLATE[0] + 0.5) * 128 / 112 - 0.5)
    wider = template(112, 0.25)  # half of the image more: everything shrinks by 1.5
    assert wider - 55.5 == pytest.approx((TEMPLATE - 55.5) / 1.5)


def dots(points: np.ndarray, side: int, radius: int) -> np.ndarray:
    image = np.zeros((side, side, 3), np.uint8)
    for i, (x, y) in enumerate(points):
        colour = [0, 0, 0]
        colour[i % 3] = 255 if i < 3 else 120
        cv2.circle(image, (round(x), round(y)), radius, colour, -1)
    return image


@pytest.mark.parametrize("scale", [0.6, 4.0])
def test_a_turned_face_comes_to_its_place(scale: float) -> None:
    source = np.rint(moved(TEMPLATE, 25, scale, (120 * scale, 20 * scale)))
    face = align(dots(source, int(260 * scale), round(4 * scale)), source, 64)
    for i, (x, y) in enumerate(template(64)):
        channel = face[:, :, i % 3].astype(float) * (face[:, :, i % 3] > (180 if i < 3 else 60))
        near = channel[max(int(y) - 3, 0) : int(y) + 5, int(x) - 3 : int(x) + 5]
        rows, columns = np.nonzero(near)
        assert (columns.mean() + int(x) - 3, rows.mean() + max(int(y) - 3, 0)) == pytest.approx((x, y), abs=1.0)


def test_what_shrinks_is_averaged_and_what_ends_repeats_its_edge() -> None:
    fine = np.zeros((512, 512, 3), np.uint8)
    fine[::2] = 255  # stripes that sampling alone would turn to all black or all white
    small = warp(fine, np.array([[0.125, 0, -0.4375], [0, 0.125, -0.4375]]), 64)
    assert np.abs(small.astype(int) - 128).max() <= 1
    beyond = warp(np.full((8, 8, 3), 77, np.uint8), np.array([[1.0, 0, 20], [0, 1, 20]]), 64)
    assert (beyond == 77).all()


def test_a_pixel_stays_where_it_is_when_shrunk() -> None:
    image = np.zeros((400, 400, 3), np.uint8)
    image[195:205, 95:105] = 255  # its middle is at (99.5, 199.5)
    matrix = np.array([[0.2, 0, 1.0], [0, 0.2, -3.0]])
    small = warp(image, matrix, 64)[:, :, 0].astype(float)
    rows, columns = np.nonzero(small)
    weights = small[rows, columns]
    middle = (columns @ weights / weights.sum(), rows @ weights / weights.sum())
    assert middle == pytest.approx(tuple(matrix[:, :2] @ [99.5, 199.5] + matrix[:, 2]), abs=0.15)


def test_faults_of_points_are_said() -> None:
    assert fault_of(TEMPLATE) is None
    assert fault_of(moved(TEMPLATE, 170, 0.2, (0, 0))) is None  # upside down, and small
    assert "left and right exchanged" in str(fault_of(TEMPLATE[[1, 0, 2, 4, 3]]))
    assert "do not span a face" in str(fault_of(np.full((5, 2), 3.0)))
    assert "not finite" in str(fault_of(TEMPLATE * np.inf))


def test_a_landmarks_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "landmarks.csv"
    lines = [
        ",".join([*KEYS, *COORDINATES]),
        landmarks_line(("Zoë, the second", "3"), TEMPLATE).replace("Zoë, the", '"Zoë,the'),
    ]
    path.write_text("\ufeff" + "\r\n".join([lines[0], lines[1].replace("second", 'second"'), ""]), encoding="utf-8")
    points, faults = read_landmarks(path, KEYS)
    assert faults == [] and list(points) == [("Zoë,the second", "3")]
    assert points["Zoë,the second", "3"] == pytest.approx(TEMPLATE, abs=0.005)
    with pytest.raises(DataError, match=r"nothing.csv: missing"):
        read_landmarks(tmp_path / "nothing.csv", KEYS)
