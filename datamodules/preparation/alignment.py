"""Face alignment: the similarity transform of a face's five points to a template."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.files import read_lines

#: Places of the five points in an image of 112 x 112 pixels (ArcFace): left eye in the image, right eye, tip of the
#: nose, left and right corner of the mouth.
TEMPLATE = np.array([(38.29, 51.70), (73.53, 51.50), (56.03, 71.74), (41.55, 92.37), (70.73, 92.20)])
TEMPLATE_SIDE = 112
POINTS = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
#: The ten columns of a landmarks file, after the key columns of the face.
COORDINATES = tuple(f"{name}_{axis}" for name in POINTS for axis in "xy")
Landmarks = NDArray[np.float64]


def template(side: int, margin: float = 0.0) -> Landmarks:
    """Return the template (5, 2) for an image of side x side pixels.

    Args:
        side: in pixels.
        margin: extra space at either end, as a share of the template's side.
    """
    middle = (TEMPLATE_SIDE - 1) / 2  # pixel centres are at whole numbers
    return (TEMPLATE - middle) * (side / TEMPLATE_SIDE / (1 + 2 * margin)) + (side - 1) / 2


def similarity(source: Landmarks, target: Landmarks) -> NDArray[np.float64]:
    """Return the rotation, scale and shift (2, 3), without mirroring, that maps points (K, 2) nearest to others (K, 2).

    Least squares, by Umeyama (1991), equations 40 to 43.
    """
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    source, target = source - from_middle, target - to_middle
    left, values, right = np.linalg.svd(target.T @ source)
    signs = np.array([1.0, np.sign(np.linalg.det(left @ right))])
    turn = left @ np.diag(signs) @ right * ((values @ signs) / np.square(source).sum())
    return np.concatenate([turn, (to_middle - turn @ from_middle)[:, None]], axis=1)


def warp(image: NDArray[np.uint8], matrix: NDArray[np.float64], side: int) -> NDArray[np.uint8]:
    """Apply a similarity (2, 3) to an image (H, W, 3), its edge repeated outside; returns (side, side, 3).

    An image that gets much smaller is first reduced by area averaging, against aliasing.
    """
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    if scale < 0.5:
        height, width = (max(round(2 * scale * length), 1) for length in image.shape[:2])
        x, y = image.shape[1] / width, image.shape[0] / height
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        shift = matrix[:, :2] @ np.array([(x - 1) / 2, (y - 1) / 2]) + matrix[:, 2]
        matrix = np.stack([matrix[:, 0] * x, matrix[:, 1] * y, shift], axis=1)
    flags, border = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), flags=flags, borderMode=border), np.uint8)


def align(image: NDArray[np.uint8], landmarks: Landmarks, side: int, margin: float = 0.0) -> NDArray[np.uint8]:
    """Return the face (side, side, 3) of an image (H, W, 3), its landmarks (5, 2) fitted to the template."""
    return warp(image, similarity(landmarks, template(side, margin)), side)


def fault_of(landmarks: Landmarks) -> str | None:
    """Return the fault of five points, in words; None where they can be those of a face."""
    if not np.isfinite(landmarks).all():
        return "has a number that is not finite"
    eyes, mouth = landmarks[1] - landmarks[0], landmarks[3:].mean(axis=0) - landmarks[:2].mean(axis=0)
    turn = float(eyes[0] * mouth[1] - eyes[1] * mouth[0])
    if abs(turn) < 1.0:  # square pixels
        return "has points that do not span a face"
    return "has left and right exchanged: the left eye is the one at the left of the image" if turn < 0 else None


def read_landmarks(path: Path, keys: tuple[str, ...]) -> tuple[dict[tuple[str, ...], Landmarks], list[str]]:
    """Read a landmarks file, CSV with a line per face: points by the values of the key columns, and faults by line.

    Args:
        path: its first line names the columns: the keys, then `COORDINATES`.
        keys: columns that identify the face.

    Raises:
        DataError: no such file or columns.
    """
    rows = csv.reader(read_lines(path))
    expected = [*keys, *COORDINATES]
    header = [name.strip() for name in next(rows, [])]
    if header != expected:
        raise DataError(f"{path}: line 1 is {','.join(header)!r}; it must be {','.join(expected)!r}")
    found: dict[tuple[str, ...], Landmarks] = {}
    faults = []
    for row in rows:
        key = tuple(value.strip() for value in row[: len(keys)])
        try:
            points = _points(row, len(keys))
        except ValueError as error:
            faults.append(f"{path}: line {rows.line_num} {error}")
            continue
        if key in found:
            faults.append(
                f"{path}: line {rows.line_num} gives {' '.join(key)} a second time; remove one of the two lines"
            )
        found[key] = points
    return found, faults


def _points(row: list[str], keys: int) -> Landmarks:
    """Return the points of a line. Raises ValueError, worded to follow the line's number."""
    if len(row) != keys + len(COORDINATES):
        raise ValueError(f"has {len(row)} values; {keys + len(COORDINATES)} are expected")
    try:
        points = np.array([float(value) for value in row[keys:]]).reshape(len(POINTS), 2)
    except ValueError as error:
        raise ValueError(f"has a {error}") from error
    fault = fault_of(points)
    if fault:
        raise ValueError(fault)
    return points


def landmarks_line(keys: tuple[str, ...], landmarks: Landmarks) -> str:
    """Return a line of a landmarks file."""
    return ",".join([*keys, *(f"{value:.2f}" for value in landmarks.reshape(-1))])
