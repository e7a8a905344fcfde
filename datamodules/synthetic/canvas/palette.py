"""Colours: harmonies in OKLCH, skin and hair tones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from datamodules.synthetic.canvas.canvas import Colour

# Ranges of lightness and chroma of a palette of this tone.
TONES: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "vivid": ((0.55, 0.68), (0.13, 0.19)),
    "pastel": ((0.80, 0.88), (0.04, 0.08)),
    "muted": ((0.52, 0.70), (0.04, 0.08)),
    "deep": ((0.34, 0.46), (0.07, 0.12)),
    "earth": ((0.48, 0.68), (0.06, 0.10)),
}
HARMONIES = {"mono": (0.0,), "analogous": (-35.0, 35.0), "complementary": (180.0,), "split": (150.0, 210.0)}
SKINS = ("f6d7c3", "f0c8ac", "e8b996", "dba580", "c68c63", "a66d48", "83522f", "633c24")
HAIRS = ("1f1a18", "2b211c", "3d2a1f", "553725", "744a2b", "9a6a3c", "c79a5b", "dfc08a", "8c3f22", "8f8c8a")


def rgb(code: str) -> Colour:
    """Return the colour of a six-digit hexadecimal code."""
    return np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], dtype=np.float32)


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """Return RGB 0..255 of an OKLCH colour (lightness in [0, 1], hue in degrees), clipped to sRGB."""
    a, b = chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.array(
        [
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        ]
    )
    linear = np.clip(linear, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (srgb * 255).astype(np.float32)


def mix(first: Colour, second: Colour, amount: float) -> Colour:
    """Return first + amount * (second - first)."""
    return (first + np.float32(amount) * (second - first)).astype(np.float32)


def brightness(colour: Colour) -> float:
    """Return the perceived brightness in [0, 1]."""
    return float(colour @ np.array([0.299, 0.587, 0.114], dtype=np.float32)) / 255


def line_on(colour: Colour) -> Colour:
    """Return the colour of seams and creases on cloth of this colour: darker, or lighter on dark cloth."""
    return mix(colour, rgb("14100e"), 0.45) if brightness(colour) > 0.25 else mix(colour, rgb("ffffff"), 0.22)


@dataclass(frozen=True)
class Palette:
    """Colours of an outfit: the hat, top, bottom and shoes of one person share them."""

    hue: float
    tone: str
    harmony: str
    main: Colour
    second: Colour
    accent: Colour
    light: Colour
    dark: Colour

    @property
    def name(self) -> str:
        return f"{self.tone}-{self.harmony}-{round(self.hue)}"


def draw_palette(rng: Generator, tones: tuple[str, ...]) -> Palette:
    """Draw a base hue, then colours in harmony with it."""
    tone = str(rng.choice(tones))
    harmony = str(rng.choice(list(HARMONIES), p=[0.32, 0.33, 0.17, 0.18]))
    hue = float(rng.uniform(20, 95) if tone == "earth" else rng.uniform(0, 360))
    lightness, chroma = (float(rng.uniform(*bounds)) for bounds in TONES[tone])
    other = hue + float(rng.choice(HARMONIES[harmony]))
    step = -0.2 if lightness > 0.55 else 0.22
    return Palette(
        hue=hue,
        tone=tone,
        harmony=harmony,
        main=oklch(lightness, chroma, hue),
        second=oklch(lightness + step, chroma * 0.6, other),
        accent=oklch(min(lightness + 0.06, 0.75), min(chroma * 1.3, 0.19), other if harmony != "mono" else hue),
        light=oklch(0.935, 0.012, hue),
        dark=oklch(float(rng.uniform(0.22, 0.30)), 0.02, hue),
    )
