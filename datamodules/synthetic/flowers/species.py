"""Twenty kinds of flowers: the properties that define a class. All else in an image varies."""

from __future__ import annotations

from dataclasses import dataclass, replace

from datamodules.synthetic.flowers.bloom import Layer
from datamodules.synthetic.flowers.centres import Centre
from datamodules.synthetic.flowers.petals import Petal


@dataclass(frozen=True)
class Species:
    """A class of flowers.

    Attributes:
        name: common name of its model.
        layers: its petals, from the outermost to the innermost ring.
        centre: its middle.
        tilt: range of the angle of its axis to the viewer, in degrees.
        roll: range of its roll to either side, in degrees; 180 without a special petal.
        leaf: kind of leaves (see datamodules.synthetic.canvas.plants).
        habit: "single", "cluster" (a ball of blooms) or "spike" (blooms along a stem).
        count: blooms of a cluster or a spike.
        stem: colour of the stem.
        size: radius of the bloom relative to other kinds.
    """

    name: str
    layers: tuple[Layer, ...]
    centre: Centre
    tilt: tuple[float, float] = (0.0, 48.0)
    roll: float = 180.0
    leaf: str = "oval"
    habit: str = "single"
    count: int = 1
    stem: str = "5f8a3a"
    size: float = 1.0


_RAY = Petal("f4f1e6", "ffffff", "fbfbf7", widest=0.62, point=2.6, claw=0.55, teeth=0.05, veins=0.10, crease=0.10)
_ROSE = Petal("8e0f24", "c4162f", "dd2f45", widest=0.66, point=2.5, claw=0.55, veins=0.03, crease=0.02, rim="d8455a")
_LOTUS = Petal("fbe9ee", "f3b5cb", "e0739d", widest=0.55, point=1.35, claw=0.5, veins=0.08)
_DAHLIA = Petal("5b1d6e", "8d2fa0", "c27ad0", widest=0.6, point=1.5, claw=0.5, veins=0.05, crease=0.30)
_MARIGOLD = Petal("c4560a", "f08a10", "ffb52e", widest=0.68, point=3.0, claw=0.5, frill=0.09, veins=0.04)
_SPIKY = Petal("6c3f8f", "a44fb5", "d98be0", widest=0.5, point=1.1, claw=0.7, veins=0.0, crease=0.2)
_DAFFODIL_CUP = Petal("d96a00", "f08a00", "f59a1e", widest=0.7, point=3.5, claw=0.75, frill=0.08, veins=0.14)
_PANSY_SIDE = Petal(
    "f5c518", "f7d334", "fbe27a", widest=0.6, point=2.2, claw=0.35, veins=0.0, blotch="3a1030", blotch_end=0.42
)
_ORCHID = Petal("f6e3f2", "e9b4dc", "d98cc8", widest=0.6, point=2.2, claw=0.25, veins=0.22)

SPECIES: tuple[Species, ...] = (
    Species("oxeye daisy", (Layer(_RAY, 21, width=0.13, inset=0.22, lift=4),), Centre("disc", "f5c322", "d89a10", 0.27),
            leaf="lobed"),
    Species("corn poppy",
            (Layer(Petal("a30d0d", "d81e14", "e8402a", widest=0.64, point=2.3, claw=0.3, frill=0.04, veins=0.16,
                         blotch="1c0c12", blotch_end=0.26), 2, width=0.80, lift=14, inset=0.02),
             Layer(Petal("a30d0d", "e0261a", "ee4c34", widest=0.64, point=2.3, claw=0.3, frill=0.04, veins=0.16,
                         blotch="1c0c12", blotch_end=0.26), 2, length=0.94, width=0.76, lift=24, inset=0.02, turn=0.5)),
            Centre("stamens", "2a2030", "3a2c3a", 0.24, 16), leaf="lobed", stem="6a8a4a"),
    Species("daffodil",
            (Layer(Petal("f2d21a", "fbe33c", "fdee7a", widest=0.5, point=1.6, claw=0.5, veins=0.07), 3, width=0.36,
                   lift=6),
             Layer(Petal("f2d21a", "fbe33c", "fdee7a", widest=0.5, point=1.6, claw=0.5, veins=0.07), 3, width=0.36,
                   lift=10, turn=0.5),
             Layer(_DAFFODIL_CUP, 8, length=0.42, width=0.42, lift=62, inset=0.12)),
            Centre("stamens", "f7d04a", "e0a020", 0.12, 6), tilt=(10, 52), leaf="blade"),
    Species("violet clematis",
            (Layer(Petal("5a3fa8", "6f4fc4", "8d74d8", widest=0.5, point=1.5, claw=0.3, veins=0.14, stripe="b06ac8"), 8,
                   width=0.30, lift=4),),
            Centre("stamens", "f6f0cf", "e9e2b0", 0.26, 22)),
    Species("stargazer lily",
            (Layer(Petal("e8e0a0", "e0478a", "f3a9c6", widest=0.5, point=1.5, claw=0.35, veins=0.05, rim="fbe4ec",
                         spots="8a1040", crease=0.2), 3, width=0.22, lift=12),
             Layer(Petal("e8e0a0", "dd3f84", "f3a9c6", widest=0.52, point=1.6, claw=0.3, veins=0.05, rim="fdeef4",
                         spots="8a1040", crease=0.2), 3, width=0.31, lift=18, turn=0.5)),
            Centre("stamens", "8a3a12", "d8e0a8", 0.52, 6), leaf="lance"),
    Species("sunflower",
            (Layer(Petal("d98a00", "f5b800", "ffcf30", widest=0.45, point=1.4, claw=0.45, veins=0.16), 17, width=0.15,
                   lift=2, inset=0.36, length=0.70),
             Layer(Petal("d98a00", "fbc20a", "ffd84a", widest=0.45, point=1.4, claw=0.45, veins=0.16), 17, width=0.15,
                   lift=10, inset=0.36, length=0.62, turn=0.5)),
            Centre("disc", "6a3b12", "2a1708", 0.44), leaf="heart"),
    Species("pink hibiscus",
            (Layer(Petal("7a0a34", "ee6a92", "f79ab4", widest=0.72, point=2.8, claw=0.3, frill=0.05, veins=0.20,
                         blotch="6a0a28", blotch_end=0.20), 5, width=0.52, lift=16, inset=0.02),),
            Centre("column", "f5d020", "f3b0b8", 0.78, 14), tilt=(5, 50)),
    Species("tulip",
            (Layer(Petal("f5c400", "e2331c", "f07a1c", widest=0.5, point=1.7, claw=0.55, veins=0.08, rim="f6b52a"), 3,
                   width=0.40, lift=66, inset=0.14),
             Layer(Petal("f5c400", "d92a1a", "ee6c1c", widest=0.5, point=1.7, claw=0.55, veins=0.08, rim="f6b52a"), 3,
                   width=0.40, lift=72, inset=0.14, turn=0.5)),
            Centre("stamens", "3a2a30", "c8b040", 0.2, 6), tilt=(48, 84), leaf="blade", size=1.25),
    Species("primrose",
            (Layer(Petal("f2a800", "f6ecA0", "faf4c4", widest=0.74, point=3.0, claw=0.25, notch=0.16, veins=0.05,
                         blotch="f0a008", blotch_end=0.24), 5, width=0.44, lift=5, inset=0.03),),
            Centre("eye", "a8c040", "5a7a20", 0.07), leaf="oval"),
    Species("pansy",
            (Layer(Petal("4a1c7a", "6a2f9f", "8a52bc", widest=0.66, point=2.6, claw=0.4, veins=0.08), 2, length=0.98,
                   width=0.52, lift=4, angles=(-34, 34)),
             Layer(_PANSY_SIDE, 2, length=0.80, width=0.50, lift=6, angles=(-98, 98)),
             Layer(replace(_PANSY_SIDE, notch=0.10, widest=0.68, point=3.0), 1, length=0.92, width=0.66, lift=6,
                   angles=(180,))),
            Centre("eye", "f0e070", "c0a020", 0.09), tilt=(0, 34), roll=16),
    Species("red rose",
            (Layer(_ROSE, 5, width=0.56, lift=16, length=0.98, inset=0.05),
             Layer(_ROSE, 5, width=0.58, lift=30, length=0.86, turn=0.5, inset=0.05),
             Layer(_ROSE, 5, width=0.58, lift=46, length=0.70, turn=0.2, inset=0.05),
             Layer(_ROSE, 4, width=0.60, lift=60, length=0.55, turn=0.6, inset=0.05),
             Layer(_ROSE, 4, width=0.66, lift=74, length=0.42, inset=0.04),
             Layer(_ROSE, 3, width=0.7, lift=82, length=0.30, turn=0.4, inset=0.03)),
            Centre("none"), tilt=(6, 46)),
    Species("bluebell",
            (Layer(Petal("6a78d8", "5563c8", "8c98ec", widest=0.52, point=2.2, claw=0.5, veins=0.10, crease=0.24), 3,
                   width=0.34, lift=62, inset=0.16),
             Layer(Petal("6a78d8", "5b6ad0", "98a4f0", widest=0.52, point=2.2, claw=0.5, veins=0.10, crease=0.24), 3,
                   width=0.34, lift=58, inset=0.16, turn=0.5)),
            Centre("none"), tilt=(0, 30), leaf="blade", habit="spike", count=8, stem="4a5a48", size=1.05),
    Species("water lily",
            (Layer(_LOTUS, 8, width=0.25, lift=8),
             Layer(_LOTUS, 8, width=0.25, lift=26, length=0.86, turn=0.5),
             Layer(_LOTUS, 7, width=0.25, lift=46, length=0.66)),
            Centre("stamens", "f6c81c", "f0b010", 0.22, 18), tilt=(18, 60), leaf="heart"),
    Species("blue periwinkle",
            (Layer(Petal("ffffff", "4b6fe0", "6f90ee", widest=0.82, point=4.0, claw=0.2, veins=0.08, blotch="f2f4ff",
                         blotch_end=0.22), 5, width=0.42, lift=4, inset=0.04),),
            Centre("eye", "f4e27a", "c8a020", 0.06), leaf="lance"),
    Species("purple dahlia",
            (Layer(_DAHLIA, 11, width=0.23, lift=4),
             Layer(_DAHLIA, 10, width=0.24, lift=18, length=0.84, turn=0.5),
             Layer(_DAHLIA, 8, width=0.26, lift=34, length=0.64),
             Layer(_DAHLIA, 6, width=0.28, lift=54, length=0.44, turn=0.5)),
            Centre("eye", "6a2080", "3a1048", 0.12), tilt=(0, 40)),
    Species("moth orchid",
            (Layer(replace(_ORCHID, widest=0.5), 3, length=0.92, width=0.30, lift=2, angles=(0, -142, 142)),
             Layer(replace(_ORCHID, widest=0.62, claw=0.12), 2, length=1.0, width=0.50, lift=4, angles=(-82, 82)),
             Layer(Petal("f0c030", "a01a60", "c83080", widest=0.55, point=1.6, claw=0.5, veins=0.1, crease=0.3), 1,
                   length=0.62, width=0.46, lift=32, angles=(180,))),
            Centre("eye", "fbe9f6", "d070b0", 0.11), tilt=(0, 38), roll=18, leaf="oval", stem="6a7a40"),
    Species("marigold",
            (Layer(_MARIGOLD, 10, width=0.36, lift=2),
             Layer(_MARIGOLD, 9, width=0.40, lift=16, length=0.82, turn=0.5),
             Layer(_MARIGOLD, 7, width=0.44, lift=34, length=0.64),
             Layer(_MARIGOLD, 5, width=0.5, lift=56, length=0.44, turn=0.5)),
            Centre("eye", "e88a10", "b85a08", 0.12), tilt=(0, 45), leaf="lobed"),
    Species("hydrangea",
            (Layer(Petal("c8d8f4", "8fb4ea", "a9c6f2", widest=0.62, point=2.2, claw=0.25, veins=0.10), 4, width=0.52,
                   lift=6),),
            Centre("eye", "eef2c0", "7a90c0", 0.14), habit="cluster", count=13, tilt=(0, 30)),
    Species("anthurium",
            (Layer(Petal("c01420", "dc1c28", "e63c40", widest=0.32, point=1.45, claw=0.36, veins=0.20, crease=0.3,
                         heart=0.16), 1, length=1.7, width=0.50, lift=8, inset=-0.66, angles=(180,)),),
            Centre("column", "f3d84a", "f0d060", 0.85, 20), tilt=(10, 44), roll=40, leaf="heart"),
    Species("gazania",
            (Layer(Petal("f7a81c", "f9c22e", "fbd45a", widest=0.55, point=1.8, claw=0.45, veins=0.04, stripe="a8341a",
                         blotch="1f2412", blotch_end=0.26), 14, width=0.20, lift=4, inset=0.14),),
            Centre("disc", "f0b41c", "a86a10", 0.20), leaf="lance"),
)  # fmt: skip
