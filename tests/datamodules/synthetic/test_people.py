"""Drawn people: repeatable, exact parsing, key points on their limbs, real correlations."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.people.figure import Figure
from datamodules.synthetic.people.label_colours import LABEL_COLOURS, colour_parsing
from datamodules.synthetic.people.outfit import Outfit, draw_outfit
from datamodules.synthetic.people.person import Person, draw_person, paint, pose_person

# Hat, top, bottom, shoes as a completion model groups the CIHP labels.
GARMENTS = {"hat": (1,), "top": (5, 7), "bottom": (6, 9, 12), "shoes": (18, 19)}
NOSE, R_ELBOW, R_WRIST, R_ANKLE, L_ELBOW, L_WRIST, L_ANKLE = 0, 3, 4, 10, 6, 7, 13


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [draw_person(5, index, 96) for index in range(120)]


def test_same_seed_and_index_give_the_same_person() -> None:
    first, second, other = draw_person(3, 8, 64), draw_person(3, 8, 64), draw_person(4, 8, 64)
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.parsing, second.parsing)
    assert np.array_equal(first.keypoints, second.keypoints)
    assert first.attributes == second.attributes
    assert not np.array_equal(first.image, other.image)


def test_two_images_of_an_item_share_the_outfit_but_not_the_pose() -> None:
    first, second, next_item = (draw_person(0, index, 64) for index in (4, 5, 6))
    differing = {key for key in first.attributes if first.attributes[key] != second.attributes[key]}
    assert differing <= {"view"}
    assert not np.array_equal(first.keypoints, second.keypoints)
    assert first.attributes["palette"] != next_item.attributes["palette"]


def test_size_scales_the_same_drawing() -> None:
    small, large = draw_person(1, 2, 64), draw_person(1, 2, 256)
    assert small.image.shape == (64, 64, 3)
    assert large.image.shape == (256, 256, 3)
    assert large.parsing.shape == (256, 256)
    assert np.abs(large.keypoints[:, :2] / 4 - small.keypoints[:, :2]).max() < 0.3
    shrunk = cv2.resize(large.image, (64, 64), interpolation=cv2.INTER_AREA).astype(float)
    assert np.abs(shrunk - small.image).mean() < 4


def test_types_and_labels(people: list[Person]) -> None:
    for person in people:
        assert person.image.dtype == np.uint8
        assert person.parsing.dtype == np.uint8
        assert person.keypoints.dtype == np.float32
        assert person.parsing.max() < len(LABEL_COLOURS)
    seen = set(np.unique(np.stack([person.parsing for person in people])))
    assert {0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19} <= seen


@pytest.mark.parametrize("index", range(0, 60, 5))
def test_parsing_is_exact(index: int) -> None:
    """On a colour that nobody wears, background pixels are untouched and all others are painted."""
    size, key = 128, np.array([0, 255, 0], dtype=np.float32)
    outfit, look, skeleton = pose_person(2, index)
    canvas = Canvas(np.tile(key, (size, size, 1)))
    paint(Figure(canvas, skeleton, outfit, look, np.random.default_rng(0)))
    image, parsing = canvas.finish()
    untouched = (image == key.astype(np.uint8)).all(axis=2)
    person = (parsing > 0).astype(np.uint8)
    border = np.ones((3, 3), dtype=np.uint8)
    assert untouched[cv2.dilate(person, border) == 0].all()
    assert not untouched[cv2.erode(person, border) > 0].any()


def test_key_points_lie_on_their_limbs(people: list[Person]) -> None:
    for person in people:
        x, y = person.keypoints[:, 0], person.keypoints[:, 1]
        for label, own, other in ((19, R_ANKLE, L_ANKLE), (18, L_ANKLE, R_ANKLE)):
            rows, columns = np.nonzero(person.parsing == label)
            assert len(rows) > 0
            centre = np.array([columns.mean(), rows.mean()])
            distances = [np.hypot(*(centre - (x[k], y[k]))) for k in (own, other)]
            assert distances[0] < distances[1]
            assert distances[0] < 8  # a foot is 6 pixels long at this size
        if person.keypoints[NOSE, 2]:
            assert person.parsing[round(y[NOSE]), round(x[NOSE])] == 13


def test_arms_are_the_right_persons_side(people: list[Person]) -> None:
    seen = 0
    for person in people:
        points = person.keypoints[:, :2]
        for label, own, other in ((15, R_WRIST, L_WRIST), (14, L_WRIST, R_WRIST)):
            rows, columns = np.nonzero(person.parsing == label)
            if len(rows) < 8:
                continue
            centre = np.array([columns.mean(), rows.mean()])
            assert np.hypot(*(centre - points[own])) < np.hypot(*(centre - points[other]))
            seen += 1
        right_is_left = points[R_ELBOW, 0] < points[L_ELBOW, 0]
        assert right_is_left == (person.attributes["view"] != "back")
    assert seen > 150


def test_back_views_lack_nose_and_eyes_only(people: list[Person]) -> None:
    views = {person.attributes["view"] for person in people}
    assert views == {"front", "side", "back"}
    for person in people:
        missing = set(np.nonzero(person.keypoints[:, 2] == 0)[0])
        assert missing == ({0, 14, 15} if person.attributes["view"] == "back" else set())
        assert (person.keypoints[list(missing)] == 0).all()


def test_catalogue_framing(people: list[Person]) -> None:
    for person in people:
        rows, columns = np.nonzero(person.parsing > 0)
        assert 0.82 <= (rows.max() - rows.min() + 1) / 96 <= 0.99
        assert rows.min() > 0
        assert columns.min() > 0
        assert columns.max() < 95


def test_garment_statistics(people: list[Person]) -> None:
    areas = [{name: np.isin(p.parsing, labels).mean() for name, labels in GARMENTS.items()} for p in people]
    types = [sum(share >= 0.001 for share in area.values()) for area in areas]
    assert np.mean(np.array(types) >= 3) >= 0.85
    tops = [area["top"] for area in areas if area["top"] > 0]
    assert 0.04 < np.median(tops) < 0.15
    assert all(area["shoes"] >= 0.001 for area in areas)


def _outfits(count: int) -> list[Outfit]:
    return [draw_outfit(np.random.default_rng([11, i])) for i in range(count)]


def test_outfit_statistics() -> None:
    outfits = _outfits(500)
    assert 0.30 < np.mean([outfit.hat is not None for outfit in outfits]) < 0.50
    dresses = [outfit for outfit in outfits if outfit.bottom.kind == "dress"]
    assert 0.03 < len(dresses) / len(outfits) < 0.10
    assert all(outfit.top is None for outfit in dresses)
    assert all(outfit.top is not None for outfit in outfits if outfit.bottom.kind != "dress")


def _tint(colours: list[np.ndarray]) -> np.ndarray:
    """Chroma (N, 2) of RGB colours, in CIE Lab."""
    lab = cv2.cvtColor(np.stack(colours)[None].astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    return lab[0, :, 1:]


@pytest.mark.parametrize("garment", ["bottom", "shoes", "hat"])
def test_what_else_is_worn_tells_about_the_top(garment: str) -> None:
    """The tint of the top is nearer to what the same person wears than to what others wear."""
    worn = [o for o in _outfits(500) if o.top is not None and getattr(o, garment) is not None]
    top = _tint([o.top.fabric.colour for o in worn if o.top is not None])
    other = _tint([getattr(o, garment).fabric.colour for o in worn])
    within = np.linalg.norm(top - other, axis=1).mean()
    across = np.mean([np.linalg.norm(top - np.roll(other, shift, axis=0), axis=1).mean() for shift in (1, 7, 31)])
    assert within < 0.85 * across
    correlation = [np.corrcoef(top[:, axis], other[:, axis])[0, 1] for axis in (0, 1)]
    assert min(correlation) > 0.15


def test_styles_bind_cuts() -> None:
    outfits = _outfits(300)
    assert {o.shoes.kind for o in outfits if o.style == "sporty"} == {"sneaker"}
    assert "sneaker" not in {o.shoes.kind for o in outfits if o.style == "formal"}


def test_parsing_maps_are_coloured_by_label(people: list[Person]) -> None:
    colours = colour_parsing(people[2].parsing)
    assert colours.shape == (96, 96, 3) and len(np.unique(LABEL_COLOURS, axis=0)) == 20
    assert (colours[40, 48] == LABEL_COLOURS[people[2].parsing[40, 48]]).all()
