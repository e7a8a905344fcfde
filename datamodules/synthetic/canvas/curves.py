"""Curves and outlines of all shapes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]


def point(x: float, y: float) -> Points:
    """Return a point or vector (2,)."""
    return np.array([x, y], dtype=np.float64)


def unit(vector: Points) -> Points:
    """Return the vector scaled to length 1."""
    return vector / max(float(np.hypot(vector[0], vector[1])), 1e-9)


def left_of(direction: Points) -> Points:
    """Return the direction rotated by 90 degrees: image left for one that points down."""
    return point(-direction[1], direction[0])


def rotate(vector: Points, degrees: float) -> Points:
    """Return the vector rotated clockwise in the image (y points down)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return point(c * vector[0] - s * vector[1], s * vector[0] + c * vector[1])


def around(centre: Points, scale: float, offsets: Sequence[tuple[float, float]]) -> Points:
    """Return points (K, 2): the centre plus each offset times scale."""
    return centre + np.array(offsets, dtype=np.float64) * scale


def spline(points: ArrayLike, closed: bool = False, steps: int = 6) -> Points:
    """Return the Catmull-Rom curve (K * steps, 2) through points (K, 2), with the last point appended if open."""
    knots = np.array(points, dtype=np.float64)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    count = len(padded) - 3
    spans = np.concatenate([padded[i : count + i] for i in range(4)], axis=1).reshape(count, 4, 2)
    curve = (_catmull_rom(steps) @ spans).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, knots[-1:]])


@cache
def _catmull_rom(steps: int) -> Points:
    """Return weights (steps, 4) of a span's four knots."""
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    knots = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
    return np.concatenate([t**0, t, t**2, t**3], axis=1) @ knots


@cache
def _circle(count: int) -> Points:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def join(*pieces: ArrayLike) -> Points:
    """Return one outline from several sequences of points."""
    return np.concatenate([np.asarray(piece, dtype=np.float64).reshape(-1, 2) for piece in pieces])


def ellipse(centre: Points, width: float, height: float, degrees: float = 0.0, count: int = 28) -> Points:
    """Return the outline (count, 2) of an ellipse with these half-axes."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return centre + _circle(count) @ np.array([[c * width, s * width], [-s * height, c * height]])


class Tube:
    """A tapered limb: a smooth path with a half-width at each place along it.

    Args:
        path: (K, 2) points on the centre line.
        profile: pairs (t, half-width), t in [0, 1] along the path by length.
    """

    def __init__(self, path: ArrayLike, profile: Sequence[tuple[float, float]]) -> None:
        self.line = spline(path, steps=10)
        gaps = np.hypot(*np.diff(self.line, axis=0).T)
        self.length = float(gaps.sum())
        self.t = np.concatenate([[0.0], np.cumsum(gaps)]) / max(self.length, 1e-9)
        self.width = _smooth_steps(self.t, profile)

    def at(self, t: float | NDArray[np.float64]) -> Points:
        """Return the centre-line point(s) at t."""
        return np.array([np.interp(t, self.t, self.line[:, 0]), np.interp(t, self.t, self.line[:, 1])]).T

    def direction(self, t: float) -> Points:
        """Return the unit tangent at t, towards the end."""
        before, after = self.at(np.array([max(t - 0.03, 0.0), min(t + 0.03, 1.0)]))
        return unit(after - before)

    def half_width(self, t: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the half-width at t, smooth between the profile's entries."""
        return np.asarray(np.interp(t, self.t, self.width))

    def across(self, t: float, offset: float) -> Points:
        """Return the point at t, `offset` half-widths to the image left of a limb that points down."""
        return self.at(t) + left_of(self.direction(t)) * float(self.half_width(t)) * offset

    def edges(
        self, start: float, end: float, scale: float = 1.0, ease: float = 0.0, flare: float = 0.0, count: int = 18
    ) -> tuple[Points, Points]:
        """Return the sides (count, 2) of a section, half-widths `scale * w + ease`, with `flare` growing to the end."""
        t = np.linspace(start, end, count)
        centre = self.at(t)
        tangent = np.gradient(centre, axis=0)
        tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1])[:, None], 1e-9)
        normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
        loose = ease * np.clip(0.25 + t / 0.15, 0, 1)  # close-fitting cloth at the shoulder
        width = self.half_width(t) * scale + loose + flare * np.linspace(0, 1, count) ** 1.5
        return centre + normal * width[:, None], centre - normal * width[:, None]

    def outline(
        self,
        start: float = 0.0,
        end: float = 1.0,
        scale: float = 1.0,
        ease: float = 0.0,
        flare: float = 0.0,
        round_start: bool = False,
        round_end: bool = False,
    ) -> Points:
        """Return the closed outline of a section, with optional round ends."""
        left, right = self.edges(start, end, scale, ease, flare)
        tail = _cap(left[-1], right[-1]) if round_end else np.empty((0, 2))
        head = _cap(right[0], left[0]) if round_start else np.empty((0, 2))
        return join(left, tail, right[::-1], head)


def _smooth_steps(t: NDArray[np.float64], profile: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Return the profile's values at t, with a flat tangent at each of its entries."""
    where, value = np.array(profile).T
    i = np.clip(np.searchsorted(where, t, side="right") - 1, 0, len(where) - 2)
    u = (t - where[i]) / (where[i + 1] - where[i])
    return value[i] + (value[i + 1] - value[i]) * u * u * (3 - 2 * u)


def _cap(first: Points, second: Points) -> Points:
    """Return a half circle from first to second, convex to the image bottom if first is at the image left."""
    centre, radius = (first + second) / 2, (first - second) / 2
    angle = np.linspace(0, np.pi, 8)[1:-1, None]
    bulge = point(radius[1], -radius[0])
    return centre + np.cos(angle) * radius + np.sin(angle) * bulge
