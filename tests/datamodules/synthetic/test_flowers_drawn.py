"""The drawn flowers: official layout, same bytes, classes that differ and images that vary."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import DataError
from datamodules.layouts.flowers import flower_box, is_synthetic, read_records, verify
from datamodules.synthetic.canvas.plants import LEAVES
from datamodules.synthetic.flowers.flowers import on_blue, synthesize_flowers
from datamodules.synthetic.flowers.scene import draw_flower
from datamodules.synthetic.flowers.species import SPECIES

COUNT = 44


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize_flowers(tmp_path_factory.mktemp("data") / "flowers", COUNT, seed=1)


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_folder_is_official_and_marked_as_drawn(root: Path) -> None:
    found = verify(root)
    assert found.problems == []
    assert found.summary() == f"{root}: synthetic data, {COUNT} images listed, complete and consistent"
    assert is_synthetic(root)
    assert len(files(root)) == 2 * COUNT + 4
    assert json.loads((root / "SYNTHETIC.json").read_text())["count"] == COUNT


def test_every_kind_and_every_part_is_there(root: Path) -> None:
    records = read_records(root)
    assert [record.label for record in records] == [i % 20 for i in range(COUNT)]
    assert {record.part for record in records} == {"train", "valid", "test"}
    parts = [record.part for record in records]
    assert parts.count("train") == pytest.approx(COUNT / 2, abs=2)


def test_files_hold_what_was_drawn(root: Path) -> None:
    flower, record = draw_flower(1, 5), read_records(root)[5]
    image, segmentation = (cv2.imread(str(path)) for path in (record.image, record.segmentation))
    assert image is not None and segmentation is not None
    assert np.abs(image[..., ::-1].astype(float) - flower.image).mean() < 3  # JPEG; red and blue not swapped
    assert np.abs(segmentation[..., ::-1].astype(float) - on_blue(flower)).mean() < 8  # blurred around the edge


def test_segmentations_find_the_flower(root: Path) -> None:
    for index, record in enumerate(read_records(root)[:20]):
        flower = draw_flower(1, index)
        ys, xs = np.nonzero(flower.mask)
        box = flower_box(record, flower.image.shape)
        ratio = max(box.width, box.height) / max(np.ptp(xs), np.ptp(ys))
        assert 0.6 < ratio < 1.15, SPECIES[index].name
        assert 0.02 < flower.mask.mean() < 0.75


def test_same_seed_gives_the_same_bytes_and_another_gives_others(root: Path, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    again = synthesize_flowers(tmp_path / "a", 6, seed=1, progress=lambda done, of: calls.append((done, of)))
    whole = files(root)
    images = {name: data for name, data in files(again).items() if name.endswith(".jpg")}
    assert len(images) == 12
    assert all(whole[name] == data for name, data in images.items())
    assert calls == [(i + 1, 6) for i in range(6)]
    assert files(synthesize_flowers(tmp_path / "b", 6, seed=1)) == files(again)
    assert files(synthesize_flowers(tmp_path / "b", 6, seed=2)) != files(again)


def test_a_foreign_folder_and_no_images_are_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="no synthetic Oxford 102 Flowers"):
        synthesize_flowers(tmp_path, 2)
    with pytest.raises(DataError, match="at least 1"):
        synthesize_flowers(tmp_path / "set", 0)


def test_geometry_does_not_depend_on_the_size() -> None:
    large, small = draw_flower(0, 3), draw_flower(0, 3, size=64)
    shrunk = cv2.resize(large.mask.astype(np.float32), (64, 64), interpolation=cv2.INTER_AREA) > 0.5
    assert (shrunk != small.mask).mean() < 0.03


def test_images_of_a_kind_vary_and_kinds_differ_more() -> None:
    """By the mean colour of the flower, which pose and light change little."""
    means = np.array(
        [[f.image[f.mask].mean(axis=0) for i in range(2) if (f := draw_flower(2, k + 20 * i))] for k in range(20)]
    )
    within, between = means.std(axis=1).mean(), means.mean(axis=1).std(axis=0).mean()
    assert 2 < within < between / 2
    masks = [draw_flower(2, 20 * i).mask for i in range(3)]
    assert all((a != b).mean() > 0.05 for i, a in enumerate(masks) for b in masks[:i])


def test_species_are_told_apart_by_form_or_colour() -> None:
    assert len({species.name for species in SPECIES}) == len(SPECIES) == 20
    assert len({(species.layers, species.centre) for species in SPECIES}) == 20
    assert {species.leaf for species in SPECIES} <= set(LEAVES)
