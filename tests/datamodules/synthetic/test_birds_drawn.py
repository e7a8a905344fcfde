"""The drawn birds: official layout, same bytes, boxes, classes that differ and images that vary."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import DataError
from datamodules.layouts.cub import is_synthetic, read_classes, read_records, verify
from datamodules.synthetic.birds.body import PARTS
from datamodules.synthetic.birds.cub import synthesize_cub
from datamodules.synthetic.birds.perches import GROUNDS
from datamodules.synthetic.birds.scene import draw_bird
from datamodules.synthetic.birds.species import SPECIES

COUNT = 44


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize_cub(tmp_path_factory.mktemp("data") / "cub", COUNT, seed=1)


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_folder_is_official_and_marked_as_drawn(root: Path) -> None:
    found = verify(root)
    assert found.problems == []
    assert found.summary() == f"{root}: synthetic data, {COUNT} images listed, complete and consistent"
    assert is_synthetic(root)
    assert len(files(root)) == COUNT + 8
    assert read_classes(root)[:2] == ["001.Northern_cardinal", "002.Blue_jay"]


def test_every_kind_is_there_and_half_of_the_images_train(root: Path) -> None:
    records = read_records(root)
    labels = [record.label for record in records]
    assert labels == sorted(labels) and set(labels) == set(range(20))
    assert sum(record.train for record in records) == pytest.approx(COUNT / 2, abs=2)
    assert all(0 < sum(r.train for r in records if r.label == k) < labels.count(k) for k in range(20))


def test_files_hold_what_was_drawn_and_the_box_is_around_it(root: Path) -> None:
    for record in read_records(root)[::7]:
        bird = draw_bird(1, int(record.name.rpartition("_")[2].removesuffix(".jpg")) - 1)
        assert bird.species == record.label
        image = cv2.imread(str(record.image))
        assert image is not None
        assert np.abs(image[..., ::-1].astype(float) - bird.image).mean() < 3  # JPEG; red and blue not swapped
        ys, xs = np.nonzero(bird.mask)
        box = record.box
        assert (box.x, box.y) == (xs.min(), ys.min())
        assert (box.x + box.width, box.y + box.height) == (xs.max() + 1, ys.max() + 1)


def test_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    one = files(synthesize_cub(tmp_path / "a", 6, seed=1, progress=lambda done, of: calls.append((done, of))))
    assert calls == [(i + 1, 6) for i in range(6)]
    assert files(synthesize_cub(tmp_path / "b", 6, seed=1)) == one
    assert files(synthesize_cub(tmp_path / "b", 6, seed=2)) != one


def test_a_foreign_folder_and_no_images_are_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="no synthetic CUB-200-2011"):
        synthesize_cub(tmp_path, 2)
    with pytest.raises(DataError, match="at least 1"):
        synthesize_cub(tmp_path / "set", 0)


def test_birds_are_large_enough_and_look_either_way() -> None:
    birds = [draw_bird(3, i) for i in range(40)]
    for bird in birds:
        assert 0.04 < bird.mask.mean() < 0.6, SPECIES[bird.species].name
        assert 0.35 < max(bird.box[2:]) / 128 <= 1
    # The tail is the narrow end: the middle of the mask lies off the box's middle, to one side or to the other.
    offsets = [np.nonzero(b.mask)[1].mean() - (b.box[0] + b.box[2] / 2) for b in birds]
    assert min(offsets) < -1 and max(offsets) > 1


def test_geometry_does_not_depend_on_the_size() -> None:
    large, small = draw_bird(0, 3), draw_bird(0, 3, size=64)
    shrunk = cv2.resize(large.mask.astype(np.float32), (64, 64), interpolation=cv2.INTER_AREA) > 0.5
    assert (shrunk != small.mask).mean() < 0.03


def test_images_of_a_kind_vary_and_kinds_differ_more() -> None:
    """By the mean colour of the bird, which pose and light change little."""
    means = np.array(
        [[b.image[b.mask].mean(axis=0) for i in range(2) if (b := draw_bird(2, k + 20 * i))] for k in range(20)]
    )
    within, between = means.std(axis=1).mean(), means.mean(axis=1).std(axis=0).mean()
    assert 2 < within < between / 2
    masks = [draw_bird(2, 20 * i).mask for i in range(3)]
    assert all((a != b).mean() > 0.05 for i, a in enumerate(masks) for b in masks[:i])


def test_species_name_parts_and_perches_that_there_are() -> None:
    assert len({species.name for species in SPECIES}) == len(SPECIES) == 20
    for species in SPECIES:
        assert {part for part, _ in species.patches} <= set(PARTS)
        assert set(species.perches) <= set(GROUNDS)
