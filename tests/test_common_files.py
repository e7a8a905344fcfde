"""Files that are whole or not there, and a disk that is full."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from common.errors import ConfigurationError, one_line
from common.files import replacing, write_atomically, write_png, writing


def full(path: Path) -> Path:
    """Makes what is written to a file beside `path`, before it takes its place, meet a full disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(f".{path.name}.partial").symlink_to("/dev/full")
    return path


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    for text in ("first", "second"):
        with replacing(path) as partial:
            partial.write_text(text)
            assert path.exists() == (text == "second")  # not yet, or still the one before
        assert path.read_text() == text
    assert [found.name for found in path.parent.iterdir()] == ["file.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_after_any_error_there_is_what_was_before(error: type, tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("before")
    with pytest.raises(error), replacing(path) as partial:
        partial.write_text("half")
        raise error
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == {"file.txt": "before"}


def test_a_full_disk_is_one_line_that_names_the_file(tmp_path: Path) -> None:
    path = full(tmp_path / "file.txt")
    path.write_text("before")
    with pytest.raises(ConfigurationError) as caught, replacing(path) as partial:
        partial.write_text("after")
    expected = f"{path}: cannot be written (No space left on device); free disk space and run again"
    assert str(caught.value) == expected
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == {"file.txt": "before"}
    with pytest.raises(ConfigurationError, match="No space left"), writing(path):
        Path("/dev/full").write_text("x")


def test_an_image_is_written_whole_or_named(tmp_path: Path) -> None:
    image = Image.fromarray(np.full((40, 40, 3), 7, np.uint8))
    write_png(tmp_path / "samples" / "a.png", image)
    assert np.asarray(Image.open(tmp_path / "samples" / "a.png"))[3, 3, 0] == 7
    with pytest.raises(ConfigurationError, match=r"b\.png: cannot be written \(No space"):
        write_png(full(tmp_path / "samples" / "b.png"), image)
    assert [found.name for found in (tmp_path / "samples").iterdir()] == ["a.png"]


def test_an_error_in_one_line() -> None:
    assert one_line(ValueError("a\n  b")) == "a b"
    assert one_line(ValueError()) == "ValueError"


def test_what_killed_writers_left_is_removed_by_the_next_of_several(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    left = [tmp_path / f".{name}.{pid}.partial" for name, pid in (("file.txt", 1), ("file.txt", 2), ("file.tx", 3))]
    for other, age in zip(left, (500, 700, 700), strict=True):
        other.touch()
        os.utime(other, (time.time() - age,) * 2)
    write_atomically(path, "one")  # the only writer of its file
    assert all(other.exists() for other in left)
    write_atomically(path, "new", shared=True)
    assert path.read_text() == "new"
    assert [other.exists() for other in left] == [True, False, True]
