"""Jackets and coats, worn open over a top."""

from __future__ import annotations

from datamodules.synthetic.canvas.curves import Points, around, ellipse, join, point, spline
from datamodules.synthetic.canvas.palette import line_on, mix, rgb
from datamodules.synthetic.people.figure import COAT, Figure
from datamodules.synthetic.people.outfit import Garment
from datamodules.synthetic.people.tops import HEMS, spine_path, trunk, trunk_folds, trunk_sides


def draw_jacket(figure: Figure, jacket: Garment) -> None:
    """Draw a jacket: two open fronts over the top, closed from behind. Sleeves are drawn with the arms."""
    hem = HEMS[jacket.length]
    if figure.back:
        figure.canvas.fill(
            trunk(figure, jacket, hem),
            jacket.fabric,
            COAT,
            volume=0.38,
            roundness=0.022,
            shadow=0.45,
            folds=trunk_folds(figure, jacket, min(hem, 1)),
            path=spine_path(figure),
        )
        return
    sides = trunk_sides(figure, jacket, hem)
    skeleton, k = figure.skeleton, figure.unit
    gap = float(figure.rng.uniform(0.018, 0.032))
    folds = trunk_folds(figure, jacket, min(hem, 1.0))
    for side in (-1, 1):
        far = [
            skeleton.centre(hem) + point(side * (gap + 0.010), 0.010) * k,
            skeleton.centre(min(hem, 1.0) * 0.6) + point(side * gap * 1.1, 0) * k,
            skeleton.centre(0.26) + point(side * gap, 0) * k,
            skeleton.centre(0.05) + point(side * 0.034, 0) * k,
            figure.neck_side(side) + point(0, -0.012 * k),
        ]
        inner = spline(far, steps=5)
        panel = join(sides[side], inner)
        figure.canvas.fill(
            panel, jacket.fabric, COAT, volume=0.38, roundness=0.02, shadow=0.5, folds=folds, path=spine_path(figure)
        )
        _draw_front(figure, jacket, side, inner, gap)


def _draw_front(figure: Figure, jacket: Garment, side: int, inner: Points, gap: float) -> None:
    canvas, skeleton, k = figure.canvas, figure.skeleton, figure.unit
    dark = line_on(jacket.fabric.colour)
    if jacket.kind in ("blazer", "coat"):
        lapel = join(
            [figure.neck_side(side) + point(0, -0.012) * k],
            [figure.shoulder_line(side, 0.22) + point(0, 0.002) * k],
            [skeleton.centre(0.17) + point(side * 0.064, 0) * k],
            [skeleton.centre(0.22) + point(side * 0.046, 0.0) * k],
            [skeleton.centre(0.26) + point(side * 0.058, 0) * k],
            [skeleton.centre(0.52) + point(side * gap, 0) * k],
            [skeleton.centre(0.22) + point(side * gap * 0.9, 0) * k],
        )
        canvas.fill(lapel, jacket.fabric, volume=0.2, edge=0.55, shadow=0.25, within=[COAT], path=spine_path(figure))
    elif jacket.kind == "denim":
        collar = join(
            [figure.neck_side(side) + point(0, -0.014) * k],
            [figure.shoulder_line(side, 0.35)],
            [skeleton.centre(0.12) + point(side * 0.062, 0) * k],
            [skeleton.centre(0.08) + point(side * 0.032, 0) * k],
        )
        canvas.fill(collar, jacket.fabric, COAT, volume=0.2, edge=0.55, shadow=0.35, path=spine_path(figure))
        pocket = skeleton.centre(0.30) + point(side * 0.056, 0) * k
        canvas.stroke(
            around(pocket, k, [(-0.016, 0), (0.016, 0), (0.014, 0.012), (0, 0.018), (-0.014, 0.012), (-0.016, 0)]),
            dark,
            0.0022,
            0.7,
            within=[COAT],
        )
    else:
        canvas.stroke(
            inner - point(-side * 0.006 * k, 0),
            jacket.trim if jacket.kind == "bomber" else dark,
            0.003,
            0.7,
            within=[COAT],
        )
    if jacket.kind in ("cardigan", "coat", "blazer") and side > 0:
        for at in (0.56, 0.70, 0.84):
            canvas.fill(
                ellipse(skeleton.centre(at) + point(side * (gap + 0.012), 0) * k, 0.005 * k, 0.005 * k, count=10),
                mix(jacket.trim, rgb("3a2a20"), 0.4),
                volume=0.2,
                edge=0.5,
                within=[COAT],
            )
