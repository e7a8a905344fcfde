"""Drawn faces: every kind can be drawn, points are where the parts are, identity stays and attributes change."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from datamodules.preparation.alignment import align, fault_of, template
from datamodules.synthetic.faces.attributes import Attributes, draw_attributes
from datamodules.synthetic.faces.backdrop import KINDS, draw_backdrop
from datamodules.synthetic.faces.draw import DrawnFace, draw_face, draw_somebody
from datamodules.synthetic.faces.identity import BEARDS, CUTS, Identity, draw_identity
from datamodules.synthetic.faces.names import name_of

SIDE = 96
PLAIN = Attributes(contrast=0.3)


def somebody(seed: int = 0, female: bool = False, **changes: object) -> Identity:
    who = replace(draw_identity(np.random.default_rng(seed), female), skin=np.float32([224, 180, 150]), freckles=0.0)
    return replace(who, **{"cut": "crop", "beard": "none", "mole": None, **changes})


def near(face: DrawnFace, point: int, radius: int = 2) -> np.ndarray:
    """The pixels around a landmark."""
    x, y = np.rint(face.landmarks[point]).astype(int)
    return face.image[y - radius : y + radius + 1, x - radius : x + radius + 1].astype(float)


@pytest.mark.parametrize(("female", "cut"), [(female, cut) for female in CUTS for cut in CUTS[female]])
def test_every_haircut_is_another_image(female: bool, cut: str) -> None:
    face = draw_face(somebody(female=female, cut=cut), PLAIN, SIDE)
    assert face.image.shape == (SIDE, SIDE, 3) and face.image.dtype == np.uint8
    bald = draw_face(somebody(female=female, cut="bald"), PLAIN, SIDE)
    changed = np.abs(face.image.astype(int) - bald.image).sum(axis=2) > 30
    assert changed.mean() > 0.01 or cut == "bald"
    assert not changed[round(face.landmarks[2, 1]), round(face.landmarks[2, 0])]  # never over the nose
    assert np.array_equal(face.landmarks, bald.landmarks)


@pytest.mark.parametrize("beard", BEARDS)
def test_beards_grow_below_the_nose_and_leave_the_eyes(beard: str) -> None:
    face, shaved = (draw_face(somebody(beard=kind), PLAIN, SIDE) for kind in (beard, "none"))
    changed = np.abs(face.image.astype(int) - shaved.image).sum(axis=2) > 12
    assert changed.any() or beard == "none"
    assert not changed[: round(face.landmarks[:2, 1].max())].any()


def test_every_backdrop_is_drawn() -> None:
    drawn = [draw_backdrop(np.random.default_rng(seed), 16) for seed in range(12)]
    assert all(image.shape == (16, 16, 3) and np.isfinite(image).all() for image in drawn)
    assert sum(KINDS.values()) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(6))
def test_points_are_where_the_parts_are(seed: int) -> None:
    """Eyes are darker than the cheeks, the tip of the nose is skin, and the box holds all five."""
    who = somebody(seed, female=seed % 2 == 0, iris=np.float32([40, 25, 15]))
    how = replace(
        draw_attributes(np.random.default_rng(seed)), eyes=1.1, gaze=(0.0, 0.0), contrast=0.2, roll=5.0 * seed
    )
    face = draw_face(who, how, 160)
    skin = np.median(near(face, 2, 1), axis=(0, 1))
    for eye in (0, 1):
        assert near(face, eye, 3).min() < 60 < skin.min()
    assert fault_of(face.landmarks) is None
    left, top, right, bottom = face.box
    assert (face.landmarks > [left, top]).all() and (face.landmarks < [right, bottom]).all()
    assert 0 <= left < right <= 160 and 0 <= top < bottom <= 160
    aligned = align(face.image, face.landmarks, 64)
    for x, y in np.rint(template(64)[:2]).astype(int):
        assert aligned[y - 4 : y + 5, x - 4 : x + 5].min() < 80


def test_the_pose_moves_the_points_as_a_head_does() -> None:
    who = somebody()
    ahead, right, up, rolled = (
        draw_face(who, replace(PLAIN, **pose), SIDE).landmarks
        for pose in ({}, {"yaw": 25.0}, {"pitch": 12.0}, {"roll": 15.0})
    )

    def apart(points: np.ndarray, first: int, second: int) -> np.ndarray:
        return points[second] - points[first]

    assert apart(ahead, 0, 1)[1] == pytest.approx(0, abs=1e-6)
    assert apart(right, 0, 2)[0] / apart(right, 0, 1)[0] > 0.6 > 0.55 > apart(ahead, 0, 2)[0] / apart(ahead, 0, 1)[0]
    assert apart(right, 0, 1)[0] < apart(ahead, 0, 1)[0]
    assert apart(up, 0, 2)[1] < apart(ahead, 0, 2)[1]  # the tip comes nearer to the eyes
    eyes = apart(rolled, 0, 1)
    assert np.degrees(np.arctan2(eyes[1], eyes[0])) == pytest.approx(15)


def test_a_smile_lifts_the_corners_and_closed_eyes_hide_the_iris() -> None:
    who = somebody(iris=np.float32([20, 60, 200]))
    sad, glad = (draw_face(who, replace(PLAIN, smile=smile), SIDE).landmarks for smile in (-1.0, 1.0))
    assert (glad[3:, 1] < sad[3:, 1] - 2).all()

    def blue(face: DrawnFace) -> float:
        pixels = near(face, 0, 3)
        return float((pixels[..., 2] - pixels[..., 0]).max())

    assert (
        blue(draw_face(who, replace(PLAIN, eyes=1.0), 160))
        > 40
        > 0
        > blue(draw_face(who, replace(PLAIN, eyes=0.0), 160))
    )


def test_light_comes_from_its_side() -> None:
    who = somebody(cut="bald")
    lit = [draw_face(who, Attributes(light=(across, 10.0), contrast=0.9), SIDE) for across in (-70.0, 70.0)]
    cheeks = []
    for face in lit:
        middle, down = face.landmarks[2, 0], int(face.landmarks[2, 1])
        reach = int(0.9 * (face.landmarks[1, 0] - face.landmarks[0, 0]) / 2)
        cheeks.append([face.image[down, int(middle + side * reach)].mean() for side in (-1, 1)])
    assert cheeks[0][0] > cheeks[0][1] + 20 and cheeks[1][1] > cheeks[1][0] + 20


def test_every_attribute_changes_the_image_and_nothing_of_who_it_is() -> None:
    """Identity and attributes share nothing: what one has the other has not."""
    who = somebody()
    plain = draw_face(who, PLAIN, SIDE).image.astype(int)
    other = Attributes(
        yaw=20, pitch=8, roll=9, smile=0.8, mouth=0.7, brows=0.8, eyes=0.5, gaze=(0.7, 0.3), light=(50, 10),
        contrast=0.9, exposure=0.9, warmth=0.8, scale=1.1, offset=(0.04, 0.02), backdrop=5,
    )  # fmt: skip
    for field in fields(Attributes):
        changed = draw_face(who, replace(PLAIN, **{field.name: getattr(other, field.name)}), SIDE).image
        assert np.abs(changed - plain).max() > 12, field.name
    assert not {field.name for field in fields(Attributes)} & {field.name for field in fields(Identity)}


def test_a_person_stays_and_people_differ() -> None:
    """At 64 pixels, images of one person are nearer to each other than to those of another, hair aside."""

    def look(person: int, rank: int) -> np.ndarray:
        face = draw_somebody("facescrub", 3, person, rank, person % 2 == 1, SIDE)
        return align(face.image, face.landmarks, 64)[20:60, 16:48].astype(float)  # brows to mouth

    looks = np.array([[look(person, rank).mean(axis=(0, 1)) for rank in range(6)] for person in range(6)])
    within = looks.std(axis=1).mean()
    assert looks.mean(axis=1).std(axis=0).mean() > within


def test_drawing_again_gives_the_same_and_sets_share_nobody() -> None:
    def draw(data_set: str, seed: int = 0, rank: int = 0) -> DrawnFace:
        return draw_somebody(data_set, seed, 5, rank, True, SIDE)

    first, again = draw("facescrub"), draw("facescrub")
    assert np.array_equal(first.image, again.image) and first.box == again.box
    for another in (draw("lfw"), draw("facescrub", seed=1), draw("facescrub", rank=1)):
        assert not np.array_equal(first.image, another.image)


def test_names_are_unique_and_of_one_set() -> None:
    names = {data_set: [name_of(data_set, 2, i, i % 2 == 1) for i in range(1300)] for data_set in ("facescrub", "lfw")}
    assert all(len(set(found)) == 1300 for found in names.values())
    assert not set(names["facescrub"]) & set(names["lfw"])
    assert not {name.split()[1] for name in names["facescrub"]} & {name.split()[1] for name in names["lfw"]}
