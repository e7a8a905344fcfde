"""One bloom in space: petals in layers around a centre, tilted, lit and painted from the back to the front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.canvas.daylight import Light, Vector
from datamodules.synthetic.canvas.stamps import Placing, Plane, Stamp, put
from datamodules.synthetic.flowers.centres import FLOWER, Centre, draw_centre
from datamodules.synthetic.flowers.petals import VARIANTS, Petal, petal_stamp
from datamodules.synthetic.flowers.space import Head

_UNDERSIDE = 0.93  # brightness of a petal's outer side relative to its inner one


@dataclass(frozen=True)
class Layer:
    """A ring of petals.

    Attributes:
        petal: their appearance.
        count: their number.
        length: in radii of the flower.
        width: half-width, as a share of the length.
        lift: degrees above the flower's plane; 90 is upright.
        inset: distance of their base from the centre, in radii.
        turn: angle of the first one from straight up, as a share of the gap between two.
        angles: degrees from straight up, instead of an even ring.
    """

    petal: Petal
    count: int
    length: float = 1.0
    width: float = 0.4
    lift: float = 10.0
    inset: float = 0.06
    turn: float = 0.0
    angles: tuple[float, ...] = ()

    def directions(self) -> Vector:
        """Return degrees from straight up, clockwise."""
        if self.angles:
            return np.array(self.angles)
        return (np.arange(self.count) + self.turn) * 360.0 / self.count


@dataclass(frozen=True)
class _Piece:
    depth: float
    stamp: Stamp
    placing: Placing
    light: tuple[float, float, float]
    shadow: float


def draw_bloom(
    canvas: Canvas,
    rng: Generator,
    head: Head,
    layers: tuple[Layer, ...],
    centre: Centre,
    light: Light,
    openness: float = 1.0,
    tint: Plane | None = None,
    shadow: float = 0.5,
) -> None:
    """Paint a bloom; openness 1 is full bloom, 0 an opening bud."""
    pieces: list[_Piece] = []
    for rank, layer in enumerate(layers):
        pieces += _petals(rng, head, layer, rank, light, openness, shadow)
    shown = [p for p in pieces if p.depth < _CENTRE_DEPTH]
    for piece in sorted(shown, key=lambda p: p.depth):
        put(canvas, piece.stamp, piece.placing, FLOWER, light=piece.light, tint=tint, shadow=piece.shadow)
    draw_centre(canvas, rng, head, centre, light, openness)
    for piece in sorted((p for p in pieces if p.depth >= _CENTRE_DEPTH), key=lambda p: p.depth):
        put(canvas, piece.stamp, piece.placing, FLOWER, light=piece.light, tint=tint, shadow=piece.shadow)


_CENTRE_DEPTH = 100.0  # depth of the centre; later parts are beyond it


def _petals(
    rng: Generator, head: Head, layer: Layer, rank: int, light: Light, openness: float, shadow: float
) -> list[_Piece]:
    angles = layer.directions()
    count = len(angles)
    angles = np.radians(angles + rng.normal(0, 4.0 if layer.angles else 14.0 / count**0.5, count))
    lift = layer.lift + (1 - openness) * max(72 - layer.lift, 0) + rng.normal(0, 4, count)
    length = layer.length * (0.84 + 0.16 * openness) * rng.uniform(0.94, 1.06, count)
    width = length * layer.width * (0.80 + 0.20 * openness) * rng.uniform(0.94, 1.06, count)
    rise, flat = np.sin(np.radians(lift)), np.cos(np.radians(lift))
    zero = np.zeros(count)
    out = np.stack([np.sin(angles), -np.cos(angles), zero], axis=1)
    up = np.array([0.0, 0.0, 1.0])
    along = (out * flat[:, None] + up * rise[:, None]) @ head.turn.T
    across = np.stack([np.cos(angles), np.sin(angles), zero], axis=1) @ head.turn.T
    normal = (up * flat[:, None] - out * rise[:, None]) @ head.turn.T
    base = (out * layer.inset) @ head.turn.T
    facing = normal[:, 2] >= 0
    normal[~facing] *= -1
    lit = light.on(normal) * np.where(facing, 1.0, _UNDERSIDE)
    curl = light.contrast * 0.30
    sides, ends = curl * (across @ light.direction), curl * (along @ light.direction)
    # Petals that hide the centre: steep ones on the side towards the viewer.
    front = ~facing & (lift > 35)
    depth = rank * 10.0 + base[:, 2] + along[:, 2] * length / 2 + front * (_CENTRE_DEPTH * 2 - rank * 20.0)
    variants = rng.integers(VARIANTS, size=count).tolist()
    across, along = across[:, :2] * (width * head.radius)[:, None], along[:, :2] * (length * head.radius)[:, None]
    base = head.place + base[:, :2] * head.radius
    return [
        _Piece(
            depth[i],
            petal_stamp(layer.petal, variants[i]),
            Placing(base[i], across[i], along[i]),
            (lit[i] - ends[i] * 0.5, sides[i], ends[i]),
            shadow,
        )
        for i in range(count)
    ]
