"""Stamps: where they land, how they are lit, what they shade, and that the edge of the canvas does no harm."""

from __future__ import annotations

import numpy as np
import pytest

from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.canvas.curves import point
from datamodules.synthetic.canvas.stamps import Placing, Stamp, make_stamp, put, stamp_planes

GREY = np.full((64, 64, 3), 100, np.float32)


def square() -> Stamp:
    """White where |u| <= 1 and v is in 0 .. 1."""
    return make_stamp(
        lambda u, v: stamp_planes(np.full((*u.shape, 3), 200.0), (np.abs(u) <= 1) & (v >= 0) & (v <= 1)), 80, 80
    )


def placed(left: float, top: float, wide: float, tall: float) -> Placing:
    return Placing(point(left + wide / 2, top), point(wide / 2, 0.0), point(0.0, tall))


def test_a_stamp_fills_its_place_with_its_label() -> None:
    canvas = Canvas(GREY)
    put(canvas, square(), placed(0.25, 0.5, 0.5, 0.25), 3)
    image, labels = canvas.finish()
    inside = np.zeros((64, 64), bool)
    inside[32:48, 16:48] = True
    assert ((labels == 3) != inside).mean() < 0.02
    assert (image[34:46, 18:46] == 200).all()
    assert (image[~inside & (labels == 0)] < 150).all() and (image[:30] == 100).all()


def test_light_rises_along_and_across() -> None:
    canvas = Canvas(GREY)
    put(canvas, square(), placed(0, 0, 1, 1), light=(0.5, 0.2, 0.1), tint=np.array([1, 0.5, 0.25], np.float32))
    image = canvas.finish()[0].astype(float)
    assert image[32, 32, 0] == pytest.approx(200 * 0.55, abs=3)
    assert image[32, 60, 0] - image[32, 4, 0] == pytest.approx(200 * 0.4 * 56 / 64, abs=3)
    assert image[60, 32, 0] - image[4, 32, 0] == pytest.approx(200 * 0.1 * 56 / 64, abs=3)
    assert image[32, 32, 1:] == pytest.approx(image[32, 32, 0] * np.array([0.5, 0.25]), abs=1)


def test_a_shadow_falls_on_what_is_labelled_only() -> None:
    canvas = Canvas(GREY)
    canvas.labels[:, 64:] = 1
    put(canvas, square(), placed(0.3, 0.3, 0.4, 0.4), shadow=0.8)
    image = canvas.finish()[0]
    assert (image[:, :18] == 100).all() and (image[:16, :30] == 100).all()
    assert image[46:50, 34:44].min() < 90


def test_stamps_may_leave_the_canvas() -> None:
    canvas = Canvas(GREY)
    for left in (-5.0, -0.3, 0.9, 5.0):
        put(canvas, square(), placed(left, -0.2, 0.5, 0.5), 1)
    image, labels = canvas.finish()
    assert labels[0, 0] == labels[0, 63] == 1 and labels[40, 32] == 0
    assert np.isfinite(image).all()


def test_small_stamps_are_smooth() -> None:
    """Stripes of half a pixel come out as their mean, not as a pattern."""
    striped = make_stamp(
        lambda u, v: stamp_planes(np.repeat((np.sin(v * 200)[..., None] > 0) * 200.0, 3, axis=2), np.ones_like(u)),
        80,
        80,
    )
    canvas = Canvas(GREY)
    put(canvas, striped, placed(0.2, 0.2, 0.3, 0.15))
    inner = canvas.finish()[0][14:20, 16:28]
    assert inner.std() < 25
    assert inner.mean() == pytest.approx(100, abs=20)
