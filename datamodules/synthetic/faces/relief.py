"""Light on a face: the slopes of its form, and their shading by a lamp and the sky."""

from __future__ import annotations

import cv2
import numpy as np

from datamodules.synthetic.canvas.curves import Points
from datamodules.synthetic.faces.attributes import Attributes
from datamodules.synthetic.faces.head import Head
from datamodules.synthetic.faces.sheet import Patch, Plane, Sheet

_COARSE = 2  # light is smooth: it is computed on every second pixel
#: Centre in the image (across, down), half-width, half-height, and height.
Hill = tuple[float, float, float, float, float]
_SCATTER = np.array([0.42, 0.27, 0.22], dtype=np.float32)  # light scattered in the skin is reddish


class Lamp:
    """Light of an image: direction, strength and colour."""

    def __init__(self, how: Attributes) -> None:
        across, up = np.radians(how.light[0]), np.radians(how.light[1])
        self.towards = np.array(
            [np.sin(across) * np.cos(up), -np.sin(up), np.cos(across) * np.cos(up)], dtype=np.float32
        )
        self.contrast = how.contrast
        warm = how.warmth
        self.key = np.array([1 + 0.10 * warm, 1.0, 1 - 0.16 * warm], np.float32) * (0.30 + 0.52 * how.contrast)
        self.sky = np.array([1 + 0.03 * warm, 1.0, 1 - 0.05 * warm], np.float32) * (0.76 - 0.40 * how.contrast)
        self.key, self.sky = self.key * np.float32(how.exposure), self.sky * np.float32(how.exposure)

    def on(self, normal: tuple[float, float, float], scatter: float = 0.25) -> Plane:
        """Return the factor (3,) of the colours of a flat surface."""
        return self.on_all(np.array([normal], dtype=np.float32), scatter)[:, 0]

    def on_all(self, normals: Plane, scatter: float = 0.25) -> Plane:
        """Return factors (3, K) for normals (K, 3), of any length."""
        facing = normals @ self.towards / np.linalg.norm(normals, axis=1)
        return self.sky[:, None] + self.key[:, None] * np.maximum(facing + scatter, 0) / np.float32(1 + scatter)


class Relief:
    """Slopes of a face on a coarse grid over a patch of the sheet."""

    def __init__(self, sheet: Sheet, patch: Patch, edges: tuple[Points, Points]) -> None:
        self.patch = patch
        self.x = _grid(patch.columns, sheet.unit, sheet.origin[0])
        self.y = _grid(patch.rows, sheet.unit, sheet.origin[1])
        left, right = (np.interp(self.y, edge[:, 1], edge[:, 0]).astype(np.float32) for edge in edges)
        across = (2 * self.x[None, :] - (left + right)[:, None]) / np.maximum(right - left, 1e-3)[:, None]
        across = np.clip(across, -1, 1)
        top, bottom = float(edges[0][0, 1]), float(edges[0][-1, 1])
        down = np.clip(2 * (self.y - top) / (bottom - top) - 1, -1, 1)
        self.right = across / np.sqrt(1.10 - across * across)
        self.down = np.broadcast_to((1.15 * down**3 / np.sqrt(1.12 - down * down))[:, None], self.right.shape).copy()

    def raise_all(self, hills: list[Hill]) -> None:
        """Add hills and hollows."""
        across, down, wide, tall, height = np.array(hills, dtype=np.float32).T[..., None]
        x, y = (self.x - across) / wide, (self.y - down) / tall
        columns, rows = np.exp(-0.5 * x * x), height * np.exp(-0.5 * y * y)
        self.right += rows.T @ (columns * x / wide)
        self.down += (rows * y / tall).T @ columns

    def light(self, lamp: Lamp) -> tuple[Plane, Plane]:
        """Return factors (3, h, w) of the skin's colours in the patch, and its shine (h, w) in [0, 1]."""
        length = np.sqrt(1 + self.right * self.right + self.down * self.down)
        facing = (self.right * lamp.towards[0] + self.down * lamp.towards[1] + lamp.towards[2]) / length
        half = lamp.towards + np.array([0, 0, 1], dtype=np.float32)
        half /= np.linalg.norm(half)
        shine = np.clip((self.right * half[0] + self.down * half[1] + half[2]) / length, 0, 1) ** 24
        edge = 0.80 + 0.20 / length
        sky = edge * (1 - 0.16 * self.down / length)
        factors = np.stack(
            [
                lamp.sky[c] * sky + lamp.key[c] * edge * np.maximum(facing + s, 0) / (1 + s)
                for c, s in enumerate(_SCATTER)
            ]
        )
        shape = self.patch.cover.shape
        return np.stack([finer(plane, shape) for plane in factors]), finer(shine, shape)


def _grid(span: slice, unit: float, origin: float) -> Plane:
    start, stop = span.start, span.stop
    count = max((stop - start + _COARSE - 1) // _COARSE, 1)
    middle = start + (np.arange(count) + 0.5) * (stop - start) / count
    return (middle / unit + origin).astype(np.float32)


def finer(plane: Plane, shape: tuple[int, ...]) -> Plane:
    """Return a coarse plane, enlarged to a patch's size."""
    return np.asarray(cv2.resize(plane.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR))


def face_relief(sheet: Sheet, patch: Patch, head: Head) -> Relief:
    """Return the form of a face in the image."""
    relief = Relief(sheet, patch, head.contour())
    who, how = head.who, head.how
    smile, bony = max(how.smile, 0.0), 1.0 if who.female else 1.5

    hills: list[Hill] = []

    def hill(x: float, y: float, wide: float, tall: float, height: float, lift: float = 0.0) -> None:
        hills.append((*head.project_point(x, y, head.surface(x, y) + lift), wide, tall, height))

    tip = head.tip[1]
    for share in np.linspace(0, 1, 5):
        y = -0.06 + (tip + 0.02) * share
        hill(0, y, 0.062 + 0.014 * share, 0.085, who.nose_bridge * (0.016 + 0.050 * share), who.nose_lift * share)
    hill(0, tip, 0.54 * who.nose_width, 0.072, 0.36 * who.nose_lift, who.nose_lift)
    mouth = head.mouth_y + 0.2 * head.drop
    hill(0, mouth, 0.27, 0.15, 0.05)
    hill(0, mouth + 0.15 + 0.6 * head.drop, 0.13, 0.04, -0.022)
    hill(0, 0.93 + (who.chin_length - 1) * 0.3 + head.drop, 0.16 * who.chin, 0.085, 0.05)
    hill(0, -0.46, 0.42, 0.22, 0.03)
    for side in (-1, 1):
        (x, y), wing = head.eye(side), side * who.nose_width * 0.80
        hill(x, y - 0.03, 0.17, 0.10, -0.050)
        hill(side * 0.15, y - 0.05, 0.07, 0.09, -0.026)
        hill(x, y, 0.105, 0.062, 0.036)
        hill(x * 0.95, y - who.brow_height + 0.02, 0.20, 0.055, 0.020 * bony)
        hill(wing, who.nose_length + 0.005, 0.042, 0.046, 0.034, 0.10)
        hill(side * 0.43, 0.27 - 0.03 * smile, 0.17, 0.15, 0.045 + 0.035 * smile)
        hill(side * 0.62, -0.20, 0.10, 0.16, -0.03)
        hill(side * 0.50, 0.60, 0.11, 0.16, -0.02 * (1.6 - who.cheek))
    relief.raise_all(hills)
    return relief
