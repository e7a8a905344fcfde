"""Which data a table runs on, and what is said where it is not there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.small_table import small_table

from ablations.errors import TableError
from ablations.planning.data import drawn_data, ensure_data, official_root, synthetic_root
from ablations.resolving.scales import load_scale
from datamodules.synthetic.deepfashion import synthesize_deepfashion


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize_deepfashion(tmp_path_factory.mktemp("drawn") / "people", count=4, seed=1)


def test_without_data_the_stand_in_is_drawn_once_and_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table, scale = small_table(tmp_path), load_scale("ci")
    assert drawn_data(None, table, scale) is None
    said: list[str] = []
    data = ensure_data(None, table, scale, said.append)
    assert said[0] == (
        "data: no DATA given; drawing the built-in stand-in, 32 synthetic people, into data/synthetic/deepfashion-32"
    )
    assert (data.root, data.synthetic) == (synthetic_root(32), True)
    assert data.label == "synthetic stand-in (32 drawn people)"
    said.clear()
    assert ensure_data(None, table, scale, said.append) == drawn_data(None, table, scale) == data
    assert said == []


def test_data_is_the_folder_or_deepfashion_in_it(drawn: Path, tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path / "DeepFashion")
    assert official_root(tmp_path / "DeepFashion") == tmp_path / "DeepFashion"
    assert official_root(tmp_path) == tmp_path / "DeepFashion"
    data = ensure_data(tmp_path, small_table(tmp_path), load_scale("ci"))
    assert (data.synthetic, data.label) == (True, "synthetic stand-in (4 drawn people)")  # wherever it lies
    (tmp_path / "DeepFashion" / "SYNTHETIC.json").unlink()
    real = ensure_data(tmp_path, small_table(tmp_path), load_scale("ci"))
    assert (real.synthetic, real.label) == (False, "DeepFashion In-shop (4 images)")
    assert real.fingerprint != data.fingerprint


def test_the_fingerprint_follows_the_content_not_the_place(drawn: Path, tmp_path: Path) -> None:
    table, scale = small_table(tmp_path), load_scale("ci")
    shutil.copytree(drawn, tmp_path / "moved")
    before = ensure_data(drawn, table, scale).fingerprint
    assert ensure_data(tmp_path / "moved", table, scale).fingerprint == before
    image = next((tmp_path / "moved" / "Img").rglob("*.jpg"))
    image.write_bytes(image.read_bytes() + b"\0")
    assert ensure_data(tmp_path / "moved", table, scale).fingerprint != before


@pytest.mark.parametrize(
    ("name", "said"), [("nowhere", "is not a folder"), (".", "holds neither Img/ nor DeepFashion/Img/")]
)
def test_a_folder_that_is_not_the_data_set(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=said) as caught:
        official_root(tmp_path / name)
    assert "Eval/list_eval_partition.txt" in str(caught.value)
    assert "\n" not in str(caught.value)
