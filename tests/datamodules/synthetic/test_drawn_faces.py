"""The synthetic FaceScrub and LFW on disk: official layouts, same bytes, whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from common.errors import DataError
from datamodules import LFW, FaceScrub
from datamodules.files import read_image
from datamodules.layouts import facescrub as facescrub_layout
from datamodules.layouts import lfw as lfw_layout
from datamodules.layouts.lfw import overlapping_people, read_pairs, read_people
from datamodules.synthetic.faces.draw import draw_somebody
from datamodules.synthetic.faces.facescrub import people_in, synthesize_facescrub
from datamodules.synthetic.faces.lfw import synthesize_lfw

COUNT = 24
DRAWERS = [synthesize_facescrub, synthesize_lfw]


@pytest.fixture(scope="module")
def scrub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize_facescrub(tmp_path_factory.mktemp("drawn") / "facescrub", COUNT, seed=1)


@pytest.fixture(scope="module")
def lfw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize_lfw(tmp_path_factory.mktemp("drawn") / "lfw", COUNT, seed=1)


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_faces_are_a_complete_facescrub(scrub: Path) -> None:
    found = facescrub_layout.verify(scrub)
    assert found.problems == [] and found.images == COUNT
    assert facescrub_layout.is_synthetic(scrub) and found.summary().startswith(f"{scrub}: synthetic data")
    listing = facescrub_layout.read_listing(scrub)
    assert len(listing.people) == 6 and listing.has_landmarks and listing.kind == "photographs"
    assert Counter(Counter(face.person for face in listing.faces).values()) == {4: 6}
    for face in listing.faces:
        assert face.path is not None and face.row is not None and face.landmarks is not None
        assert hashlib.sha256(face.path.read_bytes()).hexdigest() == face.row.sha256
        assert read_image(face.path).shape == (160, 160, 3)
    assert [(scrub / part).is_dir() for part in ("actors/images", "actresses/images")] == [True, True]
    assert json.loads((scrub / "SYNTHETIC.json").read_text())["count"] == COUNT


def test_the_files_hold_what_was_drawn(scrub: Path) -> None:
    listing = facescrub_layout.read_listing(scrub)
    face = next(face for face in listing.faces if face.name.endswith("_1_1"))
    drawn = draw_somebody("facescrub", 1, 0, 0, False, 160)
    assert face.path is not None and face.box is not None and face.landmarks is not None
    assert np.abs(read_image(face.path).astype(float) - drawn.image).mean() < 3  # JPEG; red and blue not swapped
    assert (face.box.x, face.box.y, face.box.x + face.box.width) == drawn.box[:3]
    assert face.landmarks == pytest.approx(drawn.landmarks, abs=0.006)


def test_the_module_trains_on_it(scrub: Path, tmp_path: Path) -> None:
    data = FaceScrub(str(scrub), resolution=32, batch_size=2, cache_dir=str(tmp_path), classes=5)
    data.prepare_data()
    data.setup("fit")
    assert data.class_count == 5 and next(iter(data.train_dataloader()))["image"].shape == (2, 3, 32, 32)
    (prepared,) = tmp_path.iterdir()
    assert facescrub_layout.is_synthetic(prepared)


def test_more_images_are_of_more_people() -> None:
    assert [people_in(count) for count in (1, 4, 32, 80, 800, 2100, 53000)] == [1, 2, 8, 20, 20, 21, 530]


def test_the_pairs_are_a_complete_lfw(lfw: Path) -> None:
    found = lfw_layout.verify(lfw)
    assert found.problems == [] and found.images == COUNT and lfw_layout.is_synthetic(lfw)
    pairs, people = read_pairs(lfw), read_people(lfw)
    assert set(people.values()) == {4} and len(people) == 6
    folds = [{p.person for pair in pairs if pair.fold == fold for p in (pair.first, pair.second)} for fold in range(3)]
    assert len(pairs) == 3 * 2 * 12 and sum(map(len, folds)) == len(set().union(*folds)) == 6  # nobody is in two
    assert len({(pair.first, pair.second) for pair in pairs}) == len(pairs)
    data = LFW(str(lfw), resolution=32, batch_size=4)
    data.setup("test")
    assert next(iter(data.test_dataloader()))["first"].shape == (4, 3, 32, 32)


def test_the_sets_share_nobody(scrub: Path, lfw: Path) -> None:
    assert overlapping_people(lfw, scrub) == []


@pytest.mark.parametrize("draw", DRAWERS)
def test_same_seed_gives_the_same_bytes_and_another_replaces(draw: Callable[..., Path], tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    first = draw(tmp_path / "a", 4, 3, lambda done, of: calls.append((done, of)))
    before = files(first)
    assert before == files(draw(tmp_path / "b", 4, 3)) and calls == [(i + 1, 4) for i in range(4)]
    assert files(draw(tmp_path / "a", 4, 4)) != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("draw", DRAWERS)
def test_foreign_folders_and_too_few_images_are_refused(draw: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="new or empty"):
        draw(tmp_path, 4)
    with pytest.raises(DataError, match="raise count"):
        draw(tmp_path / "set", 0)
    assert list(files(tmp_path)) == ["thesis.txt"]
