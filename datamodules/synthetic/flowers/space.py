"""Position of a bloom in space, and its projection to the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datamodules.synthetic.canvas.curves import Points
from datamodules.synthetic.canvas.daylight import Vector


@dataclass(frozen=True)
class Head:
    """A bloom's frame: its position and radius (image sides), and the rotation (3, 3) from its own axes."""

    place: Points
    radius: float
    turn: Vector

    def at(self, vector: Vector) -> Points:
        """Return the projection of a point of the bloom's own space to the image."""
        return self.place + self.along(vector)

    def along(self, vector: Vector) -> Points:
        """Return the projection of a vector of the bloom's own space to the image."""
        return np.asarray((self.turn @ vector)[:2] * self.radius)


def rotation(roll: float, tilt: float, towards: float) -> Vector:
    """Return the rotation by roll degrees about the viewing axis, then by tilt towards a direction (0 up, 90 right)."""
    r, t, d = np.radians([roll, tilt, towards])
    spin = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    x, y = np.sin(d), -np.cos(d)  # direction of the axis in the image
    axis = np.array([-y, x, 0.0])  # at right angles to it
    c, s = np.cos(t), np.sin(t)
    cross = np.array([[0, 0, axis[1]], [0, 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.asarray((c * np.eye(3) + s * cross + (1 - c) * np.outer(axis, axis)) @ spin)
