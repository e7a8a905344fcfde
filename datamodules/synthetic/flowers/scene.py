"""One synthetic flower: image, mask and class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.canvas.curves import Points, point
from datamodules.synthetic.canvas.daylight import Light, draw_light, expose
from datamodules.synthetic.canvas.palette import rgb
from datamodules.synthetic.canvas.plants import draw_ground, draw_leaves, draw_stem, stem_from
from datamodules.synthetic.canvas.stamps import Plane
from datamodules.synthetic.flowers.bloom import draw_bloom
from datamodules.synthetic.flowers.centres import FLOWER
from datamodules.synthetic.flowers.space import Head, rotation
from datamodules.synthetic.flowers.species import SPECIES, Species

SIDE = 128
_GROUNDS = ("foliage", "foliage", "shade", "meadow", "sky", "soil", "mist")


@dataclass(frozen=True)
class Flower:
    """A synthetic flower.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        mask: (H, W) bool, the flower's own parts, without stem and leaves.
        species: its class, 0 .. len(SPECIES) - 1.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    species: int


@dataclass(frozen=True)
class _Pose:
    place: Points
    radius: float
    tilt: float
    towards: float
    roll: float
    openness: float


def draw_flower(seed: int, index: int, size: int = SIDE) -> Flower:
    """Draw flower `index` of the set `seed`: its class is index % len(SPECIES), everything else varies freely.

    Everything depends on (seed, index) only, and the geometry not on size (pixels).
    """
    rng = np.random.default_rng([seed, index, 41])
    number = index % len(SPECIES)
    species = SPECIES[number]
    background, _ = draw_ground(rng, size, _GROUNDS)
    canvas = Canvas(background)
    light = draw_light(rng)
    pose = _pose(rng, species)
    tint = (1 + rng.normal(0, 0.035, 3)).astype(np.float32)
    _draw_plant(canvas, rng, species, pose)
    draw = {"single": _draw_single, "cluster": _draw_cluster, "spike": _draw_spike}[species.habit]
    draw(canvas, rng, species, pose, light, tint)
    expose(canvas, rng, light)
    image, labels = canvas.finish()
    return Flower(image, labels == FLOWER, number)


def _pose(rng: Generator, species: Species) -> _Pose:
    radius = species.size * float(rng.uniform(0.29, 0.41))
    slack = max(0.5 - radius, 0.05) * 0.8
    tilt = float(rng.uniform(*species.tilt))
    return _Pose(
        place=point(0.5 + slack * float(rng.uniform(-1, 1)), 0.48 + slack * float(rng.uniform(-1, 1))),
        radius=radius,
        tilt=tilt,
        towards=float(rng.normal(0, 62 * np.cos(np.radians(tilt)) ** 1.3)),  # flowers in side view are upright
        roll=float(rng.uniform(-species.roll, species.roll)),
        openness=float(1 - 0.42 * rng.random() ** 2.5),
    )


def _head(pose: _Pose) -> Head:
    return Head(pose.place, pose.radius, rotation(pose.roll, pose.tilt, pose.towards))


def _draw_plant(canvas: Canvas, rng: Generator, species: Species, pose: _Pose) -> None:
    """Draw stem and leaves, behind the flower."""
    lean = float(rng.normal(0, 0.2))
    down = _head(pose).along(np.array([0.0, 0.0, -0.3]))
    if species.habit != "spike":
        draw_stem(canvas, stem_from(pose.place + down, lean), 0.014 * float(rng.uniform(0.8, 1.3)), rgb(species.stem))
    reach = pose.radius * float(rng.uniform(0.9, 1.4))
    draw_leaves(canvas, rng, species.leaf, pose.place, reach, int(rng.integers(1, 6)))


def _draw_single(canvas: Canvas, rng: Generator, species: Species, pose: _Pose, light: Light, tint: Plane) -> None:
    draw_bloom(canvas, rng, _head(pose), species.layers, species.centre, light, pose.openness, tint)


def _draw_cluster(canvas: Canvas, rng: Generator, species: Species, pose: _Pose, light: Light, tint: Plane) -> None:
    """Draw blooms distributed over a sphere, the farthest first."""
    golden = 2.399963
    places = []
    for i in range(species.count):
        height = 1 - 1.25 * (i + 0.5) / species.count
        ring = np.sqrt(max(1 - height**2, 0.0))
        places.append(np.array([ring * np.cos(i * golden), ring * np.sin(i * golden), height]))
    ball = rotation(pose.roll, pose.tilt, pose.towards)
    places = sorted((ball @ p for p in places), key=lambda p: float(p[2]))
    for p in places:
        lean = float(np.degrees(np.arccos(np.clip(p[2], -1, 1))))
        towards = float(np.degrees(np.arctan2(p[0], -p[1])))
        turn = rotation(float(rng.uniform(0, 360)), min(lean, 62.0), towards)
        head = Head(pose.place + p[:2] * pose.radius * 0.68, pose.radius * 0.46, turn)
        shade = tint * np.float32(0.66 + 0.34 * np.clip(p[2] + 0.25, 0, 1))
        draw_bloom(canvas, rng, head, species.layers, species.centre, light, 1.0, shade, shadow=0.4)


def _draw_spike(canvas: Canvas, rng: Generator, species: Species, pose: _Pose, light: Light, tint: Plane) -> None:
    """Draw nodding blooms on either side of an arching stem, smaller towards its tip, each over the one above it."""
    bow = float(rng.choice([-1, 1])) * float(rng.uniform(0.15, 0.4)) * pose.radius
    top = pose.place + np.array([bow, -1.05 * pose.radius])
    path = np.stack([top, pose.place + np.array([0.1 * bow, -0.3 * pose.radius]), pose.place + np.array([-bow, 0.9])])
    draw_stem(canvas, path, 0.011, rgb(species.stem))
    for i in range(species.count):
        share = (i + 0.5) / species.count
        side = (1 if i % 2 else -1) * float(rng.uniform(0.6, 1.1))
        size = pose.radius * (0.34 + 0.20 * share)
        along = pose.place[1] - pose.radius * (1.0 - 1.9 * share)
        across = float(np.interp(along, path[:, 1], path[:, 0]))
        place = np.array([across + side * size * 0.28, along])
        towards = 180 - side * float(rng.uniform(14, 42))
        turn = rotation(float(rng.uniform(0, 360)), 84.0 + float(rng.uniform(-14, 8)), towards)
        canvas.stroke(np.stack([np.array([across, along]), place]), rgb(species.stem), 0.009)
        draw_bloom(canvas, rng, Head(place, size, turn), species.layers, species.centre, light, 1.0, tint, shadow=0.45)
