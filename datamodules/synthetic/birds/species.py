"""Twenty kinds of birds: build and plumage define a class. All else in an image varies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Build:
    """A bird's shape; lengths in halves of the body's length.

    Attributes:
        depth: half the body's depth.
        head: the head's radius.
        neck: distance of the head from the body.
        posture: inclination of the body in degrees.
        tail: length of the tail.
        tail_width: half-width of a tail feather, as a share of its length.
        fork: additional length of the outer tail feathers; negative for a wedge.
        cock: angle of the tail above the body's axis in degrees.
        wing: distance of the wing's tip behind the body's middle.
        leg: visible length of the leg.
        crest: "" or "peak" (one long tuft), "shaggy" or "sleek".
    """

    depth: float = 0.56
    head: float = 0.42
    neck: float = 0.42
    posture: float = 32.0
    tail: float = 0.95
    tail_width: float = 0.13
    fork: float = 0.0
    cock: float = 0.0
    wing: float = 1.25
    leg: float = 0.42
    crest: str = ""


@dataclass(frozen=True)
class Bill:
    """A bill; lengths in radii of the head. `droop` bends the tip down, `hook` is that of a gull or a crow."""

    length: float = 0.7
    depth: float = 0.22
    droop: float = 0.04
    hook: float = 0.0
    upper: str = "3a3632"
    lower: str = "5a544c"
    mark: str = ""


@dataclass(frozen=True)
class Species:
    """A class of birds.

    Attributes:
        name: common name of its model.
        build: its shape.
        bill: its bill.
        body: colour outside the patches.
        patches: (part, colour) painted in this order; the parts are in datamodules.synthetic.birds.body.
        wing, wing_edge: colours of the wing's feathers and of their edges.
        wing_tip: colour of the wing's tip, "" for none.
        coverts: colour of the feathers on the shoulder.
        bars: colour of the wing bars, "" for none.
        tail, tail_tip: colours of the tail.
        banded: colour of bands across wing and tail feathers, "" for none.
        streaks: colour of streaks on breast and flanks, "" for none.
        crest: colour of the crest.
        eye: colour of the iris.
        ring: colour of the ring around the eye, "" for none.
        legs: colour of the legs.
        perches: its perches (see datamodules.synthetic.birds.perches).
    """

    name: str
    build: Build
    bill: Bill
    body: str
    patches: tuple[tuple[str, str], ...]
    wing: str
    wing_edge: str
    coverts: str
    tail: str
    wing_tip: str = ""
    bars: str = ""
    tail_tip: str = ""
    banded: str = ""
    streaks: str = ""
    crest: str = ""
    eye: str = "1a1210"
    ring: str = ""
    legs: str = "4a4038"
    perches: tuple[str, ...] = ("branch", "twig", "rock")


SPECIES: tuple[Species, ...] = (
    Species("northern cardinal", Build(crest="peak", tail=1.15, depth=0.58),
            Bill(0.55, 0.36, 0.06, 0.0, "e8622a", "d9541f"),
            "c81e1e", (("underparts", "d8302a"), ("mask", "14100f"), ("back", "a81c22")),
            wing="93262a", wing_edge="b8403a", coverts="b0222a", tail="a01e22", crest="cc2020"),
    Species("blue jay", Build(crest="peak", tail=1.25, depth=0.54, head=0.40),
            Bill(0.75, 0.24, 0.05, 0.0, "25252a", "33333a"),
            "5c83c4", (("underparts", "d9dce2"), ("cheek", "eceef2"), ("throat", "e6e8ee"), ("collar", "1c2028"),
                       ("cap", "4f78c0")),
            wing="2f63c0", wing_edge="9cc0f0", coverts="4a7cc8", tail="2f66c4", bars="f4f6fa", tail_tip="f0f2f6",
            banded="16233c", crest="5a86cc"),
    Species("american goldfinch", Build(tail=0.75, head=0.43, depth=0.60, leg=0.36),
            Bill(0.5, 0.27, 0.02, 0.0, "f0a878", "e89a6a"),
            "f2d21c", (("underparts", "f6dc34"), ("vent", "f6f4ea"), ("forecap", "141414")),
            wing="17171a", wing_edge="e8e6e0", coverts="1c1c1e", tail="1a1a1c", bars="fafaf6", tail_tip="e6e4de",
            legs="b07a60"),
    Species("american robin", Build(posture=38, depth=0.56, leg=0.62, tail=1.0),
            Bill(0.66, 0.18, 0.04, 0.0, "e8b62a", "e2a81e"),
            "66645f", (("underparts", "d2601e"), ("vent", "ece8e0"), ("hood", "2a2a2c"), ("chin", "d8d4cc")),
            wing="55534f", wing_edge="8a867e", coverts="625f5a", tail="33322f", ring="f0ece4", legs="6a5030",
            perches=("grass", "branch", "rock", "twig")),
    Species("black-capped chickadee", Build(depth=0.66, head=0.50, neck=0.32, tail=0.9, posture=28, leg=0.36),
            Bill(0.36, 0.17, 0.02, 0.0, "201e1e", "2c2a2a"),
            "9a9890", (("underparts", "efeae0"), ("flank", "e2c49c"), ("cheek", "fbfaf6"), ("cap", "101012"),
                       ("throat", "121214")),
            wing="6e6f72", wing_edge="e8e6e2", coverts="8a8a88", tail="66676a", perches=("twig", "branch")),
    Species("american crow", Build(depth=0.52, head=0.38, neck=0.44, posture=30, tail=0.95, tail_width=0.17, leg=0.55),
            Bill(1.0, 0.30, 0.10, 0.06, "121214", "18181a"),
            "1c1d22", (("back", "22242c"),), wing="17181d", wing_edge="4a5068", coverts="1f2128", tail="15161a",
            legs="161618", perches=("branch", "rock", "grass")),
    Species("mallard", Build(depth=0.50, head=0.34, neck=0.58, posture=4, tail=0.55, tail_width=0.2, wing=1.1, leg=0.3),
            Bill(0.98, 0.20, 0.05, 0.0, "e2c040", "d8b030"),
            "b3afa6", (("breast", "5a2f20"), ("rump", "17171a"), ("hood", "0f5a3a"), ("collar", "f6f5f0")),
            wing="8a8378", wing_edge="b8b2a6", coverts="9a948a", tail="e8e4dc", bars="2c4aa8", legs="e07a20",
            perches=("water", "water", "grass")),
    Species("belted kingfisher",
            Build(depth=0.58, head=0.58, neck=0.40, posture=42, tail=0.75, crest="shaggy", leg=0.16),
            Bill(1.45, 0.24, 0.0, 0.0, "2a2c30", "4a4c50"),
            "5f7f98", (("underparts", "f2f1ec"), ("throat", "f4f3ee"), ("bandbreast", "5a7a94"), ("collar", "f7f6f2"),
                       ("cap", "54748e")),
            wing="4a6880", wing_edge="8aa4b8", coverts="5c7c96", tail="4c6a84", banded="e6ecf0", crest="4f6f8a"),
    Species("baltimore oriole", Build(depth=0.52, posture=36, tail=1.05, head=0.40),
            Bill(0.68, 0.19, 0.02, 0.0, "5f6a74", "8a949c"),
            "f07a14", (("underparts", "f58a18"), ("hood", "121212"), ("nape", "121212"), ("back", "151515")),
            wing="1a1a1c", wing_edge="d8d6d0", coverts="f08a1c", tail="1c1a18", bars="f8f6f0", tail_tip="f0901c",
            legs="5a626a"),
    Species("herring gull",
            Build(depth=0.50, head=0.37, neck=0.50, posture=12, tail=0.62, tail_width=0.2, wing=1.65, leg=0.72),
            Bill(0.85, 0.24, 0.06, 0.07, "f0c83c", "eec032", "d8342a"),
            "fafafa", (("back", "aeb6be"),), wing="a9b1ba", wing_edge="c4cad0", coverts="aab2ba", tail="f8f8f8",
            tail_tip="fafafa", wing_tip="1a1a1e", eye="f0dc7a", ring="e8a030", legs="e8a8a0",
            perches=("rock", "water", "grass")),
    Species("barn swallow",
            Build(depth=0.46, head=0.38, neck=0.36, posture=26, tail=1.3, tail_width=0.06, fork=0.85, wing=1.75,
                                  leg=0.14),
            Bill(0.28, 0.15, 0.02, 0.0, "1a1a1e", "1e1e22"),
            "1f3a7a", (("underparts", "eab884"), ("throat", "9a3a18"), ("forehead", "a8421c"), ("bandbreast",
            "1c3470")),
            wing="1c2438", wing_edge="3c4c78", coverts="24438c", tail="182448", perches=("wire", "twig", "wire")),
    Species("red-headed woodpecker",
            Build(depth=0.50, head=0.43, posture=66, tail=0.85, leg=0.28, wing=1.15, neck=0.46),
            Bill(0.92, 0.22, 0.0, 0.0, "6a727a", "8a929a"),
            "f6f5f0", (("hood", "c01a1e"), ("nape", "c01a1e"), ("back", "15161a")),
            wing="f4f3ee", wing_edge="d8d6d0", coverts="16171c", tail="17181c", legs="6a6a66", perches=("trunk",)),
    Species("house wren",
            Build(depth=0.62, head=0.46, neck=0.36, posture=24, tail=0.75, cock=58, leg=0.46, tail_width=0.16),
            Bill(0.72, 0.12, 0.14, 0.0, "4a3a2c", "8a6a4a"),
            "8a6440", (("underparts", "d9bf98"), ("brow", "dcc49c"), ("throat", "e2d2b4")),
            wing="7e5630", wing_edge="a87c4c", coverts="8a6038", tail="7a5230", banded="2e1c0e", legs="a07a5a",
            perches=("twig", "branch", "rock")),
    Species("painted bunting", Build(depth=0.60, head=0.45, tail=0.8, leg=0.36),
            Bill(0.46, 0.30, 0.04, 0.0, "5a5a60", "8a8a90"),
            "d8321e", (("underparts", "e23a20"), ("hood", "2c48b8"), ("back", "b4d020")),
            wing="4e8c3a", wing_edge="a0c050", coverts="6aa03c", tail="7a4438", ring="e03a2a",
            perches=("twig", "grass", "branch")),
    Species("atlantic puffin",
            Build(depth=0.56, head=0.46, neck=0.50, posture=58, tail=0.35, tail_width=0.3, wing=1.0, leg=0.32),
            Bill(0.72, 0.55, 0.10, 0.0, "e8601c", "e05416", "3a4a6a"),
            "fafaf8", (("back", "141518"), ("cap", "121316"), ("nape", "141518"), ("collar", "131417"), ("cheek",
            "e9eaee")),
            wing="17181c", wing_edge="2c2e36", coverts="16171b", tail="141518", ring="d83a20", legs="f07a1c",
            perches=("rock", "grass")),
    Species("cedar waxwing", Build(depth=0.54, head=0.43, posture=40, tail=0.75, crest="sleek", leg=0.26),
            Bill(0.40, 0.18, 0.03, 0.0, "1c1a1a", "2a2826"),
            "b08a62", (("belly", "ecdc8a"), ("hood", "b88e62"), ("eyeline", "0f0e0e"), ("chin", "1a1614"), ("back",
            "94765a")),
            wing="6e6a6c", wing_edge="9a989a", coverts="8c7460", tail="5a5c60", tail_tip="f6d21c", crest="b48a5e",
            wing_tip="c8c4c4"),
    Species("song sparrow", Build(depth=0.60, head=0.45, tail=0.9, posture=28, leg=0.42),
            Bill(0.46, 0.25, 0.03, 0.0, "5a4c42", "8a7868"),
            "8a6a4c", (("underparts", "efe8dc"), ("brow", "b8b2a6"), ("cheek", "a09486"), ("eyeline", "5a3a22"),
            ("cap", "6a4226"),
                       ("malar", "5a3820"), ("throat", "f0ece2")),
            wing="74502f", wing_edge="b88a5c", coverts="86603c", tail="7a5636", streaks="4e3018", legs="c09078",
            perches=("twig", "grass", "rock", "branch")),
    Species("red-winged blackbird", Build(depth=0.53, head=0.40, posture=34, tail=1.0),
            Bill(0.78, 0.21, 0.02, 0.0, "1a1a1c", "202022"),
            "141418", (("back", "1a1b20"),), wing="131316", wing_edge="2a2c34", coverts="e02a1c", tail="121214",
            bars="f4c42a",
            perches=("reed", "reed", "twig")),
    Species("ruby-throated hummingbird",
            Build(depth=0.44, head=0.42, neck=0.40, posture=48, tail=0.62, tail_width=0.16, wing=1.35, leg=0.10),
            Bill(1.75, 0.07, 0.03, 0.0, "1a1a1c", "202022"),
            "3f8a4a", (("underparts", "e6e6e0"), ("flank", "8aa890"), ("throat", "c0123c"), ("cap", "3a8a4c")),
            wing="4a4a54", wing_edge="6a6a76", coverts="4a9858", tail="33363c", perches=("twig", "wire")),
    Species("scarlet tanager", Build(depth=0.58, head=0.43, posture=30, tail=0.9),
            Bill(0.52, 0.26, 0.05, 0.0, "c8bea0", "d0c8ac"),
            "e01a14", (("underparts", "ea2a1c"),), wing="121214", wing_edge="26262a", coverts="141416", tail="131315",
            legs="6a6a70", perches=("branch", "twig")),
)  # fmt: skip
