"""Folders of killed writers are removed, those of living ones are not."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from datamodules.partial_folders import partial_folder
from datamodules.synthetic.writing import MARKER, Marker, write_whole

CONTEXT = multiprocessing.get_context("fork")


def others(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path != target)


def fill(target: Path, ready: Path) -> None:
    with partial_folder(target) as folder:
        (folder / "image.png").write_bytes(b"half")
        ready.touch()
        time.sleep(600)


def started(target: Path, ready: Path) -> multiprocessing.process.BaseProcess:
    process = CONTEXT.Process(target=fill, args=(target, ready))
    process.start()
    while not ready.exists():
        time.sleep(0.01)
    return process


def test_a_complete_folder_takes_its_place_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "new" / "set"
    with partial_folder(target) as folder:
        assert folder.parent == target.parent and folder.is_dir()
        (folder / "a").touch()
        os.rename(folder, target)
    assert [path.name for path in target.iterdir()] == ["a"] and others(target) == []


def test_a_failed_folder_is_removed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), partial_folder(tmp_path / "set"):
        raise ValueError("no")
    assert list(tmp_path.iterdir()) == []


def test_a_killed_writer_s_folder_is_swept_and_a_living_one_s_is_not(tmp_path: Path) -> None:
    (tmp_path / "sets").mkdir()
    target = tmp_path / "sets" / "set"
    process = started(target, tmp_path / "ready")
    left = others(target)
    assert len(left) == 2
    with partial_folder(target), partial_folder(target):
        assert set(left) < set(others(target))
    assert others(target) == left
    process.kill()
    process.join()
    assert others(target) == left
    with partial_folder(target.with_name("se")):  # another set's
        pass
    assert others(target) == left
    with partial_folder(target):
        pass
    assert others(target) == []


def test_folders_of_earlier_versions_are_swept_by_their_process(tmp_path: Path) -> None:
    dead = CONTEXT.Process(target=int)
    dead.start()
    dead.join()
    names = [f".set.partial-{os.getpid()}", f".set.partial-{dead.pid}"]
    for name in names:
        (tmp_path / name / "images").mkdir(parents=True)
    with partial_folder(tmp_path / "set"):
        pass
    assert others(tmp_path / "set") == names[:1]


def test_a_killed_drawing_starts_cleanly_again(tmp_path: Path) -> None:
    marker = Marker("test", 1, 0, 3)

    def write(folder: Path) -> None:
        assert list(folder.iterdir()) == []
        (folder / "image.png").touch()

    process = CONTEXT.Process(
        target=write_whole,
        args=(tmp_path / "set", "set", marker, lambda folder: os.kill(os.getpid(), signal.SIGKILL)),
    )
    process.start()
    process.join()
    assert others(tmp_path / "set") != []
    write_whole(tmp_path / "set", "set", marker, write)
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == sorted([MARKER, "image.png"])
    assert others(tmp_path / "set") == []
