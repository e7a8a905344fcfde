"""Damage that `data verify` once passed as complete: each is named, with its fix."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cli
from common.errors import DataError
from datamodules.catalogue import by_name
from datamodules.files import read_image
from datamodules.verification import content_digest

COUNTS = {"deepfashion": 3, "lfw": 16, "flowers": 24, "cub": 24}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("drawn")
    for name, count in COUNTS.items():
        by_name()[name].draw(folder / name, count, 0, lambda done, of: None)
    return {name: folder / name for name in COUNTS}


def first(root: Path, pattern: str) -> Path:
    return sorted(root.rglob(pattern))[0]


def small_keypoints(root: Path) -> str:
    path = first(root, "*_keypoints.json")
    content = json.loads(path.read_text())
    points = np.array(content["people"][0]["pose_keypoints_2d"], float).reshape(-1, 3)
    points[:, :2] /= 1000.0
    content["people"][0]["pose_keypoints_2d"] = points.ravel().tolist()
    path.write_text(json.dumps(content))
    return f"{path}: has keypoints from 0 to 1 only; give them in pixels of its image"


def empty_parsing(root: Path) -> str:
    path = first(root / "Parsing", "*.png")
    with Image.open(path) as image:
        size = image.size
    Image.new("L", size).save(path)
    return f"{path}: shows no person, all its labels are 0; parse that very image"


def no_people(root: Path) -> str:
    first(root, "people.txt").unlink()
    return "people.txt: missing; without it only the photographs of pairs.txt are checked"


def broken_names(root: Path) -> str:
    path = root / "cat_to_name.json"
    folder = path if path.exists() else first(root, "imagelabels.mat").with_name("cat_to_name.json")
    folder.write_text("[1, 2]")
    return f"{folder}: is no list of names by class"


def broken_attributes(root: Path) -> str:
    path = first(root, "image_attribute_labels.txt")
    path.write_text("1 1 yes 3 27.7\n" + path.read_text())
    return f"{path}: line 1 is not image, attribute 1 to "


def capital_suffix(root: Path) -> str:
    path = first(root, "*.jpg")
    path.rename(path.with_suffix(".JPG"))
    return f"{path}: missing; there is {path.stem}.JPG: rename it"


CASES: list[tuple[str, Callable[[Path], str]]] = [
    ("deepfashion", small_keypoints),
    ("deepfashion", empty_parsing),
    ("lfw", no_people),
    ("flowers", broken_names),
    ("cub", broken_attributes),
    ("lfw", capital_suffix),
]


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_damage_is_named(
    name: str, damage: Callable[[Path], str], drawn: dict[str, Path], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    root = shutil.copytree(drawn[name], tmp_path / name)
    command = ["data", "verify", name, "--root", str(root)]
    assert cli.main(command) == 0
    assert "complete and consistent" in capsys.readouterr().out
    said = damage(root)
    assert cli.main(command) == 1
    lines = capsys.readouterr().out.splitlines()
    assert said in lines[0] and "1 problem" in lines[-1]


def test_an_image_of_the_same_size_changes_the_digest_of_contents(
    drawn: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = shutil.copytree(drawn["lfw"], tmp_path / "lfw")
    command = ["data", "verify", "lfw", "--root", str(root), "--contents"]
    before = content_digest(root)
    assert cli.main(command) == 0
    assert f"{root}: sha256 of contents {before}" in capsys.readouterr().out
    (root / ".hidden").write_text("x")
    assert content_digest(root) == before == content_digest(drawn["lfw"])
    path = first(root, "*.jpg")
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(bytes(content))
    assert by_name()["lfw"].layout.fingerprint(root) == by_name()["lfw"].layout.fingerprint(drawn["lfw"])
    assert content_digest(root) != before
    assert cli.main(command[:-1]) == 0
    assert "sha256" not in capsys.readouterr().out


def test_contents_are_told_apart_by_name(tmp_path: Path) -> None:
    digests = set()
    for names in (("a", "b"), ("b", "a"), ("a", "c")):
        root = tmp_path / "".join(names)
        root.mkdir()
        for name, content in zip(names, ("1", "2"), strict=True):
            (root / name).write_text(content)
        digests.add(content_digest(root))
    assert len(digests) == 3


def test_a_missing_image_without_another_spelling_has_no_hint(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"^{tmp_path}{os.sep}a\.jpg: missing$"):
        read_image(tmp_path / "a.jpg")
