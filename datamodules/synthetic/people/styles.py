"""Outfit styles: compatible garments, patterns and tones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Style:
    """Weights of the garments of one style; probabilities are in [0, 1]."""

    weight: float
    tones: tuple[str, ...]
    tops_women: Weights
    tops_men: Weights
    bottoms_women: Weights
    bottoms_men: Weights
    shoes_women: Weights
    shoes_men: Weights
    patterns: Weights
    trousers_women: Weights = field(
        default_factory=lambda: {"skinny": 0.4, "straight": 0.3, "wide": 0.15, "flared": 0.15}
    )
    trousers_men: Weights = field(default_factory=lambda: {"skinny": 0.35, "straight": 0.65})
    skirts: Weights = field(default_factory=lambda: {"mini": 0.45, "knee": 0.35, "midi": 0.2})
    jackets: Weights = field(default_factory=lambda: {"denim": 0.5, "bomber": 0.5})
    hats: Weights = field(default_factory=lambda: {"cap": 0.6, "beanie": 0.4})
    hat: float = 0.4
    jacket: float = 0.2
    dress: float = 0.1
    denim: float = 0.35
    patterned_bottom: float = 0.12
    tucked: float = 0.3
    scarf: float = 0.0
    sunglasses: float = 0.05


STYLES: dict[str, Style] = {
    "casual": Style(
        weight=0.26,
        tones=("muted", "vivid", "deep", "pastel"),
        tops_women={"tee": 0.4, "sweater": 0.2, "shirt": 0.15, "tank": 0.15, "blouse": 0.1},
        tops_men={"tee": 0.45, "shirt": 0.3, "polo": 0.15, "sweater": 0.1},
        bottoms_women={"trousers": 0.65, "shorts": 0.15, "skirt": 0.2},
        bottoms_men={"trousers": 0.75, "shorts": 0.25},
        shoes_women={"sneaker": 0.55, "boot": 0.25, "loafer": 0.2},
        shoes_men={"sneaker": 0.65, "boot": 0.2, "loafer": 0.15},
        patterns={"solid": 0.5, "stripes": 0.25, "checks": 0.15, "dots": 0.1},
        hat=0.38,
    ),
    "sporty": Style(
        weight=0.15,
        tones=("vivid", "vivid", "deep"),
        tops_women={"tank": 0.4, "tee": 0.35, "hoodie": 0.25},
        tops_men={"tee": 0.5, "tank": 0.2, "hoodie": 0.3},
        bottoms_women={"trousers": 0.6, "shorts": 0.4},
        bottoms_men={"trousers": 0.5, "shorts": 0.5},
        shoes_women={"sneaker": 1.0},
        shoes_men={"sneaker": 1.0},
        patterns={"solid": 0.7, "stripes": 0.2, "camouflage": 0.1},
        trousers_women={"skinny": 0.9, "straight": 0.1},
        trousers_men={"skinny": 0.5, "straight": 0.5},
        jackets={"bomber": 1.0},
        hats={"cap": 0.9, "beanie": 0.1},
        hat=0.5,
        jacket=0.15,
        dress=0.0,
        denim=0.0,
        tucked=0.1,
    ),
    "formal": Style(
        weight=0.18,
        tones=("deep", "muted", "pastel"),
        tops_women={"blouse": 0.5, "shirt": 0.35, "sweater": 0.15},
        tops_men={"shirt": 0.85, "sweater": 0.15},
        bottoms_women={"trousers": 0.5, "skirt": 0.5},
        bottoms_men={"trousers": 1.0},
        shoes_women={"heel": 0.75, "loafer": 0.25},
        shoes_men={"loafer": 0.75, "boot": 0.25},
        patterns={"solid": 0.65, "pinstripes": 0.2, "checks": 0.05, "dots": 0.1},
        skirts={"knee": 0.7, "midi": 0.3},
        jackets={"blazer": 0.8, "coat": 0.2},
        hats={"fedora": 1.0},
        hat=0.22,
        jacket=0.45,
        dress=0.15,
        denim=0.0,
        tucked=0.85,
    ),
    "summer": Style(
        weight=0.17,
        tones=("pastel", "vivid", "earth"),
        tops_women={"camisole": 0.35, "tank": 0.25, "blouse": 0.2, "tee": 0.2},
        tops_men={"tee": 0.45, "shirt": 0.35, "polo": 0.2},
        bottoms_women={"shorts": 0.4, "skirt": 0.45, "trousers": 0.15},
        bottoms_men={"shorts": 0.75, "trousers": 0.25},
        shoes_women={"sandal": 0.4, "sneaker": 0.35, "heel": 0.25},
        shoes_men={"sneaker": 0.6, "loafer": 0.4},
        patterns={"solid": 0.4, "floral": 0.3, "stripes": 0.2, "dots": 0.1},
        hats={"straw": 0.65, "cap": 0.35},
        hat=0.45,
        jacket=0.03,
        dress=0.2,
        denim=0.3,
        sunglasses=0.3,
    ),
    "street": Style(
        weight=0.14,
        tones=("deep", "muted", "vivid"),
        tops_women={"hoodie": 0.35, "tee": 0.4, "tank": 0.25},
        tops_men={"hoodie": 0.45, "tee": 0.55},
        bottoms_women={"trousers": 0.7, "skirt": 0.3},
        bottoms_men={"trousers": 0.8, "shorts": 0.2},
        shoes_women={"sneaker": 0.6, "boot": 0.4},
        shoes_men={"sneaker": 0.75, "boot": 0.25},
        patterns={"solid": 0.6, "camouflage": 0.12, "stripes": 0.13, "checks": 0.15},
        hats={"beanie": 0.5, "cap": 0.5},
        hat=0.6,
        jacket=0.35,
        dress=0.0,
        denim=0.45,
        patterned_bottom=0.2,
        sunglasses=0.12,
    ),
    "winter": Style(
        weight=0.10,
        tones=("earth", "deep", "muted"),
        tops_women={"sweater": 0.8, "shirt": 0.2},
        tops_men={"sweater": 0.7, "shirt": 0.3},
        bottoms_women={"trousers": 0.75, "skirt": 0.25},
        bottoms_men={"trousers": 1.0},
        shoes_women={"boot": 0.55, "tallboot": 0.45},
        shoes_men={"boot": 1.0},
        patterns={"solid": 0.6, "checks": 0.25, "stripes": 0.15},
        skirts={"knee": 0.5, "midi": 0.5},
        jackets={"coat": 0.6, "cardigan": 0.4},
        hats={"beanie": 0.7, "fedora": 0.3},
        hat=0.5,
        jacket=0.5,
        dress=0.05,
        denim=0.3,
        scarf=0.45,
    ),
}
