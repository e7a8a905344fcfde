"""Drawing of face images."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datamodules.synthetic.canvas.curves import Points
from datamodules.synthetic.faces.attributes import Attributes, draw_attributes
from datamodules.synthetic.faces.backdrop import draw_backdrop
from datamodules.synthetic.faces.beard import draw_beard, draw_stubble
from datamodules.synthetic.faces.body import draw_body, neck_x
from datamodules.synthetic.faces.cuts import OVER_EARS, draw_hair, draw_hair_behind
from datamodules.synthetic.faces.eyes import draw_brows, draw_eyes, draw_glints
from datamodules.synthetic.faces.head import Head
from datamodules.synthetic.faces.identity import Identity, draw_identity
from datamodules.synthetic.faces.mouth import draw_mouth, draw_nose
from datamodules.synthetic.faces.relief import Lamp
from datamodules.synthetic.faces.sheet import Sheet
from datamodules.synthetic.faces.skin import Face, draw_ears
from datamodules.synthetic.faces.strands import Hair

#: Half a head's height in image sides, at scale 1.
HEAD = 0.285
#: The face's box is a square of this side around its middle, in half head heights: from the brows to the chin.
BOX_SIDE, BOX_MIDDLE = 1.62, 0.26
_FINE = 1.5  # the sheet's resolution over the image's
_VIEW = (-2.0, -1.85, 2.0, 2.45)


@dataclass(frozen=True)
class DrawnFace:
    """Synthetic image of a face.

    Attributes:
        image: (S, S, 3) uint8 RGB.
        landmarks: (5, 2) x and y in pixels: left eye (of the image), right eye, tip of the nose, left and right
            corner of the mouth.
        box: left, top, right, bottom of the face in pixels, a square, inside the image if possible.
        how: the attributes of the image.
        background: brightness of the background, 0 to 1.
    """

    image: NDArray[np.uint8]
    landmarks: Points
    box: tuple[int, int, int, int]
    how: Attributes
    background: float


def draw_somebody(data_set: str, seed: int, person: int, rank: int, female: bool, side: int) -> DrawnFace:
    """Return the `rank`-th image of a person of a synthetic data set; sets never share people, whatever the seeds."""
    key = [seed, *data_set.encode(), person]
    who = draw_identity(np.random.default_rng([*key, 0]), female)
    return draw_face(who, draw_attributes(np.random.default_rng([*key, 1, rank])), side)


def draw_face(who: Identity, how: Attributes, side: int = 160) -> DrawnFace:
    """Draw a face image, `side` pixels wide and high."""
    unit = HEAD * side * how.scale
    sheet = Sheet(unit * _FINE, *_VIEW)
    head, lamp = Head(who, how), Lamp(how)
    rng = np.random.default_rng(how.backdrop)
    _draw(sheet, head, lamp, rng)
    matrix = _placing(sheet, how, side)
    pixels = cv2.convertScaleAbs(cv2.merge([*sheet.colour, sheet.cover * 255]))
    flat = cv2.warpAffine(pixels, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    image = draw_backdrop(rng, side)
    background = float(image.mean()) / 255
    image *= (255 - flat[..., 3:]) * np.float32(how.exposure / 255)
    image += flat[..., :3]

    def place(points: Points) -> Points:
        return sheet.pixels(points) @ matrix[:, :2].T + matrix[:, 2]

    landmarks = place(head.landmarks())
    middle = place(head.project([(0.0, BOX_MIDDLE)], lift=-0.1))[0]
    box = _box(middle, BOX_SIDE * unit, side)
    return DrawnFace(np.clip(image + 0.5, 0, 255).astype(np.uint8), landmarks, box, how, background)


def _draw(sheet: Sheet, head: Head, lamp: Lamp, rng: np.random.Generator) -> None:
    hair = Hair(sheet, head, lamp)
    draw_hair_behind(hair, neck_x(head))
    draw_body(sheet, head, lamp, rng)
    face = Face(sheet, head, lamp)
    draw_stubble(face)
    face.creases()
    draw_nose(face)
    draw_mouth(face)
    eyes = draw_eyes(face)
    draw_brows(face)
    face.finish()
    draw_glints(sheet, head, eyes, lamp)
    draw_beard(face, hair)
    draw_hair(face, hair)
    if head.who.cut not in OVER_EARS:
        draw_ears(sheet, head, lamp)


def _placing(sheet: Sheet, how: Attributes, side: int) -> Points:
    """Return the map (2, 3) from the sheet's pixels to the image's."""
    angle = np.radians(how.roll)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / _FINE
    middle = sheet.pixels([0.0, 0.12])
    target = (np.array([0.5, 0.52]) + how.offset) * side - 0.5
    return np.concatenate([turn, (target - turn @ middle)[:, None]], axis=1)


def _box(middle: Points, wide: float, side: int) -> tuple[int, int, int, int]:
    half = wide / 2
    left, top = (int(np.clip(round(float(v) - half), 0, side - 2)) for v in middle)
    right, bottom = (int(np.clip(round(float(v) + half), 2, side)) for v in middle)
    return left, top, right, bottom
