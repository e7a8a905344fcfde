"""Files are whole or not there, and a full disk is one line."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from support.table_results import invented_result

from ablations.report import write_report
from ablations.report.pages.files import write
from common.errors import TableError


def test_the_old_file_stays_where_the_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.md"
    write(path, "old")

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(TableError) as error:
        write(path, "new text")
    assert str(error.value) == (
        f"{path}: cannot be written (No space left on device); free disk space, or choose another folder"
    )
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["report.md"]


def test_a_whole_report_on_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = invented_result(tmp_path / "runs")

    def full(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(TableError, match="No space left on device") as error:
        write_report(result, tmp_path / "report")
    assert "\n" not in str(error.value)


def test_nothing_but_the_report_is_left(tmp_path: Path) -> None:
    write_report(invented_result(tmp_path / "runs"), tmp_path / "report")
    names = [path.name for path in (tmp_path / "report").rglob("*")]
    assert not [name for name in names if name.startswith(".")]


def test_images_of_an_earlier_report_go(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    write(folder / "figures" / "losses_gone.svg", "<svg/>")
    write(folder / "figures" / "notes.txt", "mine")
    write_report(invented_result(tmp_path / "runs"), folder)
    assert not (folder / "figures" / "losses_gone.svg").exists()
    assert (folder / "figures" / "notes.txt").exists()
