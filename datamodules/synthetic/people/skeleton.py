"""Skeleton of a body: proportions, and the outlines and OpenPose key points given by its joints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datamodules.synthetic.canvas.curves import Points, Tube, point, rotate, spline

KEYPOINTS = (
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
)
# Height of the torso's landmarks: 0 at the base of the neck, 1 at the crotch.
LEVELS = (0.0, 0.07, 0.19, 0.31, 0.46, 0.60, 0.74, 0.88, 1.0, 1.2)


@dataclass(frozen=True)
class Body:
    """Proportions, as fractions of the body's height (which is in image sides)."""

    female: bool
    height: float
    widths: tuple[float, ...]
    shoulder: float
    pelvis: float
    limb: float
    crotch: float
    head: float

    @property
    def hip_spread(self) -> float:
        return 0.043 * self.pelvis


def draw_body(rng: Generator, female: bool) -> Body:
    """Draw the proportions of a body."""
    build = float(np.clip(rng.normal(1.01, 0.085), 0.87, 1.24))
    if female:
        widths = np.array([0.060, 0.086, 0.083, 0.080, 0.066, 0.063, 0.076, 0.087, 0.088, 0.086])
        widths[3] *= rng.uniform(0.95, 1.06)
        widths[7:] *= rng.uniform(0.95, 1.06)
    else:
        widths = np.array([0.062, 0.104, 0.098, 0.094, 0.083, 0.078, 0.079, 0.083, 0.083, 0.081])
        widths[5] *= rng.uniform(0.97, 1.10)
    shoulder = (0.093 if female else 0.107) * (0.5 + build / 2) * float(rng.uniform(0.96, 1.04))
    return Body(
        female=female,
        height=float(rng.uniform(0.865, 0.905) if female else rng.uniform(0.885, 0.92)),
        widths=tuple(float(w) for w in widths * (0.25 + 0.75 * build)),
        shoulder=shoulder,
        pelvis=(1.0 if female else 0.98) * (0.5 + build / 2),
        limb=build * (0.95 if female else 1.1),
        crotch=float(rng.uniform(0.475, 0.497)),
        head=float(rng.uniform(0.128, 0.138)),
    )


@dataclass(frozen=True)
class Skeleton:
    """A body in a pose, joints in image sides; `facing` is the image side (-1 left, +1 right) of the person's right.

    `yaw` in degrees turns a front view to the image right (> 0) or left (< 0).
    """

    body: Body
    view: str
    yaw: float
    facing: int
    joints: dict[str, Points]
    arms: dict[str, str]
    spine: Tube
    tilts: tuple[float, float]
    head: Points
    head_tilt: float
    toes: dict[str, float]
    tubes: dict[tuple[str, int], Tube] = field(default_factory=dict)  # arms and legs, created at their first use

    @property
    def unit(self) -> float:
        """Return image sides per body height."""
        return self.body.height

    @property
    def narrow(self) -> float:
        """Return the factor of the rotated torso's apparent width."""
        return 1.0 - 0.24 * abs(np.sin(np.radians(self.yaw))) * 1.6

    def side(self, name: str) -> int:
        """Return the image side of the person's `name` ("right" or "left")."""
        return self.facing if name == "right" else -self.facing

    def name_of_side(self, side: int) -> str:
        """Return the person's side at this image side."""
        return "right" if side == self.facing else "left"

    def joint(self, side: int, name: str) -> Points:
        """Return a joint by image side."""
        return self.joints[f"{self.name_of_side(side)}_{name}"]

    def centre(self, level: float) -> Points:
        """Return the centre of the torso at a level (see LEVELS), straight on below the crotch."""
        if level <= 1:
            return self.spine.at(max(level, 0.0))
        return self.spine.at(1.0) + (level - 1) * self.spine.length * point(0, 1)

    def edge(self, side: int, level: float, ease: float = 0.0) -> Points:
        """Return a point of the torso's silhouette at the image side, `ease` (body heights) outside it."""
        width = float(np.interp(level, LEVELS, self.body.widths)) * self.narrow + ease
        tilt = float(np.interp(level, (0.1, 0.95), self.tilts))
        return self.centre(level) + rotate(point(side * width * self.unit, 0), tilt)

    def flank(self, side: int, start: float, end: float, ease: float = 0.0, hem: float | None = None) -> Points:
        """Return the silhouette (K, 2) of the torso from one level down to another; ease changes to `hem`."""
        levels = np.linspace(start, end, 9)
        width = np.interp(levels, LEVELS, self.body.widths) * self.narrow
        width += np.linspace(ease, ease if hem is None else hem, 9)
        tilt = np.radians(np.interp(levels, (0.1, 0.95), self.tilts))
        out = np.stack([np.cos(tilt), np.sin(tilt)], axis=1) * (side * self.unit * width)[:, None]
        below = np.maximum(levels - 1, 0)[:, None] * point(0, self.spine.length)
        return spline(self.spine.at(np.clip(levels, 0, 1)) + below + out, steps=3)

    def arm(self, side: int) -> Tube:
        """Return the arm from shoulder to wrist, without the hand."""
        return self._tube("arm", side, self._make_arm)

    def leg(self, side: int) -> Tube:
        """Return the leg from hip joint to ankle."""
        return self._tube("leg", side, self._make_leg)

    def _tube(self, name: str, side: int, make: Callable[[int], Tube]) -> Tube:
        if (name, side) not in self.tubes:
            self.tubes[name, side] = make(side)
        return self.tubes[name, side]

    def _make_arm(self, side: int) -> Tube:
        k = self.unit * self.body.limb
        shoulder, elbow, wrist = (self.joint(side, name) for name in ("shoulder", "elbow", "wrist"))
        wide = 0.0205 if self.body.female else 0.0225
        path = [shoulder, (shoulder + elbow) / 2, elbow, (elbow + wrist) / 2, wrist]
        profile = [(0.0, wide * 0.74), (0.16, wide * 1.02), (0.46, wide * 0.8), (0.60, wide * 0.82), (1.0, wide * 0.52)]
        return Tube(path, [(t, w * k) for t, w in profile])

    def _make_leg(self, side: int) -> Tube:
        k = self.unit * self.body.limb
        hip, knee, ankle = (self.joint(side, name) for name in ("hip", "knee", "ankle"))
        thick = 0.043 if self.body.female else 0.041
        path = [
            hip,
            (hip + knee) / 2 + point(side * 0.004 * k, 0),
            knee,
            (knee + ankle) / 2 + point(side * 0.003 * k, 0),
            ankle,
        ]
        profile = [
            (0.0, thick),
            (0.1, thick),
            (0.46, thick * 0.62),
            (0.54, thick * 0.59),
            (0.68, thick * 0.63),
            (1.0, thick * 0.33),
        ]
        return Tube(path, [(t, w * k) for t, w in profile])

    @property
    def depth_order(self) -> tuple[int, int]:
        """Return the image sides, the farther one first."""
        return (1, -1) if self.yaw >= 0 else (-1, 1)

    def keypoints(self) -> NDArray[np.float32]:
        """Return key points (18, 3): x, y in image sides and confidence; nose and eyes are (0, 0, 0) from behind."""
        found = np.zeros((len(KEYPOINTS), 3), dtype=np.float32)
        for i, name in enumerate(KEYPOINTS):
            if name in self.joints:
                found[i] = (*self.joints[name], 1.0)
        return found


def head_point(skeleton: Skeleton, across: float, down: float) -> Points:
    """Return a point of the head in head heights: (0, -0.5) is the top of the skull, (0, 0.5) the chin."""
    size = skeleton.body.head * skeleton.unit
    return skeleton.head + rotate(point(across * size, down * size), skeleton.head_tilt)


def face_shift(skeleton: Skeleton) -> float:
    """Return the shift of the face's middle line by the yaw, in head heights."""
    return 0.23 * float(np.sin(np.radians(skeleton.yaw)) * 1.2)


def face_joints(skeleton: Skeleton) -> dict[str, Points]:
    """Return eyes, ears and nose; from behind the ears only."""
    shift = face_shift(skeleton)
    found: dict[str, Points] = {}
    for name in ("right", "left"):
        side = skeleton.side(name)
        found[f"{name}_ear"] = head_point(skeleton, side * 0.335 - 0.25 * shift, 0.06)
        if skeleton.view != "back":
            found[f"{name}_eye"] = head_point(skeleton, shift + side * 0.145, 0.0)
    if skeleton.view != "back":
        found["nose"] = head_point(skeleton, shift * 1.25, 0.17)
    return found
