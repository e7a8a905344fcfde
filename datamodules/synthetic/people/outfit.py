"""Outfits: style and palette are drawn first, and every garment given these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from datamodules.synthetic.canvas.canvas import Colour, Fabric
from datamodules.synthetic.canvas.palette import Palette, brightness, draw_palette, mix, oklch, rgb
from datamodules.synthetic.people.patterns import make_fabric, solid
from datamodules.synthetic.people.styles import STYLES, Style

_JEANS = ("31425f", "3f5878", "5b7899", "86a0bb", "20283a", "3a3c40")
_SOLES = ("f2f0ea", "f2f0ea", "2a2625", "b98f5f")


@dataclass(frozen=True)
class Garment:
    """One piece: its cut, cloth, and the second colour of its details (buttons, collar, sole, print)."""

    kind: str
    fabric: Fabric
    trim: Colour
    pattern: str = "solid"
    sleeve: str = "none"
    neckline: str = "round"
    length: str = "hip"
    cut: str = "straight"
    ease: float = 0.0
    print_motif: str = ""


@dataclass(frozen=True)
class Outfit:
    """All garments of a person. A dress is the bottom, without a top."""

    female: bool
    style: str
    palette: Palette
    top: Garment | None
    jacket: Garment | None
    bottom: Garment
    shoes: Garment
    hat: Garment | None
    socks: Colour | None
    scarf: Fabric | None
    sunglasses: bool
    tucked: bool


def pick(rng: Generator, weights: Mapping[str, float]) -> str:
    """Draw one key by weight."""
    p = np.array(list(weights.values()), dtype=np.float64)
    return str(rng.choice(list(weights), p=p / p.sum()))


def draw_outfit(rng: Generator) -> Outfit:
    """Draw the latent factors (gender, style, palette), then the garments given these."""
    female = bool(rng.random() < 0.62)
    name = pick(rng, {key: style.weight for key, style in STYLES.items()})
    style = STYLES[name]
    palette = draw_palette(rng, style.tones)
    dress = female and rng.random() < style.dress
    jacket = _jacket(rng, style, palette) if rng.random() < style.jacket * (0.3 if dress else 1.0) else None
    top = None if dress else _top(rng, style, palette, female)
    bottom = _dress(rng, style, palette) if dress else _bottom(rng, style, palette, female, top)
    shoes = _shoes(rng, style, palette, female)
    hat = _hat(rng, style, palette) if rng.random() < style.hat else None
    socks = None
    if shoes.kind in ("sneaker", "loafer") and rng.random() < 0.5:
        socks = palette.light if rng.random() < 0.6 else palette.main
    scarf = None
    if style.scarf and rng.random() < style.scarf:
        scarf = make_fabric(rng, str(rng.choice(["solid", "checks", "knit"])), palette.accent, palette.light)
    tuckable = top is not None and top.kind in ("shirt", "blouse", "tee", "tank") and top.length != "crop"
    tucked = tuckable and bottom.kind not in ("shorts",) and rng.random() < style.tucked
    glasses = bool(rng.random() < style.sunglasses)
    return Outfit(female, name, palette, top, jacket, bottom, shoes, hat, socks, scarf, glasses, tucked)


def _colour(rng: Generator, palette: Palette, weights: Mapping[str, float]) -> Colour:
    return getattr(palette, pick(rng, weights))


def _on(rng: Generator, base: Colour, palette: Palette) -> Colour:
    """Return a palette colour that differs visibly from the base."""
    choices = [palette.light, palette.dark, palette.accent, palette.second]
    seen = [colour for colour in choices if float(np.abs(colour - base).sum()) > 110]
    return seen[int(rng.integers(len(seen)))] if seen else palette.light


def _top(rng: Generator, style: Style, palette: Palette, female: bool) -> Garment:
    kind = pick(rng, style.tops_women if female else style.tops_men)
    base = _colour(rng, palette, {"main": 0.62, "light": 0.18, "accent": 0.12, "dark": 0.08})
    pattern = pick(rng, style.patterns)
    if kind == "sweater" and pattern in ("solid", "floral", "dots"):
        pattern = "knit"
    if not female and pattern in ("floral", "dots") and kind not in ("shirt",):
        pattern = "solid"
    over = _on(rng, base, palette)
    motif = (
        str(rng.choice(["disc", "star", "bars", "heart", "stripe", "mountain"]))
        if (pattern == "solid" and kind in ("tee", "hoodie", "sweater", "tank") and rng.random() < 0.6)
        else ""
    )
    sleeve = {
        "tee": "short",
        "polo": "short",
        "tank": "none",
        "camisole": "none",
        "sweater": "long",
        "hoodie": "long",
        "shirt": "long" if rng.random() < 0.7 else "short",
        "blouse": pick(rng, {"long": 0.5, "elbow": 0.5}),
    }[kind]
    neckline = {
        "tee": pick(rng, {"round": 0.65, "v": 0.2, "scoop": 0.15 if female else 0.0}),
        "polo": "collar",
        "tank": "scoop",
        "camisole": "strap",
        "shirt": "collar",
        "hoodie": "hood",
        "sweater": pick(rng, {"round": 0.5, "turtle": 0.3, "v": 0.2}),
        "blouse": pick(rng, {"v": 0.6, "round": 0.4}),
    }[kind]
    crop = 0.22 if female and kind in ("tee", "tank", "camisole", "sweater") else 0.0
    length = pick(rng, {"crop": crop, "waist": 0.25, "hip": 0.75 - crop})
    loose = {"sweater": 0.010, "hoodie": 0.012, "blouse": 0.008, "shirt": 0.006}.get(kind, 0.002)
    ease = loose + float(rng.uniform(0, 0.008)) * (0.6 if female else 1.0)
    fabric = make_fabric(rng, pattern, base, over)
    return Garment(kind, fabric, over, pattern, sleeve, neckline, length, ease=ease, print_motif=motif)


def _jacket(rng: Generator, style: Style, palette: Palette) -> Garment:
    kind = pick(rng, style.jackets)
    base = _colour(rng, palette, {"second": 0.5, "dark": 0.3, "main": 0.2})
    pattern = "solid"
    if kind == "denim":
        base, pattern = rgb(str(rng.choice(_JEANS[:4]))), "denim"
    elif kind == "cardigan":
        pattern = "knit"
    elif kind in ("blazer", "coat") and rng.random() < 0.25:
        pattern = "checks"
    length = {"blazer": "hip", "denim": "waist", "bomber": "waist", "cardigan": "hip", "coat": "knee"}[kind]
    ease = {"bomber": 0.014, "coat": 0.014}.get(kind, 0.010)
    over = mix(base, palette.light if brightness(base) < 0.5 else palette.dark, 0.25)
    fabric = make_fabric(rng, pattern, base, over)
    return Garment(kind, fabric, _on(rng, base, palette), pattern, "long", "open", length, ease=ease)


def _bottom(rng: Generator, style: Style, palette: Palette, female: bool, top: Garment | None) -> Garment:
    kind = pick(rng, style.bottoms_women if female else style.bottoms_men)
    length = {
        "trousers": pick(rng, {"full": 0.75, "cropped": 0.25}),
        "shorts": pick(rng, {"mini": 0.4, "knee": 0.6}),
        "skirt": pick(rng, style.skirts),
    }[kind]
    if kind == "shorts" and not female:
        length = "knee"
    cut = {
        "trousers": pick(rng, style.trousers_women if female else style.trousers_men),
        "shorts": "straight",
        "skirt": pick(rng, {"flared": 0.4, "pencil": 0.25, "pleated": 0.35}),
    }[kind]
    pattern = "solid"
    base = _colour(rng, palette, {"second": 0.5, "dark": 0.2, "light": 0.14, "main": 0.16})
    if kind != "skirt" and rng.random() < style.denim:
        base, pattern = rgb(str(rng.choice(_JEANS))), "denim"
    elif top is not None and top.pattern in ("solid", "knit") and rng.random() < style.patterned_bottom:
        pattern = pick(
            rng,
            {
                "checks": 0.4,
                "pinstripes": 0.2,
                "floral": 0.3 if kind == "skirt" else 0.0,
                "camouflage": 0.2 if kind != "skirt" else 0.0,
                "dots": 0.2,
            },
        )
    over = _on(rng, base, palette)
    return Garment(kind, make_fabric(rng, pattern, base, over), over, pattern, length=length, cut=cut)


def _dress(rng: Generator, style: Style, palette: Palette) -> Garment:
    base = _colour(rng, palette, {"main": 0.7, "accent": 0.15, "light": 0.15})
    pattern = pick(rng, {"solid": 0.45, "floral": 0.3, "dots": 0.15, "stripes": 0.1})
    over = _on(rng, base, palette)
    sleeve, neckline = (
        pick(rng, {"none": 0.5, "short": 0.35, "long": 0.15}),
        pick(rng, {"v": 0.4, "round": 0.4, "scoop": 0.2}),
    )
    return Garment(
        "dress",
        make_fabric(rng, pattern, base, over),
        over,
        pattern,
        sleeve,
        neckline,
        pick(rng, {"mini": 0.4, "knee": 0.4, "midi": 0.2}),
        "flared",
        0.002,
    )


def _shoes(rng: Generator, style: Style, palette: Palette, female: bool) -> Garment:
    kind = pick(rng, style.shoes_women if female else style.shoes_men)
    leather = oklch(float(rng.uniform(0.28, 0.5)), 0.06, 55)
    base = _colour(rng, palette, {"accent": 0.34, "main": 0.22, "second": 0.16, "dark": 0.28})
    if kind == "sneaker" and rng.random() < 0.35:
        base = palette.light
    if kind in ("boot", "loafer", "tallboot") and rng.random() < 0.4:
        base = leather
    trim = rgb(str(rng.choice(_SOLES))) if kind == "sneaker" else mix(base, rgb("1a1512"), 0.65)
    return Garment(kind, solid(base), trim)


def _hat(rng: Generator, style: Style, palette: Palette) -> Garment:
    kind = pick(rng, style.hats)
    base = _colour(rng, palette, {"main": 0.42, "accent": 0.26, "second": 0.16, "dark": 0.16})
    if kind == "straw":
        base = mix(rgb("d9bd8b"), palette.main, 0.12)
    pattern = "knit" if kind == "beanie" else "solid"
    return Garment(kind, make_fabric(rng, pattern, base, palette.light), _on(rng, base, palette), pattern)
