"""The synthetic DeepFashion on disk: official layout, same bytes, whole or not at all."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.at_once import at_once, draw_people

from common.errors import DataError
from datamodules.synthetic.people import deepfashion
from datamodules.synthetic.people.deepfashion import synthesize_deepfashion
from datamodules.synthetic.people.person import draw_person

COUNT = 9


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize_deepfashion(tmp_path_factory.mktemp("data") / "deepfashion", COUNT, seed=1)


def _files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def _rows(root: Path) -> list[list[str]]:
    lines = (root / "Eval" / "list_eval_partition.txt").read_text().splitlines()
    assert lines[0] == str(COUNT)
    assert lines[1] == "image_name item_id evaluation_status"
    return [line.split() for line in lines[2:]]


def test_layout_is_consistent(root: Path) -> None:
    rows = _rows(root)
    assert len(rows) == COUNT
    images = {str(path.relative_to(root / "Img")) for path in (root / "Img").rglob("*.jpg")}
    assert images == {row[0] for row in rows}
    for name, item, status in rows:
        gender, category, folder, file = name.split("/")[1:]
        assert gender in ("WOMEN", "MEN")
        assert category
        assert folder == item
        assert file.startswith("01_")
        assert status in ("train", "query", "gallery")
        stem = name.removesuffix(".jpg")
        image = cv2.imread(str(root / "Img" / name))
        parsing = cv2.imread(str(root / "Parsing" / f"{stem}.png"), cv2.IMREAD_UNCHANGED)
        assert image is not None and image.shape == (256, 256, 3)
        assert parsing is not None and parsing.shape == (256, 256) and parsing.dtype == np.uint8
        pose = json.loads((root / "Pose" / f"{stem}_keypoints.json").read_text())
        points = np.array(pose["people"][0]["pose_keypoints_2d"]).reshape(18, 3)
        assert ((points[:, :2] >= 0) & (points[:, :2] < 256)).all()
    assert json.loads((root / "SYNTHETIC.json").read_text())["count"] == COUNT


def test_files_hold_what_was_drawn(root: Path) -> None:
    person = draw_person(1, 0)
    name = _rows(root)[0][0]
    parsing = cv2.imread(str(root / "Parsing" / name.replace(".jpg", ".png")), cv2.IMREAD_UNCHANGED)
    image = cv2.imread(str(root / "Img" / name))
    assert image is not None
    assert np.array_equal(parsing, person.parsing)
    assert np.abs(image[..., ::-1].astype(float) - person.image).mean() < 2  # JPEG; red and blue not swapped


def test_an_item_is_in_one_part_only(root: Path) -> None:
    parts: dict[str, set[bool]] = {}
    for _, item, status in _rows(root):
        parts.setdefault(item, set()).add(status == "train")
    assert all(len(part) == 1 for part in parts.values())
    assert len(parts) == 5


def test_same_seed_gives_the_same_bytes(root: Path, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    again = synthesize_deepfashion(
        tmp_path / "again", COUNT, seed=1, progress=lambda done, of: calls.append((done, of))
    )
    assert _files(again) == _files(root)
    assert calls == [(i + 1, COUNT) for i in range(COUNT)]


def test_done_is_not_done_again_and_another_seed_replaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = synthesize_deepfashion(tmp_path / "set", 2, seed=1)
    before = _files(out)
    with monkeypatch.context() as patch:
        patch.setattr(deepfashion, "draw_person", lambda *_: pytest.fail("drawn again"))
        assert synthesize_deepfashion(out, 2, seed=1) == out
    synthesize_deepfashion(out, 2, seed=2)
    after = _files(out)
    assert after != before
    assert len([name for name in after if name.endswith(".jpg")]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("earlier", [False, True])
def test_two_processes_that_draw_at_once_leave_one_whole_folder(earlier: bool, tmp_path: Path) -> None:
    out = tmp_path / "set"
    if earlier:
        synthesize_deepfashion(out, 2, seed=1)
    at_once(draw_people, out, 5, count=3)
    assert _files(out) == _files(synthesize_deepfashion(tmp_path / "alone", 3, seed=5))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone", "set"]


def test_a_folder_that_appeared_meanwhile_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quicker = synthesize_deepfashion(tmp_path / "quicker", 1, seed=1)
    draw = deepfashion.draw_person

    def slow(*given: Any) -> Any:
        if quicker.exists():
            quicker.rename(tmp_path / "set")
        return draw(*given)

    monkeypatch.setattr(deepfashion, "draw_person", slow)
    inode = quicker.stat().st_ino
    assert synthesize_deepfashion(tmp_path / "set", 1, seed=1).stat().st_ino == inode
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_foreign_folder_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="new or empty") as caught:
        synthesize_deepfashion(tmp_path, 2)
    assert "\n" not in str(caught.value)
    assert _files(tmp_path) == {"thesis.txt": b"mine"}


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    out = tmp_path / "empty"
    out.mkdir()
    assert (synthesize_deepfashion(out, 1) / "SYNTHETIC.json").is_file()


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(DataError) as caught:
            synthesize_deepfashion(out, 1)
        assert str(out) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(deepfashion, "store", full)
    with pytest.raises(DataError, match="no space left on device; choose another folder"):
        synthesize_deepfashion(tmp_path / "set", 4)
    assert list(tmp_path.iterdir()) == []


def test_count_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at least 1"):
        synthesize_deepfashion(tmp_path / "set", 0)
