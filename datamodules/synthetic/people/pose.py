"""Standing poses: positions of the joints of a body."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from datamodules.synthetic.canvas.curves import Points, Tube, left_of, point, rotate, unit
from datamodules.synthetic.people.skeleton import Body, Skeleton, face_joints

ARMS = ("down", "hip", "pocket", "raised", "forward")


def draw_pose(rng: Generator, body: Body, view: str) -> Skeleton:
    """Draw a standing pose: weight on one leg or both, a slight walk, and the pose of each arm."""
    facing = 1 if view == "back" else -1
    yaw = {"front": float(rng.normal(0, 3)), "back": 0.0, "side": float(rng.choice([-1, 1]) * rng.uniform(22, 36))}[
        view
    ]
    h = body.height
    narrow = 1.0 - 0.38 * abs(np.sin(np.radians(yaw)))
    ground = 0.955
    weight = int(rng.choice([-1, 0, 1], p=[0.3, 0.4, 0.3]))
    sway = weight * float(rng.uniform(0.008, 0.022)) * h
    middle = 0.5 + float(rng.normal(0, 0.008))
    pelvis = point(middle + sway, ground - h * (1 - body.crotch))
    neck = point(middle - sway * 0.3, ground - h * (1 - 0.172))
    tilts = (-weight * float(rng.uniform(0, 4)), weight * float(rng.uniform(1, 5.5)))  # shoulders against hips
    bow = (neck + pelvis) / 2 + point(sway * 0.55, 0.03 * h)
    spine = Tube(
        [neck, (neck + bow) / 2 + point(sway * 0.05, 0), bow, (bow + pelvis) / 2 + point(sway * 0.1, 0), pelvis],
        [(0, 1), (1, 1)],
    )
    joints: dict[str, Points] = {"neck": neck + point(0, 0.012 * h)}
    toes: dict[str, float] = {}
    stride = float(rng.uniform(0.15, 1.0)) if rng.random() < 0.3 else 0.0
    ahead = int(rng.choice([-1, 1]))
    stance = float(rng.uniform(0.7, 1.7))
    for name in ("right", "left"):
        side = facing if name == "right" else -facing
        joints |= _leg_joints(
            body, name, side, pelvis, tilts[1], narrow, ground, weight, stride * (side == ahead), stance, rng
        )
        toes[name] = float(rng.uniform(12, 30)) * side * (1 if not yaw else narrow) + yaw * 0.9
    arms = _draw_arms(rng)
    for name in ("right", "left"):
        side = facing if name == "right" else -facing
        shoulder = spine.at(0.10) + rotate(point(side * body.shoulder * narrow * h, 0), tilts[0])
        joints[f"{name}_shoulder"] = shoulder
        joints |= _arm_joints(body, name, side, shoulder, arms[name], joints[f"{name}_hip"], rng)
    head_tilt = float(rng.normal(0, 3))
    head = neck + rotate(point(0, -0.040 * h - body.head * h * 0.5), head_tilt)
    skeleton = Skeleton(body, view, yaw, facing, joints, arms, spine, tilts, head, head_tilt, toes)
    joints |= face_joints(skeleton)
    return skeleton


def _draw_arms(rng: Generator) -> dict[str, str]:
    first = str(rng.choice(ARMS, p=[0.52, 0.22, 0.12, 0.07, 0.07]))
    second = first if rng.random() < (0.4 if first == "hip" else 0.1) else "down"
    if first == "raised":
        second = str(rng.choice(["down", "hip"]))
    names = ("right", "left") if rng.random() < 0.5 else ("left", "right")
    return {names[0]: first, names[1]: second}


def _leg_joints(
    body: Body,
    name: str,
    side: int,
    pelvis: Points,
    tilt: float,
    narrow: float,
    ground: float,
    weight: int,
    stride: float,
    stance: float,
    rng: Generator,
) -> dict[str, Points]:
    h = body.height
    hip = pelvis + rotate(point(side * body.hip_spread * narrow * h, -0.012 * h), tilt)
    free = float(weight == -side)  # the leg that carries no weight is relaxed
    spread = 0.030 * stance + 0.02 * free * float(rng.uniform(0, 1))
    ankle = point(
        0.5 + 0.3 * (pelvis[0] - 0.5) + side * spread * h * (0.6 if stride else 1.0),
        ground - 0.050 * h - 0.022 * stride * h - 0.004 * free * h,
    )
    knee = hip + 0.5 * (ankle - hip) + point(side * (0.002 - 0.006 * free) * h - side * 0.008 * stride * h, 0)
    return {f"{name}_hip": hip, f"{name}_knee": knee, f"{name}_ankle": ankle}


def _arm_joints(
    body: Body, name: str, side: int, shoulder: Points, arm: str, hip: Points, rng: Generator
) -> dict[str, Points]:
    h = body.height
    upper, lower = 0.163 * h, 0.140 * h
    if arm in ("hip", "pocket"):
        at = hip + (point(side * 0.050, -0.062) if arm == "hip" else point(side * 0.044, -0.008)) * h
        elbow, wrist = _reach(shoulder, at, upper, lower, side)
        return {f"{name}_elbow": elbow, f"{name}_wrist": wrist}
    if arm == "raised":
        first, second = float(rng.uniform(82, 102)), float(rng.uniform(165, 198))
    elif arm == "forward":  # the forearm comes towards the camera, so it looks shorter
        first, second = float(rng.uniform(8, 16)), float(rng.uniform(-55, -25))
        lower *= 0.8
    else:
        first = float(rng.uniform(7, 15))
        second = first - float(rng.uniform(2, 12))
    elbow = shoulder + upper * _hanging(first, side)
    return {f"{name}_elbow": elbow, f"{name}_wrist": elbow + lower * _hanging(second, side)}


def _hanging(degrees: float, side: int) -> Points:
    """Return the unit vector at this angle from straight down, outwards."""
    return point(side * np.sin(np.radians(degrees)), np.cos(np.radians(degrees)))


def _reach(shoulder: Points, target: Points, upper: float, lower: float, side: int) -> tuple[Points, Points]:
    """Return elbow and wrist of an arm that reaches the target, elbow outwards."""
    way = target - shoulder
    distance = float(np.clip(np.hypot(way[0], way[1]), abs(upper - lower) + 1e-3, (upper + lower) * 0.995))
    along = (upper**2 - lower**2 + distance**2) / (2 * distance)
    out = float(np.sqrt(max(upper**2 - along**2, 0)))
    direction = unit(way)
    normal = left_of(direction) * (-side)
    return shoulder + along * direction + out * normal, shoulder + distance * direction
