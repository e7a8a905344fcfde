"""One synthetic bird: image, mask and class."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datamodules.synthetic.birds.body import BIRD, Frame, draw_body
from datamodules.synthetic.birds.feathers import draw_crest, draw_tail, draw_wing
from datamodules.synthetic.birds.parts import draw_bill, draw_eye, draw_leg
from datamodules.synthetic.birds.perches import GROUNDS, draw_before, draw_perch
from datamodules.synthetic.birds.species import SPECIES, Species
from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.canvas.curves import Points, point, rotate, unit
from datamodules.synthetic.canvas.daylight import draw_light, expose
from datamodules.synthetic.canvas.plants import draw_ground

SIDE = 128


@dataclass(frozen=True)
class Bird:
    """A synthetic bird.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        mask: (H, W) bool, the bird without its legs.
        species: its class, 0 .. len(SPECIES) - 1.
        perch: its perch, one of GROUNDS.
        left: it faces left.
        turned: its head is turned to the viewer.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    species: int
    perch: str
    left: bool
    turned: bool

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Return x, y, width and height of the bird in pixels."""
        ys, xs = np.nonzero(self.mask)
        return int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1


def draw_bird(seed: int, index: int, size: int = SIDE) -> Bird:
    """Draw bird `index` of the set `seed`: its class is index % len(SPECIES), everything else varies freely.

    Everything depends on (seed, index) only, and the geometry not on size (pixels).
    """
    rng = np.random.default_rng([seed, index, 43])
    number = index % len(SPECIES)
    species = SPECIES[number]
    perch = species.perches[int(rng.integers(len(species.perches)))]
    background, _ = draw_ground(rng, size, GROUNDS[perch])
    canvas = Canvas(background)
    light = draw_light(rng)
    frame = _pose(rng, species, perch)
    foot = _foot(frame, perch)
    draw_perch(canvas, rng, perch, foot, frame.half)
    _paint(canvas, rng, frame, species, perch, foot, light.direction)
    draw_before(canvas, rng, perch, foot, frame.half)
    expose(canvas, rng, light)
    image, labels = canvas.finish()
    mask = labels == BIRD
    left = rng.random() < 0.5
    if left:
        image, mask = np.ascontiguousarray(image[:, ::-1]), mask[:, ::-1]
    return Bird(image, mask, number, perch, left, frame.turn > 0)


def _pose(rng: Generator, species: Species, perch: str) -> Frame:
    """Draw posture and position of the bird, which fills 0.6 to 0.85 of the image."""
    build = species.build
    posture = build.posture + float(rng.normal(0, 2.5 if perch == "water" else 8))
    pitch = float(rng.normal(2, 9))
    turn = float(rng.uniform(0, 0.7)) if rng.random() < 0.35 else 0.0
    build = replace(build, cock=build.cock + float(rng.normal(-4, 6)), depth=build.depth * float(rng.normal(1, 0.04)))
    rough = Frame(build, point(0, 0), 1.0, posture, pitch, turn)
    low, high = _extent(rough, species)
    half = float(rng.uniform(0.62, 0.86)) / float(max(high - low))
    slack = (1 - (high - low) * half) / 2 - 0.04
    middle = 0.5 - (low + high) / 2 * half + np.clip(rng.uniform(-1, 1, 2), -1, 1) * np.maximum(slack, 0.0)
    return replace(rough, middle=middle, half=half)


def _extent(frame: Frame, species: Species) -> tuple[Points, Points]:
    """Return the corners of the bird's bounding box."""
    back = rotate(unit(frame.body(-2, 0) - frame.body(-1, 0)), frame.build.cock)
    tail = frame.body(-1.02, 0) + back * frame.build.tail * (1 + max(frame.build.fork, 0)) * frame.half
    bill = frame.face(0.9 + species.bill.length, 0)
    below = frame.body(-0.1, 0.9) + point(0, frame.build.leg) * frame.half
    crest = frame.face(-0.6, -1.6) if frame.build.crest else frame.face(0, -1)
    points = np.vstack([frame.outline(), tail, bill, below, crest, frame.body(-frame.build.wing, 0)])
    return points.min(axis=0), points.max(axis=0)


def _foot(frame: Frame, perch: str) -> Points:
    """Return the position of its foot; on the water, that of the surface below its middle."""
    if perch == "water":
        return frame.body(-0.1, 0.52)
    if perch == "trunk":
        return frame.body(0.2, 0.98) + point(0.16, 0.04) * frame.half
    return frame.body(-0.12, 0.88) + point(0.08, frame.build.leg) * frame.half


def _paint(
    canvas: Canvas, rng: Generator, frame: Frame, species: Species, perch: str, foot: Points, light: Points
) -> None:
    """Paint the bird, from the back to the front."""
    spread, droop = float(rng.uniform(2, 12)), float(rng.normal(0.04, 0.06))
    apart = frame.half * float(rng.uniform(0.12, 0.3))
    draw_tail(canvas, frame, species, spread)
    if perch != "water":
        step = point(0, -apart) if perch == "trunk" else point(apart, 0.0)
        draw_leg(canvas, frame, species, foot + step, 0.08, 0.7)
        draw_leg(canvas, frame, species, foot, -0.16, 1.0)
    draw_crest(canvas, frame, species, float(rng.normal(0, 10)))
    draw_body(canvas, frame, species, light)
    draw_wing(canvas, frame, species, droop)
    draw_bill(canvas, frame, species)
    draw_eye(canvas, frame, species)
