"""One synthetic person: image, exact parsing, key points, and their latent factors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.canvas.curves import around, join, point, spline
from datamodules.synthetic.people.bottoms import draw_bottom, draw_skirt
from datamodules.synthetic.people.figure import (
    COAT,
    DRESS,
    SCARF,
    UPPER,
    Figure,
    Look,
    draw_bare_arm,
    draw_bare_leg,
    draw_look,
    draw_torso,
)
from datamodules.synthetic.people.hair import draw_hair, draw_hair_behind
from datamodules.synthetic.people.hats import draw_hat
from datamodules.synthetic.people.head import draw_head
from datamodules.synthetic.people.jackets import draw_jacket
from datamodules.synthetic.people.outfit import Outfit, draw_outfit
from datamodules.synthetic.people.pose import draw_pose
from datamodules.synthetic.people.scene import draw_ground_shadow, draw_scene
from datamodules.synthetic.people.shoes import draw_foot
from datamodules.synthetic.people.skeleton import Skeleton, draw_body
from datamodules.synthetic.people.tops import draw_sleeve, draw_top

IMAGES_PER_ITEM = 2  # consecutive indices: one person in one outfit, in two poses or views
_WHO, _OUTFIT, _POSE, _SCENE, _FOLDS = range(
    5
)  # independent random streams, so that a change of one does not affect the others


@dataclass(frozen=True)
class Person:
    """A synthetic person.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        parsing: (H, W) uint8, CIHP labels 0..19, exact.
        keypoints: (18, 3) float32: x, y in pixels and confidence, OpenPose COCO-18 order; 0, 0, 0 if missing.
        attributes: gender ("WOMEN" / "MEN"), category, style, palette, view, top, bottom, shoes, hat, ...
    """

    image: NDArray[np.uint8]
    parsing: NDArray[np.uint8]
    keypoints: NDArray[np.float32]
    attributes: dict[str, str]


def draw_person(seed: int, index: int, size: int = 256) -> Person:
    """Draw person `index` of the set `seed`; indices 2 i and 2 i + 1 are one person in one outfit, posed twice.

    Everything depends on (seed, index) only, and the geometry not on size (pixels).
    """
    outfit, look, skeleton = pose_person(seed, index)
    item = index // IMAGES_PER_ITEM
    background, scene = draw_scene(_stream(seed, item, _SCENE), outfit.palette, size)
    middle = (skeleton.joint(-1, "ankle") + skeleton.joint(1, "ankle")) / 2
    draw_ground_shadow(background, (float(middle[0]) + 0.012, 0.955), 0.13, 0.32)
    canvas = Canvas(background)
    paint(Figure(canvas, skeleton, outfit, look, _stream(seed, index, _FOLDS)))
    image, parsing = canvas.finish()
    keypoints = skeleton.keypoints()
    keypoints[:, :2] = np.clip(keypoints[:, :2] * size, 0, size - 1)
    return Person(image, parsing, keypoints, _attributes(outfit, look, skeleton, scene))


def pose_person(seed: int, index: int) -> tuple[Outfit, Look, Skeleton]:
    """Return outfit, appearance and pose of person `index`: all that is painted."""
    item = index // IMAGES_PER_ITEM
    outfit = draw_outfit(_stream(seed, item, _OUTFIT))
    who = _stream(seed, item, _WHO)
    body, look = draw_body(who, outfit.female), draw_look(who, outfit.female)
    if outfit.hat is not None:
        body = replace(body, height=min(body.height, 0.89))  # room for the hat
    pose = _stream(seed, index, _POSE)
    return outfit, look, draw_pose(pose, body, _view(pose, index))


def _stream(seed: int, index: int, purpose: int) -> Generator:
    return np.random.default_rng([seed, index, purpose])


def _view(rng: Generator, index: int) -> str:
    """Draw the view: front for the first image of an item, any for the second."""
    if index % IMAGES_PER_ITEM == 0:
        return "front"
    return str(rng.choice(["front", "side", "back"], p=[0.45, 0.42, 0.13]))


def paint(figure: Figure) -> None:
    """Paint one person, from the back to the front."""
    outfit, skeleton = figure.outfit, figure.skeleton
    if not figure.back:
        draw_hair_behind(figure)
    far, near = skeleton.depth_order
    turned = abs(skeleton.yaw) > 15
    behind = [side for side in (far, near) if (turned and side == far) or (figure.back and _is_forward(skeleton, side))]
    for side in behind:
        _draw_arm(figure, side)
    over = outfit.shoes.kind == "tallboot" and outfit.bottom.kind == "trousers"  # trousers are tucked into the boots
    for side in (far, near):
        draw_bare_leg(figure, side)
        if not over:
            draw_foot(figure, side)
    draw_torso(figure)
    _draw_clothes(figure)
    if over:
        for side in (far, near):
            draw_foot(figure, side)
    for side in (far, near):
        if side not in behind:
            _draw_arm(figure, side)
    _draw_scarf(figure)
    draw_head(figure)
    draw_hair(figure)
    draw_hat(figure)


def _is_forward(skeleton: Skeleton, side: int) -> bool:
    return skeleton.arms[skeleton.name_of_side(side)] in ("forward", "pocket")


def _draw_clothes(figure: Figure) -> None:
    outfit = figure.outfit
    if outfit.bottom.kind == "dress":
        draw_top(figure, outfit.bottom, DRESS, hem=0.62)
        draw_skirt(figure, outfit.bottom, DRESS)
    elif outfit.top is not None and outfit.tucked:
        draw_top(figure, outfit.top)
        draw_bottom(figure, outfit.bottom)
    elif outfit.top is not None:
        draw_bottom(figure, outfit.bottom)
        draw_top(figure, outfit.top)
    if outfit.jacket is not None:
        draw_jacket(figure, outfit.jacket)


def _draw_arm(figure: Figure, side: int) -> None:
    outfit = figure.outfit
    draw_bare_arm(figure, side)
    if outfit.jacket is not None:
        draw_sleeve(figure, side, outfit.jacket, COAT)
    elif outfit.top is not None:
        draw_sleeve(figure, side, outfit.top, UPPER)
    else:
        draw_sleeve(figure, side, outfit.bottom, DRESS)


def _draw_scarf(figure: Figure) -> None:
    scarf = figure.outfit.scarf
    if scarf is None:
        return
    k, low = figure.unit, figure.skeleton.centre(0)
    if not figure.back:
        end = spline(
            around(low, k, [(0.004, 0.0), (0.040, 0.0), (0.046, 0.09), (0.044, 0.165), (0.012, 0.168), (0.010, 0.08)]),
            closed=True,
        )
        figure.canvas.fill(end, scarf, SCARF, volume=0.35, shadow=0.45, path=join([low], [low + point(0, 0.2)]))
    loop = spline(
        around(low, k, [(-0.052, -0.030), (0, -0.036), (0.052, -0.030), (0.058, 0.004), (0, 0.034), (-0.058, 0.004)]),
        closed=True,
    )
    figure.canvas.fill(
        loop, scarf, SCARF, volume=0.5, shadow=0.45, roundness=0.014, path=join([low], [low + point(0.2, 0.05)])
    )


_CATEGORIES = {
    "tee": "Tees_Tanks",
    "tank": "Tees_Tanks",
    "camisole": "Tees_Tanks",
    "polo": "Shirts_Polos",
    "shirt": "Shirts_Polos",
    "blouse": "Blouses_Shirts",
    "sweater": "Sweaters",
    "hoodie": "Sweatshirts_Hoodies",
}


def _category(outfit: Outfit) -> str:
    """Return the In-shop folder of such a product."""
    if outfit.jacket is not None:
        return "Jackets_Coats" if outfit.female else "Jackets_Vests"
    if outfit.top is None:
        return "Dresses"
    name = _CATEGORIES[outfit.top.kind]
    if outfit.female and name == "Shirts_Polos":
        return "Blouses_Shirts"
    return "Sweatshirts_Hoodies" if outfit.female and name == "Sweaters" else name


def _attributes(outfit: Outfit, look: Look, skeleton: Skeleton, scene: str) -> dict[str, str]:
    return {
        "gender": "WOMEN" if outfit.female else "MEN",
        "category": _category(outfit),
        "style": outfit.style,
        "palette": outfit.palette.name,
        "view": skeleton.view,
        "top": outfit.top.kind if outfit.top else "",
        "top_pattern": outfit.top.pattern if outfit.top else "",
        "sleeve": outfit.top.sleeve if outfit.top else "",
        "jacket": outfit.jacket.kind if outfit.jacket else "",
        "bottom": outfit.bottom.kind,
        "shoes": outfit.shoes.kind,
        "hat": outfit.hat.kind if outfit.hat else "",
        "haircut": look.haircut,
        "scene": scene,
    }
