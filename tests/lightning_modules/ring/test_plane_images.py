"""Points in the plane as images and animations."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from lightning_modules.ring.plane_images import animation, iterations, outside, plane_image, shown_positions

ANGLES = np.linspace(0, 2 * math.pi, 100, endpoint=False)
REAL = (100 + 10 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1)).astype(np.float32)


def red_pixels(image: Image.Image) -> np.ndarray:
    """Return the mask of an image's red pixels, those of generated points."""
    pixels = np.asarray(image.convert("RGB")).astype(int)
    return (pixels[..., 0] - pixels[..., 2]) > 60


def test_points_lie_at_their_coordinates() -> None:
    right = np.tile(np.array([[110.0, 100.0]], np.float32), (50, 1))
    shown = np.argwhere(red_pixels(plane_image(REAL, right, side=100)))
    # 10 of the 17.5 that an image reaches from its middle; y is 50, y points up
    assert shown[:, 1].mean() == pytest.approx(50 + 50 * 10 / 17.5, abs=1.5)
    assert shown[:, 0].mean() == pytest.approx(50, abs=1.5)
    upper = np.tile(np.array([[100.0, 110.0]], np.float32), (50, 1))
    assert np.argwhere(red_pixels(plane_image(REAL, upper, side=100)))[:, 0].mean() < 30


def test_points_outside_are_reported() -> None:
    assert outside(REAL, REAL) == ""
    assert outside(REAL, np.zeros_like(REAL)) == "100 % outside,\nabout (0, 0)"
    assert outside(REAL, np.zeros_like(REAL) - 0.3) == "100 % outside,\nabout (0, 0)"
    half = np.concatenate([REAL[:50], np.full((50, 2), -40.0, np.float32)])
    assert outside(REAL, half) == "50 % outside,\nabout (-40, -40)"
    assert outside(REAL, np.full_like(REAL, np.nan)) == "not finite"


def test_chosen_moments_and_their_labels() -> None:
    assert shown_positions([1, 5, 10, 100, 500, 1000], 7) == [2, 3, 4, 5]
    picked = shown_positions(list(range(1, 101)), 7)
    assert len(picked) == 7 and picked[0] == 0 and picked[-1] == 99
    assert [iterations(n) for n in (900, 9_999, 10_000, 475_000, 2_000_000)] == ["900", "9,999", "10 k", "475 k", "2 M"]


def test_an_animation_has_a_frame_per_moment_and_shows_the_last_longest() -> None:
    film = Image.open(io.BytesIO(animation([(10, REAL, REAL + 5), (100, REAL, REAL)])))
    assert film.n_frames == 2 and film.size == (148, 170)
    durations = []
    for frame in range(2):
        film.seek(frame)
        durations.append(film.info["duration"])
    assert durations == [4000, 2500]
