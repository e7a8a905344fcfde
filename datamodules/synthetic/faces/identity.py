"""Identity of a person: the properties of a face that are equal in all images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from datamodules.synthetic.canvas.canvas import Colour
from datamodules.synthetic.canvas.palette import HAIRS, mix, oklch, rgb

SKINS = ("f7dccb", "f2cdb4", "ecbf9f", "dfad86", "cf9a70", "b57f56", "94613d", "754a2e", "59371f")
IRISES = ("4a2f1b", "5c3a1e", "6b4a2a", "7a6230", "5f7040", "4f7a68", "5a86a8", "7d9bb0", "6b7680")
#: Frequencies of the haircuts.
CUTS = {
    True: {
        "long": 0.19, "wavy": 0.17, "bob": 0.14, "fringe": 0.13, "bun": 0.09, "ponytail": 0.08, "curly": 0.09,
        "afro": 0.05, "pixie": 0.06,
    },
    False: {
        "crop": 0.22, "parted": 0.20, "swept": 0.15, "buzz": 0.10, "curly": 0.10, "bald": 0.08, "receding": 0.08,
        "afro": 0.03, "shaggy": 0.04,
    },
}  # fmt: skip
BEARDS = {"none": 0.46, "stubble": 0.16, "moustache": 0.10, "goatee": 0.10, "full": 0.18}


@dataclass(frozen=True)
class Identity:
    """A person. Lengths are in half head heights, factors are 1 on average, shares are in [0, 1].

    Attributes:
        female: decides the person's list, and the probabilities of hair and beard.
        age: 0 young to 1 old.
        skin, lips, iris, hair, brow: colours, RGB 0..255.
        width, forehead, cheek, jaw, chin: factors of the head's width, from the top down.
        chin_length: factor of the chin's length below the mouth.
        eye_spacing, eye_height, eye_width, eye_opening: position and size of the eyes.
        eye_slant: degrees, outer corners up.
        lid: visible part of the upper lid.
        brow_height, brow_thickness, brow_arch, brow_slant: of the brows.
        nose_length, nose_width, nose_lift, nose_bridge: of the nose; lift is its tip's protrusion.
        mouth_height, mouth_width, upper_lip, lower_lip: of the mouth.
        ear: factor of the ears' size.
        cut: haircut. parting: its position, -1 left to 1 right. volume: factor of its thickness.
        hairline: height of the forehead's hairline.
        beard: kind of beard.
        freckles: share; 0 is none. mole: across and down, None is none.
        marks: seed of the marks on the skin.
    """

    female: bool
    age: float
    skin: Colour
    lips: Colour
    iris: Colour
    hair: Colour
    brow: Colour
    width: float
    forehead: float
    cheek: float
    jaw: float
    chin: float
    chin_length: float
    eye_spacing: float
    eye_height: float
    eye_width: float
    eye_opening: float
    eye_slant: float
    lid: float
    brow_height: float
    brow_thickness: float
    brow_arch: float
    brow_slant: float
    nose_length: float
    nose_width: float
    nose_lift: float
    nose_bridge: float
    mouth_height: float
    mouth_width: float
    upper_lip: float
    lower_lip: float
    ear: float
    cut: str
    parting: float
    volume: float
    hairline: float
    beard: str
    freckles: float
    mole: tuple[float, float] | None
    marks: int


def draw_identity(rng: Generator, female: bool) -> Identity:
    """Draw a person."""
    age = float(rng.beta(1.6, 2.2))
    tone = float(rng.uniform(0, len(SKINS) - 1.001))
    skin = mix(rgb(SKINS[int(tone)]), rgb(SKINS[int(tone) + 1]), tone % 1)
    hair = _hair(rng, tone, age)
    cut = _pick(rng, CUTS[female])
    if cut in ("afro",) and tone < 3:
        cut = "curly"
    beard = "none" if female else _pick(rng, BEARDS)
    redness = float(rng.uniform(0.25, 0.75)) if female else float(rng.uniform(0.15, 0.45))

    def around(centre: float, spread: float) -> float:
        return float(centre + spread * np.clip(rng.normal(), -1.9, 1.9))

    return Identity(
        female=female,
        age=age,
        skin=skin,
        lips=mix(mix(skin, rgb("7a3a34"), 0.34), rgb("c22a3a"), redness * (0.75 if tone < 5 else 0.45)),
        iris=_iris(rng, tone),
        hair=hair,
        brow=mix(mix(hair, rgb("2a1a12"), 0.5), skin, 0.08),
        width=around(0.97 if female else 1.0, 0.06),
        forehead=around(1.0, 0.045),
        cheek=around(1.02 if female else 1.0, 0.045),
        jaw=around(0.88 if female else 1.06, 0.075),
        chin=around(0.85 if female else 1.08, 0.15),
        chin_length=around(0.92 if female else 1.03, 0.08),
        eye_spacing=around(0.335, 0.022),
        eye_height=around(0.0, 0.03),
        eye_width=around(0.180 if female else 0.168, 0.013),
        eye_opening=around(0.088 if female else 0.074, 0.010),
        eye_slant=around(3.0 if female else 1.0, 4.5),
        lid=float(rng.uniform(0.1, 1.0)),
        brow_height=around(0.235 if female else 0.205, 0.026),
        brow_thickness=around(0.042 if female else 0.064, 0.014),
        brow_arch=around(0.055 if female else 0.03, 0.024),
        brow_slant=around(2.0, 4.0),
        nose_length=around(0.415 if female else 0.44, 0.033),
        nose_width=around(0.130 if female else 0.160, 0.022),
        nose_lift=around(0.27, 0.035),
        nose_bridge=around(1.0, 0.28),
        mouth_height=around(0.655 if female else 0.68, 0.02),
        mouth_width=around(0.250 if female else 0.262, 0.026),
        upper_lip=around(0.062 if female else 0.042, 0.014),
        lower_lip=around(0.086 if female else 0.064, 0.015),
        ear=around(1.0, 0.13),
        cut=cut,
        parting=float(rng.choice([-1, 1]) * rng.uniform(0.15, 0.6)),
        volume=around(1.0, 0.16),
        hairline=around(-0.62, 0.05),
        beard=beard,
        freckles=float(rng.uniform(0.4, 1.0)) if tone < 4 and rng.random() < 0.22 else 0.0,
        mole=(float(rng.choice([-1, 1]) * rng.uniform(0.18, 0.42)), float(rng.uniform(0.3, 0.8)))
        if rng.random() < 0.16
        else None,
        marks=int(rng.integers(1 << 30)),
    )


def _pick(rng: Generator, weights: dict[str, float]) -> str:
    chances = np.array(list(weights.values()))
    return str(rng.choice(list(weights), p=chances / chances.sum()))


def _hair(rng: Generator, tone: float, age: float) -> Colour:
    """Draw a hair colour: mostly dark with dark skin; grey with age."""
    if rng.random() < 0.06:
        colour = oklch(float(rng.uniform(0.45, 0.7)), float(rng.uniform(0.08, 0.15)), float(rng.choice([10, 250, 330])))
    else:
        darkest = rng.random() < np.clip((tone - 2.5) / 3.5, 0.1, 0.97)
        colour = rgb(str(rng.choice(HAIRS[:3] if darkest else HAIRS[2:9])))
    if age > 0.55 and rng.random() < 0.7:
        colour = mix(colour, rgb("c9c7c4"), float(np.clip((age - 0.45) * 1.9, 0, 0.9)))
    return colour


def _iris(rng: Generator, tone: float) -> Colour:
    brown = rng.random() < np.clip((tone - 1.0) / 4.0, 0.25, 0.95)
    return rgb(str(rng.choice(IRISES[:3] if brown else IRISES[3:])))
