from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from support.at_once import Means, at_once, cache_features
from torch import Tensor

from lightning_modules.metrics.cache import cached_features, content_digest
from lightning_modules.metrics.features import FeatureExtractor


@pytest.fixture
def images() -> Tensor:
    return torch.randint(0, 256, (6, 3, 8, 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8)


@pytest.fixture
def extractor() -> Means:
    return Means()


def counted(extractor: FeatureExtractor) -> tuple[Callable[[Tensor], Tensor], list[int]]:
    calls: list[int] = []

    def compute(images: Tensor) -> Tensor:
        calls.append(len(images))
        return extractor(images).pool

    return compute, calls


def test_computed_once_and_read_back_equal(tmp_path: Path, images: Tensor, extractor: Means) -> None:
    compute, calls = counted(extractor)
    first = cached_features(tmp_path / "deep" / "er", images, extractor, compute)
    second = cached_features(tmp_path / "deep" / "er", images.clone(), extractor, compute)
    assert calls == [6]
    assert torch.equal(first, second) and second.dtype == torch.float32
    assert [path.suffix for path in (tmp_path / "deep" / "er").iterdir()] == [".npz"]  # no temporary file is left


def test_any_change_of_content_or_network_is_a_miss(tmp_path: Path, images: Tensor, extractor: Means) -> None:
    compute, calls = counted(extractor)
    cached_features(tmp_path, images, extractor, compute)
    one_level = images.clone()
    one_level[3, 1, 4, 4] ^= 1
    for other in (one_level, images.flip(0), images.view(6, 3, 4, 16), images[:5]):
        cached_features(tmp_path, other, extractor, compute)
    assert len(calls) == 5
    cached_features(tmp_path, images, Means("abd"), compute)
    extractor.preprocessing = "other"
    cached_features(tmp_path, images, extractor, compute)
    assert len(calls) == 7


def test_damaged_files_are_computed_again(tmp_path: Path, images: Tensor, extractor: Means) -> None:
    compute, calls = counted(extractor)
    expected = cached_features(tmp_path, images, extractor, compute)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    middle = whole.index(expected.numpy().tobytes()) + 5
    with np.load(path) as file:
        stored = dict(file)
    damages = [b"", b"nonsense", whole[:-40], whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]]
    for done, damage in enumerate(damages):
        path.write_bytes(damage)
        assert torch.equal(cached_features(tmp_path, images, extractor, compute), expected)
        assert len(calls) == done + 2
    for change in ({"features": stored["features"] + 1}, {"key": np.array("another")}):  # well-formed, but wrong
        np.savez(path, **{**stored, **change})
        assert torch.equal(cached_features(tmp_path, images, extractor, compute), expected)
    assert len(calls) == 7
    cached_features(tmp_path, images, extractor, compute)
    assert len(calls) == 7  # each time the mended file was written back


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, images: Tensor, extractor: Means, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    compute, calls = counted(extractor)
    cached_features(tmp_path / "file", images, extractor, compute)
    assert calls == [6] and "not cached" in caplog.text


def test_a_failed_write_leaves_nothing(
    tmp_path: Path, images: Tensor, extractor: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*paths: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", refuse)
    compute, _ = counted(extractor)
    cached_features(tmp_path, images, extractor, compute)
    assert list(tmp_path.iterdir()) == []


def test_two_processes_at_once_leave_one_whole_file(tmp_path: Path, images: Tensor, extractor: Means) -> None:
    found = at_once(cache_features, tmp_path, images.numpy())
    assert all(np.array_equal(features, extractor(images).pool.numpy()) for features in found)
    compute, calls = counted(extractor)
    cached_features(tmp_path, images, extractor, compute)
    assert calls == [] and len(list(tmp_path.iterdir())) == 1


def test_digest_is_of_the_pixels_not_of_the_memory(images: Tensor) -> None:
    strided = images.repeat_interleave(2, dim=0)[::2]
    assert not strided.is_contiguous() and content_digest(strided) == content_digest(images)
