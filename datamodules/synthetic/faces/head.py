"""Form of a head: horizontal ellipses stacked from the skull to the chin, rotated and projected.

Lengths are in half head heights. The head's own coordinates have the eyes' middle near (0, 0, 0): x to the right of
the image, y down (the skull ends at -1, the chin near 1), z to the viewer. `project` gives the image's coordinates
in the same unit, before roll and scale, with the middle of the head at (0, 0).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from datamodules.synthetic.canvas.curves import Points, spline
from datamodules.synthetic.faces.attributes import Attributes
from datamodules.synthetic.faces.identity import Identity

Values = NDArray[np.float64]
Place = tuple[float, float]
Places = Sequence[Place]

# Height, half-width, distances of the front and of the back from the axis of the ears.
_PROFILE = np.array(
    [
        (-1.00, 0.02, 0.04, 0.04),
        (-0.97, 0.23, 0.24, 0.26),
        (-0.89, 0.43, 0.45, 0.50),
        (-0.75, 0.60, 0.62, 0.72),
        (-0.55, 0.71, 0.75, 0.86),
        (-0.30, 0.755, 0.81, 0.92),
        (-0.05, 0.755, 0.80, 0.90),
        (0.20, 0.735, 0.82, 0.80),
        (0.40, 0.69, 0.83, 0.60),
        (0.60, 0.600, 0.84, 0.32),
        (0.75, 0.490, 0.84, 0.05),
        (0.87, 0.345, 0.82, -0.22),
        (0.95, 0.215, 0.79, -0.42),
        (1.00, 0.05, 0.74, -0.62),
    ]
)
_FACTORS_AT = (-1.0, -0.5, -0.1, 0.32, 0.62, 0.88, 1.0)  # forehead, temples, cheeks, jaw, chin
_DISTANCE = 7.0  # of the viewer
_MOUTH = 0.66


class Head:
    """The head of a person in an image.

    Args:
        who: the person, which gives its form.
        how: the attributes, which give its pose.
    """

    def __init__(self, who: Identity, how: Attributes) -> None:
        self.who, self.how = who, how
        yaw, pitch = np.radians(how.yaw), np.radians(how.pitch)
        self.turn = float(np.cos(yaw)), float(np.sin(yaw))
        self.nod = float(np.cos(pitch)), float(np.sin(pitch))
        fine = spline(_PROFILE[:, :2], steps=3)[:, 0]
        self.y = np.clip(fine, -1.0, 1.0)
        wide, front, back = (np.interp(self.y, _PROFILE[:, 0], column) for column in _PROFILE.T[1:])
        factors = (who.forehead, who.forehead, 1.0, who.cheek, who.jaw, who.chin, who.chin)
        self.wide = wide * who.width * np.interp(self.y, _FACTORS_AT, factors)
        self.axis, self.deep = (front - back) / 2, (front + back) / 2
        self.drop = 0.11 * how.mouth * (1 - 0.3 * max(how.smile, 0))  # of the jaw
        below = np.clip(self.y - _MOUTH, 0, None)
        self.y = self.y + below * (who.chin_length - 1) + self.drop * np.clip((self.y - 0.45) / 0.3, 0, 1)
        self._rows = self.y.tolist()  # plain numbers are faster for few points
        self._form = np.stack([self.wide, self.axis, self.deep], axis=1).tolist()

    def surface(self, x: float, y: float) -> float:
        """Return z of the face's front at a point."""
        i = min(max(bisect_right(self._rows, y) - 1, 0), len(self._rows) - 2)
        share = min(max((y - self._rows[i]) / (self._rows[i + 1] - self._rows[i]), 0.0), 1.0)
        wide, axis, deep = (
            low + share * (high - low) for low, high in zip(self._form[i], self._form[i + 1], strict=True)
        )
        across = min(abs(x) / wide, 0.985) if wide > 1e-3 else 0.985
        return axis + deep * math.sqrt(1 - across**2.3)

    def project(self, places: Places, lift: float | Sequence[float] = 0.0) -> Points:
        """Return image coordinates (K, 2) of points on the face, at height `lift` above it."""
        lifts = (lift,) * len(places) if isinstance(lift, float | int) else lift
        return np.array(
            [self.project_point(x, y, self.surface(x, y) + up) for (x, y), up in zip(places, lifts, strict=True)]
        )

    def project_point(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Return image coordinates of a point of the head."""
        (c, s), (nod, tilt) = self.turn, self.nod
        x, z = x * c + z * s, z * c - x * s
        y, z = y * nod - z * tilt, y * tilt + z * nod
        near = _DISTANCE / (_DISTANCE - z)
        return x * near, y * near

    def curve(
        self, places: Places, lift: float | Sequence[float] = 0.0, steps: int = 4, closed: bool = False
    ) -> Points:
        """Return a smooth line through points on the face."""
        return spline(self.project(places, lift), steps=steps, closed=closed)

    def contour(self, grow: Values | float = 0.0, top: float = 0.0) -> tuple[Points, Points]:
        """Return the left and the right edge of the head in the image, from the skull down, at each height `self.y`.

        Args:
            grow: additional width and depth at each height, for hair.
            top: additional height of the skull.
        """
        (c, s), wide, deep = self.turn, self.wide + grow, self.deep + grow
        reach = np.sqrt((wide * c) ** 2 + (deep * s) ** 2) + 1e-9
        y = self.y - top * np.clip((-0.1 - self.y) / 0.9, 0, 1)
        edges = []
        for side in (-1, 1):
            x, z = side * wide * (wide * c / reach), self.axis + side * deep * (deep * s / reach)
            edges.append(self._project_all(x, y, z))
        return edges[0], edges[1]

    def around(self, places: ArrayLike, grow: float = 0.0) -> Points:
        """Return image coordinates (K, 2) of points on the head by (degrees, y): 0 is the front, 90 the right ear.

        Points that face away lie on the edge of the head.
        """
        (c, s), places = self.turn, np.asarray(places, dtype=np.float64).reshape(-1, 2)
        y = places[:, 1]
        wide, axis, deep = (np.interp(y, self.y, values) for values in (self.wide + grow, self.axis, self.deep + grow))
        last, first = np.arctan2(wide * c, deep * s), -np.arctan2(wide * c, -deep * s)
        angle = np.clip(np.radians(places[:, 0]), first, last)
        return self._project_all(wide * np.sin(angle), y, axis + deep * np.cos(angle))

    def _project_all(self, x: Values, y: Values, z: Values) -> Points:
        return np.stack(self.project_point(x, y, z), axis=1)  # type: ignore[arg-type]  # the same for arrays

    def eye(self, side: int) -> Place:
        """Return the middle of an eye on the face: side -1 is at the left of the image."""
        return side * self.who.eye_spacing, self.who.eye_height

    @property
    def tip(self) -> Place:
        """Return the position of the nose's tip on the face, which protrudes by `who.nose_lift`."""
        return 0.0, self.who.nose_length - 0.035

    @property
    def mouth_y(self) -> float:
        """Return the height at which the lips meet."""
        return self.who.mouth_height + (self.who.chin_length - 1) * 0.1

    def corner(self, side: int) -> Place:
        """Return the position of a corner of the mouth."""
        how = self.how
        wide = self.who.mouth_width * (1 + 0.17 * max(how.smile, 0) + 0.06 * min(how.smile, 0) - 0.22 * how.mouth)
        wide = min(wide, 0.58 * float(np.interp(self.mouth_y, self.y, self.wide)))
        return side * wide, self.mouth_y - 0.055 * how.smile + 0.65 * self.drop

    def landmarks(self) -> Points:
        """Landmarks (5, 2) in the image: left and right eye, tip of the nose, left and right corner of the mouth."""
        places = [self.eye(-1), self.eye(1), self.tip, self.corner(-1), self.corner(1)]
        return self.project(places, (-0.02, -0.02, self.who.nose_lift, 0.02, 0.02))
