"""Hats: caps, beanies, straw hats and fedoras."""

from __future__ import annotations

from datamodules.synthetic.canvas.canvas import Fabric
from datamodules.synthetic.canvas.curves import Points, join, spline
from datamodules.synthetic.canvas.palette import mix, rgb
from datamodules.synthetic.people.figure import FACE, HAIR, HAT, Figure
from datamodules.synthetic.people.head import Head
from datamodules.synthetic.people.outfit import Garment


def draw_hat(figure: Figure) -> None:
    """Draw the hat, over the hair."""
    hat = figure.outfit.hat
    if hat is None:
        return
    head = Head(figure)
    {"cap": _draw_cap, "beanie": _draw_beanie, "straw": _draw_brimmed, "fedora": _draw_brimmed}[hat.kind](head, hat)


def _dome(head: Head, wide: float, base: float, top: float, droop: float) -> Points:
    """Return a crown whose lower rim is at `base` (its middle lower by droop) and whose top is at `top`."""
    lean = -head.shift * 0.2
    over = [
        (-wide, base),
        (-wide * 0.97, base - 0.16),
        (-wide * 0.66, top + 0.09),
        (0, top),
        (wide * 0.66, top + 0.09),
        (wide * 0.97, base - 0.16),
        (wide, base),
    ]
    under = [
        (wide, base),
        (wide * 0.5, base + droop * 0.75),
        (0, base + droop),
        (-wide * 0.5, base + droop * 0.75),
        (-wide, base),
    ]
    return join(head.run([(x + lean, y) for x, y in over]), head.run([(x + lean, y) for x, y in under]))


def _path(head: Head) -> Points:
    return join([head.at(0, -0.8)], [head.at(0, 0.5)])


def _draw_cap(head: Head, hat: Garment) -> None:
    figure, s = head.figure, head.shift
    canvas = figure.canvas
    canvas.fill(
        _dome(head, 0.395, -0.19, -0.615, -0.04 if not figure.back else 0.06),
        hat.fabric,
        HAT,
        volume=0.5,
        shadow=0.35,
        roundness=0.02,
    )
    seam = mix(hat.fabric.colour, rgb("14100e"), 0.45)
    for x in (-0.2, 0.0, 0.2):
        canvas.stroke(
            head.run([(x * 0.2, -0.61), (x * 0.9 + s * 0.4, -0.42), (x + s * 0.6, -0.2)]),
            seam,
            0.002,
            0.4,
            within=[HAT],
        )
    canvas.fill(head.run([(-0.035, -0.60), (0, -0.635), (0.035, -0.60)], closed=True), hat.trim, HAT, volume=0.3)
    if figure.back:
        strap = head.run([(-0.13, -0.13), (0, -0.24), (0.13, -0.13)])
        canvas.fill(strap, figure.look.hair, HAIR, volume=0.1)
        return
    logo = head.run([(s - 0.08, -0.41), (s + 0.08, -0.41), (s + 0.08, -0.30), (s - 0.08, -0.30)], closed=True)
    canvas.fill(logo, hat.trim, volume=0, edge=0, within=[HAT], opacity=0.9)
    visor = join(
        head.run([(-0.36 + s, -0.205), (-0.2 + s, -0.265), (s, -0.285), (0.2 + s, -0.265), (0.36 + s, -0.205)]),
        head.run(
            [
                (0.375 + s * 1.5, -0.13),
                (0.22 + s * 2, -0.095),
                (s * 2.2, -0.085),
                (-0.22 + s * 2, -0.095),
                (-0.375 + s * 1.5, -0.13),
            ]
        ),
    )
    under = Fabric(mix(hat.fabric.colour, rgb("14100e"), 0.18))
    canvas.fill(visor, under, HAT, volume=0.25, shadow=0.6, roundness=0.01, edge=0.5)


def _draw_beanie(head: Head, hat: Garment) -> None:
    figure = head.figure
    low = -0.17 if not figure.back else -0.02
    figure.canvas.fill(
        _dome(head, 0.385, low - 0.05, -0.68, 0.0), hat.fabric, HAT, volume=0.5, roundness=0.02, path=_path(head)
    )
    cuff = join(
        head.run([(-0.40, low - 0.16), (-0.2, low - 0.19), (0, low - 0.2), (0.2, low - 0.19), (0.40, low - 0.16)]),
        head.run(
            [(0.405, low + 0.02), (0.2, low - 0.005), (0, low - 0.015), (-0.2, low - 0.005), (-0.405, low + 0.02)]
        ),
    )
    figure.canvas.fill(cuff, hat.fabric, HAT, volume=0.4, shadow=0.35, edge=0.5, path=_path(head))
    if figure.look.parting > 0.1:
        pom = head.run(
            [(-0.11, -0.72), (-0.06, -0.82), (0.06, -0.82), (0.11, -0.72), (0.06, -0.64), (-0.06, -0.64)], closed=True
        )
        figure.canvas.fill(pom, hat.trim, HAT, volume=0.5)


def _draw_brimmed(head: Head, hat: Garment) -> None:
    canvas, straw = head.figure.canvas, hat.kind == "straw"
    wide, droop = (0.64, 0.07) if straw else (0.56, 0.03)
    base = -0.21
    brim = head.run(
        [
            (-wide, base + 0.015),
            (-wide * 0.62, base - 0.08),
            (0, base - 0.11),
            (wide * 0.62, base - 0.08),
            (wide, base + 0.015),
            (wide * 0.62, base + droop),
            (0, base + droop + 0.03),
            (-wide * 0.62, base + droop),
        ],
        closed=True,
    )
    canvas.fill(brim, hat.fabric, HAT, volume=0.4, shadow=0.6, roundness=0.012)
    canvas.fill(
        _dome(head, 0.35, base - 0.035, -0.64 if straw else -0.67, 0.035),
        hat.fabric,
        HAT,
        volume=0.55,
        roundness=0.02,
        edge=0.4,
    )
    band = join(
        head.run([(-0.355, base - 0.13), (0, base - 0.105), (0.355, base - 0.13)]),
        head.run([(0.36, base - 0.035), (0, base + 0.0), (-0.36, base - 0.035)]),
    )
    canvas.fill(band, hat.trim, HAT, volume=0.4, edge=0.2)
    if not straw:
        dent = spline([head.at(-0.02, -0.655), head.at(0.03, -0.55), head.at(0.02, -0.46)])
        canvas.stroke(dent, mix(hat.fabric.colour, rgb("0c0806"), 0.5), 0.006, 0.4, within=[HAT])
    else:
        weave = mix(hat.fabric.colour, rgb("6b4a22"), 0.4)
        for y in (-0.56, -0.49, -0.42):
            canvas.stroke(head.run([(-0.33, y), (0, y + 0.03), (0.33, y)]), weave, 0.0018, 0.35, within=[HAT])
    if not head.figure.back:
        veil = head.run(
            [
                (-0.34, base + droop),
                (0, base + droop + 0.03),
                (0.34, base + droop),
                (0.33, base + 0.17),
                (0, base + 0.2),
                (-0.33, base + 0.17),
            ],
            closed=True,
        )
        canvas.fill(veil, rgb("2a1410"), volume=0, edge=0, within=[FACE, HAIR], opacity=0.16)
