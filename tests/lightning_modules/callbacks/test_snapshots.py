"""Snapshots lie evenly on a logarithmic axis, and models that have none leave none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.completion import trainer
from support.gan import ImagesData, SmallGAN

from lightning_modules.callbacks.snapshots import Snapshots
from lightning_modules.snapshots import FOLDER, moments, read_snapshots, write_snapshot


def test_moments() -> None:
    assert moments(1000, 4) == [1, 10, 100, 1000]
    assert moments(50, 4) == [1, 5, 50]
    assert moments(70, 1) == [70]


def test_the_last_moment_is_the_end() -> None:
    assert all(moments(last, 49)[-1] == last for last in (7, 1000, 2_000_000))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    arrays, scores = {"points": np.arange(6.0).reshape(3, 2)}, {"gan": {"coverage": 0.5}}
    for iteration in (20, 3):
        write_snapshot(tmp_path, iteration, arrays, scores)
    found = read_snapshots(tmp_path)
    assert [(snapshot.iteration, snapshot.scores) for snapshot in found] == [(3, scores), (20, scores)]
    assert np.load(found[0].path)["points"].tolist() == [[0, 1], [2, 3], [4, 5]]


def test_a_model_without_any_leaves_none(tmp_path: Path) -> None:
    trainer(tmp_path, Snapshots()).fit(SmallGAN(2), datamodule=ImagesData())
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize("count", [1, 2, 49])
def test_there_are_at_most_so_many(count: int) -> None:
    assert 1 <= len(moments(2_000_000, count)) <= count
