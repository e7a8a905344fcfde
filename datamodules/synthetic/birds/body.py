"""A bird's body: its frame in space, its outline, and the coloured, feathered, rounded surface inside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from datamodules.synthetic.birds.species import Build, Species
from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.canvas.curves import Points, left_of, point, rotate, spline
from datamodules.synthetic.canvas.palette import rgb

BIRD = 1  # the canvas's label of the bird
Plane = NDArray[np.float32]
_TILE = 256

#: Parts of the plumage: outlines (x forward, y down) around the middle of their carrier: the head, in its radii,
#: or the body, in halves of its length and depth.
PARTS: dict[str, tuple[str, tuple[tuple[float, float], ...]]] = {
    "underparts": ("body", ((1.6, -0.9), (0.75, -0.15), (0.1, 0.22), (-0.7, 0.2), (-1.5, 0.05), (-1.5, 1.6),
                        (1.6, 1.6))),
    "belly": ("body", ((0.35, 0.35), (-0.3, 0.3), (-1.4, 0.1), (-1.5, 1.6), (0.5, 1.6))),
    "vent": ("body", ((-0.45, 0.5), (-1.4, 0.0), (-1.6, 1.4), (-0.4, 1.5))),
    "rump": ("body", ((-0.72, -1.2), (-0.8, 1.2), (-1.7, 1.2), (-1.7, -1.2))),
    "breast": ("body", ((0.45, -1.0), (0.25, 0.2), (0.3, 1.4), (1.9, 1.4), (1.9, -1.2))),
    "flank": ("body", ((0.3, 0.25), (-0.9, 0.1), (-0.9, 0.75), (0.2, 0.8))),
    "back": ("body", ((0.85, -1.6), (0.6, -0.62), (0.0, -0.12), (-0.8, -0.05), (-1.5, -0.2), (-1.5, -1.6))),
    "bandbreast": ("body", ((0.50, -0.3), (0.62, 0.35), (0.75, 1.3), (1.0, 1.3), (0.92, 0.3), (0.80, -0.4))),
    "hood": ("head", ((1.5, -1.5), (-1.5, -1.5), (-1.25, 0.3), (-0.6, 1.1), (0.2, 1.35), (1.5, 1.2))),
    "cap": ("head", ((1.2, -0.22), (0.45, -0.34), (-0.3, -0.22), (-1.2, 0.05), (-1.6, -1.4), (1.2, -1.5))),
    "forecap": ("head", ((1.3, -0.1), (0.7, -0.30), (0.15, -0.42), (-0.25, -1.4), (1.3, -1.4))),
    "forehead": ("head", ((1.3, 0.05), (0.75, -0.12), (0.55, -0.45), (0.6, -1.2), (1.3, -1.2))),
    "mask": ("head", ((1.4, -0.42), (0.78, -0.42), (0.45, -0.1), (0.48, 0.45), (0.75, 1.0), (1.4, 0.9))),
    "cheek": ("head", ((0.72, 0.0), (0.2, -0.08), (-0.6, 0.0), (-0.78, 0.35), (-0.35, 0.72), (0.4, 0.66))),
    "throat": ("head", ((1.2, 0.28), (0.55, 0.42), (0.1, 0.78), (0.0, 1.5), (0.9, 1.7), (1.5, 0.9))),
    "chin": ("head", ((1.2, 0.22), (0.75, 0.36), (0.5, 0.7), (0.65, 1.1), (1.4, 0.9))),
    "nape": ("head", ((-0.2, -1.3), (-0.6, 0.0), (-0.35, 1.0), (-1.1, 1.5), (-1.9, 0.6), (-1.5, -1.2))),
    "collar": ("head", ((1.0, 1.0), (0.1, 1.02), (-0.7, 0.72), (-1.4, 0.3), (-1.7, 0.72), (-0.9, 1.18),
                        (0.1, 1.42), (1.2, 1.36))),
    "eyeline": ("head", ((1.3, -0.22), (0.4, -0.34), (-0.3, -0.18), (-0.95, -0.02), (-0.3, 0.06),
                        (0.45, 0.02), (1.3, 0.14))),
    "brow": ("head", ((1.0, -0.34), (0.4, -0.56), (-0.4, -0.44), (-1.0, -0.16), (-0.5, -0.18), (0.3, -0.30),
                        (1.0, -0.14))),
    "malar": ("head", ((0.8, 0.30), (0.3, 0.48), (-0.2, 0.86), (0.1, 0.98), (0.5, 0.66), (0.9, 0.42))),
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """Positions of a bird's parts, in image sides; it faces right.

    Attributes:
        build: its shape.
        middle: centre of the body.
        half: half the body's length.
        posture: inclination of the body in degrees.
        pitch: elevation of the head in degrees.
        turn: rotation of the head to the viewer, 0 (profile) .. 1.
    """

    build: Build
    middle: Points
    half: float
    posture: float
    pitch: float
    turn: float

    def body(self, x: float, y: float) -> Points:
        """Return a point of the body: x forward, y down at right angles, in halves of its length and depth."""
        forward, down = self._body_axes
        return np.asarray(self.middle + x * forward + y * down)

    def face(self, x: float, y: float) -> Points:
        """Return a point of the head: x forward, y down, in its radii."""
        forward, down = self._face_axes
        return np.asarray(self.head + x * forward + y * down)

    @cached_property
    def head(self) -> Points:
        """Return the head's centre."""
        shoulder = self.body(0.58, -0.42)
        a = np.radians(0.55 * self.posture + 28)
        return shoulder + self.half * self.build.neck * point(np.cos(a), -np.sin(a))

    @property
    def radius(self) -> float:
        """Return the head's radius."""
        return self.half * self.build.head

    @cached_property
    def _body_axes(self) -> tuple[Points, Points]:
        forward = rotate(point(self.half, 0.0), -self.posture)
        return forward, left_of(forward) * self.build.depth

    @cached_property
    def _face_axes(self) -> tuple[Points, Points]:
        forward = rotate(point(self.radius, 0.0), -self.pitch)
        return forward, left_of(forward)

    def outline(self) -> Points:
        """Return body, neck and head as one closed curve."""
        head = [(0.92, -0.30), (0.62, -0.76), (0.08, -0.99), (-0.52, -0.84)]
        back = [(-0.25, -0.99), (-0.80, -0.66), (-1.22, -0.26)]
        below = [(-1.22, 0.16), (-0.80, 0.72), (-0.12, 1.0), (0.52, 0.92), (0.90, 0.40)]
        nape = self.face(-0.92, -0.1) * 0.62 + self.body(0.30, -0.95) * 0.38
        throat = self.face(0.40, 0.92) * 0.5 + self.body(0.98, -0.05) * 0.5
        knots = [self.face(*p) for p in head] + [nape] + [self.body(0.30, -0.97)] + [self.body(*p) for p in back]
        knots += [self.body(*p) for p in below] + [throat, self.face(0.86, 0.42)]
        return spline(knots, closed=True)

    def part(self, name: str) -> Points:
        """Return the outline of a part of the plumage."""
        where, corners = PARTS[name]
        at = self.face if where == "head" else self.body
        return spline([at(*corner) for corner in corners], closed=True, steps=4)


@cache
def _plumage() -> Plane:
    """Return a tile (T, T) of soft, overlapping feathers along x, with mean about 0."""
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 1, (_TILE, _TILE)).astype(np.float32)
    fine = cv2.blur(np.tile(noise, (3, 3)), (9, 1))[_TILE : 2 * _TILE, _TILE : 2 * _TILE] * 3.0
    wide = cv2.blur(np.tile(noise, (3, 3)), (25, 5))[_TILE : 2 * _TILE, _TILE : 2 * _TILE] * 9.0
    y, x = np.mgrid[0:_TILE, 0:_TILE].astype(np.float32)
    row = np.floor(y / 8)
    scale = np.mod(x / 16 + 0.5 * np.mod(row, 2) + 0.10 * np.sin(row * 2.1), 1.0)
    across = np.abs(np.mod(y, 8) / 4 - 1)
    scallop = np.clip(1.2 - 6 * np.abs(scale - 0.25 * across**2 - 0.05), 0, 1)
    return np.clip(0.40 * fine + 0.45 * wide - 0.55 * scallop, -1.6, 1.6).astype(np.float32)


def draw_body(canvas: Canvas, frame: Frame, species: Species, light: NDArray[np.float64]) -> None:
    """Paint body and head: colours by parts with feathery borders, then their texture, then light on the round form."""
    pixels = frame.outline() * canvas.side
    low, high = np.floor(pixels.min(axis=0)).astype(int) - 3, np.ceil(pixels.max(axis=0)).astype(int) + 4
    left, top = max(int(low[0]), 0), max(int(low[1]), 0)
    right, bottom = min(int(high[0]), canvas.side), min(int(high[1]), canvas.side)
    if right - left < 4 or bottom - top < 4:
        return
    size = (right - left, bottom - top)
    corner = np.array([left, top])
    mask = _fill_mask(pixels - corner, size)
    texture = _texture(frame, canvas.side, corner, size)
    paint = np.empty((3, size[1], size[0]), np.float32)
    paint[:] = rgb(species.body)[:, None, None]
    for part, colour in species.patches:
        soft = cv2.blur(_fill_mask(frame.part(part) * canvas.side - corner, size), (5, 5)).astype(np.float32) / 255
        cover = np.clip((soft - 0.5) * 2.2 + 0.5 + 0.22 * texture, 0, 1)
        paint += cover * (rgb(colour)[:, None, None] - paint)
    if species.streaks:
        _streak(paint, frame, rgb(species.streaks), canvas.side, corner)
    alpha = mask.astype(np.float32) / 255
    shade = _round_shading(mask, frame.half * canvas.side, light) + 0.055 * texture
    # Dark plumage has a sheen: light is added to it, not only multiplied.
    paint = paint * shade + np.maximum(shade - 0.95, 0) * 26
    target = canvas.planes[:, top:bottom, left:right]
    target += alpha * (np.clip(paint, 0, 255) - target)
    canvas.labels[top:bottom, left:right][mask >= 128] = BIRD


def _fill_mask(pixels: Points, size: tuple[int, int]) -> NDArray[np.uint8]:
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(mask, [np.rint((pixels - 0.5) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask


def _texture(frame: Frame, side: int, corner: Points, size: tuple[int, int]) -> Plane:
    """Return the feathers' texture in the window, oriented along the body."""
    zoom = _TILE / (4.2 * frame.half * side)
    a = np.radians(frame.posture)
    rows = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) * zoom
    shift = rows @ (corner - frame.middle * side) + _TILE / 2
    inverse = np.concatenate([rows, shift[:, None]], axis=1)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(_plumage(), inverse, size, flags=flags, borderMode=cv2.BORDER_WRAP), np.float32)


def _streak(paint: Plane, frame: Frame, colour: Plane, side: int, corner: Points) -> None:
    """Paint rows of short dark streaks on breast and flanks, in place."""
    layer = np.zeros(paint.shape[1:], np.float32)
    for row in range(5):
        for i in range(7):
            x, y = 0.88 - 0.24 * i - 0.05 * (row % 2), 0.02 + 0.19 * row + 0.02 * i
            ends = np.stack([frame.body(x, y), frame.body(x - 0.13, y + 0.05)]) * side - corner
            fixed = np.rint(ends * 16).astype(np.int32)
            cv2.polylines(layer, [fixed], False, 1.0, max(1, round(0.035 * frame.half * side)), cv2.LINE_AA, 4)
    paint += (0.75 * cv2.blur(layer, (3, 3))) * (colour[:, None, None] - paint)


def _round_shading(mask: NDArray[np.uint8], half: float, light: NDArray[np.float64]) -> Plane:
    """Return the brightness of a form as deep as it is wide, with light from above and reflected light from below."""
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    radius = np.float32(0.50 * half)
    height = np.sqrt(np.maximum(1 - np.square(1 - np.minimum(inside / radius, 1)), 0)) * radius
    height = cv2.blur(cv2.blur(height, (7, 7)), (7, 7))
    x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8)
    y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    norm = 1 / np.sqrt(1 + x * x + y * y)
    lit = np.maximum((np.float32(light[2]) - x * np.float32(light[0]) - y * np.float32(light[1])) * norm, 0)
    return np.asarray(0.50 + 0.58 * lit + 0.05 * np.maximum(-y, 0) * norm, np.float32)
