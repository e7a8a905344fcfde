"""Where a run is, as seen from outside."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lightning_modules.callbacks.progress import PROGRESS, Progress


class Run:
    """A trainer and a module as far as Progress looks, and a clock."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: float = 1.0, iteration: int = 0) -> None:
        self.folder, self.now = folder, 100.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        self.callback = Progress(seconds)
        self.trainer: Any = SimpleNamespace(default_root_dir=str(folder), num_test_batches=[4])
        self.module: Any = SimpleNamespace(iteration=iteration, max_iterations=10)
        self.callback.setup(self.trainer, self.module, "fit")
        self.callback.on_train_start(self.trainer, self.module)

    def batch(self, seconds: float) -> dict[str, Any] | None:
        self.now += seconds
        self.module.iteration += 1
        self.callback.on_train_batch_end(self.trainer, self.module)
        return self.read()

    def read(self) -> dict[str, Any] | None:
        path = self.folder / PROGRESS
        return json.loads(path.read_text()) if path.exists() else None


def test_it_is_written_at_most_once_in_so_many_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path / "new", monkeypatch)
    assert run.batch(0.5) == {"iteration": 1, "max_iterations": 10, "seconds": 0.5}
    assert run.batch(0.5) == {"iteration": 1, "max_iterations": 10, "seconds": 0.5}
    assert run.batch(0.6) == {"iteration": 3, "max_iterations": 10, "seconds": 1.6}
    assert [path.name for path in (tmp_path / "new").iterdir()] == [PROGRESS]


def test_the_last_iteration_is_always_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path, monkeypatch)
    for _ in range(10):
        last = run.batch(0.01)
    assert last is not None and last["iteration"] == 10


def test_a_test_counts_its_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path, monkeypatch)
    run.now += 3
    run.callback.on_test_batch_end(run.trainer, run.module, None, None, batch_idx=1)
    assert run.read() == {"iteration": 2, "max_iterations": 4, "seconds": 3.0}


def test_a_resumed_run_judges_its_speed_by_its_own_iterations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    run = Run(tmp_path, monkeypatch, iteration=6)
    run.batch(2.0)
    assert "7/10, about 6 s left" in capsys.readouterr().err


def test_a_full_disk_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path, monkeypatch)
    (tmp_path / f".{PROGRESS}.partial").symlink_to("/dev/full")
    assert run.batch(5) is None


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path, monkeypatch)
    (tmp_path / PROGRESS).mkdir()
    run.now += 5
    run.module.iteration = 1
    run.callback.on_train_batch_end(run.trainer, run.module)
    assert (tmp_path / PROGRESS).is_dir()
