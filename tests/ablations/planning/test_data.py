"""Which data a table runs on, and what is said where they are not there."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.small_table import small_table, write_table

from ablations.planning import data
from ablations.planning.data import ensure_data, existing_data, official_root, planned_data, synthetic_root
from ablations.resolving.scales import Scale, load_scale
from ablations.tables.schema import Table, load_table
from common.errors import TableError
from datamodules import catalogue
from datamodules.catalogue import by_name
from datamodules.data_set import DataSet
from datamodules.synthetic.people.deepfashion import synthesize_deepfashion

DEEPFASHION = by_name()["deepfashion"]
BIRDS = replace(DEEPFASHION, title="Birds of the World", folder="birds", noun="birds")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize_deepfashion(tmp_path_factory.mktemp("drawn") / "people", count=4, seed=1)


def known(monkeypatch: pytest.MonkeyPatch, **data_sets: DataSet) -> None:
    """Makes these the data sets of the suite."""
    for module in (data, catalogue):
        monkeypatch.setattr(module, "by_name", lambda: data_sets)


@pytest.fixture
def two_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Table, Scale]:
    """The small table, whose texture stage reads birds."""
    known(monkeypatch, deepfashion=DEEPFASHION, birds=BIRDS)
    return table_of(tmp_path, "support.two_data_sets.Birds\n  init_args: {root: data/birds}"), load_scale("ci")


def ci(tmp_path: Path) -> tuple[Table, Scale]:
    return small_table(tmp_path), load_scale("ci")


def test_a_stand_in_of_another_version_is_drawn_anew_but_a_report_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table, scale = ci(tmp_path)
    found = ensure_data(None, table, scale, list[str]().append)
    mark = synthetic_root(DEEPFASHION, 32) / "SYNTHETIC.json"
    whole = mark.read_text()
    mark.write_text(whole.replace('"version": ', '"version": 10'))
    earlier = existing_data(None, table, scale)
    assert earlier is not None and earlier != found and mark.read_text() != whole
    said: list[str] = []
    assert ensure_data(None, table, scale, said.append) == found
    assert said[0] == (
        "data: data/synthetic/deepfashion-32 is of another version; generating its 32 synthetic people again"
    )
    assert mark.read_text() == whole


def test_without_data_the_stand_in_is_drawn_once_and_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table, scale = ci(tmp_path)
    assert existing_data(None, table, scale) is None
    intended = planned_data(None, table, scale)
    assert (intended.label, intended.synthetic) == (
        "synthetic DeepFashion In-shop (32 people, not generated yet)",
        True,
    )
    said: list[str] = []
    found = ensure_data(None, table, scale, said.append)
    assert said[0] == ("data: DATA is not set; generating 32 synthetic people in data/synthetic/deepfashion-32")
    assert found.choices["DeepFashion"].root == synthetic_root(DEEPFASHION, 32)
    assert (found.label, found.synthetic) == ("synthetic DeepFashion In-shop (32 people)", True)
    said.clear()
    assert ensure_data(None, table, scale, said.append) == found
    assert existing_data(None, table, scale) == planned_data(None, table, scale) == found
    assert said == []


def test_a_scale_without_a_number_leaves_it_to_the_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table, scale = ci(tmp_path)
    silent = replace(scale, families={"fashion_completion": replace(scale.family("fashion_completion"), data={})})
    assert planned_data(None, table, silent).label == "synthetic DeepFashion In-shop (640 people, not generated yet)"


def test_data_is_the_folder_or_the_official_one_in_it(drawn: Path, tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path / "DeepFashion")
    assert official_root(tmp_path / "DeepFashion", DEEPFASHION) == tmp_path / "DeepFashion"
    assert official_root(tmp_path, DEEPFASHION) == tmp_path / "DeepFashion"
    found = ensure_data(tmp_path, *ci(tmp_path))
    label = "synthetic DeepFashion In-shop (4 people)"
    assert (found.synthetic, found.label) == (True, label)  # wherever it lies
    (tmp_path / "DeepFashion" / "SYNTHETIC.json").unlink()
    real = ensure_data(tmp_path, *ci(tmp_path))
    assert (real.synthetic, real.label) == (False, "DeepFashion In-shop (4 images)")
    assert real.choices["DeepFashion"].fingerprint != found.choices["DeepFashion"].fingerprint


def test_a_table_of_two_data_sets_names_both(drawn: Path, tmp_path: Path, two_sets: tuple[Table, Scale]) -> None:
    for folder in ("DeepFashion", "birds"):
        shutil.copytree(drawn, tmp_path / folder)
    (tmp_path / "birds" / "SYNTHETIC.json").unlink()
    found = ensure_data(tmp_path, *two_sets)
    assert found.label == "synthetic DeepFashion In-shop (4 people); Birds of the World (4 images)"
    assert found.synthetic
    birds = found.of({"data": {"class_path": "support.two_data_sets.Birds", "init_args": {}}})
    assert (birds.root, birds.synthetic) == (tmp_path / "birds", False)


def test_of_two_data_sets_the_missing_one_is_named(drawn: Path, tmp_path: Path, two_sets: tuple[Table, Scale]) -> None:
    with pytest.raises(TableError, match="does not contain DeepFashion/Img; for DeepFashion In-shop, its folder"):
        ensure_data(drawn, *two_sets)  # the one's own folder cannot hold the other
    shutil.copytree(drawn, tmp_path / "DeepFashion")
    with pytest.raises(TableError, match="does not contain birds/Img; for Birds of the World, its folder birds must"):
        ensure_data(tmp_path, *two_sets)


def table_of(folder: Path, data_module: str) -> Table:
    """The small table, whose texture stage has another data module."""
    path = write_table(folder)
    config = path.with_name("texture.yaml")
    files = "datamodules.DeepFashion\n  init_args: {root: data/DeepFashion}"
    assert files in config.read_text()
    config.write_text(config.read_text().replace(files, data_module))
    return load_table(path)


def test_a_procedural_data_module_needs_no_folder_and_is_no_stand_in(drawn: Path, tmp_path: Path) -> None:
    found = ensure_data(drawn, table_of(tmp_path, "datamodules.Ring"), load_scale("ci"))
    people = "synthetic DeepFashion In-shop (4 people)"
    assert found.label == f"{people}; Random points on a ring"
    ring = found.choices["Ring"]
    assert (ring.root, ring.synthetic, ring.fingerprint) == (None, False, "")


def test_a_data_module_of_no_known_data_set(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, birds=BIRDS)
    said = r"datamodules\.DeepFashion: data_sets: there is no data set 'deepfashion', choose from: birds"
    with pytest.raises(TableError, match=said):
        ensure_data(drawn, *ci(tmp_path))


def test_the_fingerprint_follows_the_content_not_the_place(drawn: Path, tmp_path: Path) -> None:
    def fingerprint(root: Path) -> str:
        return ensure_data(root, *ci(tmp_path)).choices["DeepFashion"].fingerprint

    shutil.copytree(drawn, tmp_path / "moved")
    before = fingerprint(drawn)
    assert fingerprint(tmp_path / "moved") == before
    image = next((tmp_path / "moved" / "Img").rglob("*.jpg"))
    image.write_bytes(image.read_bytes() + b"\0")
    assert fingerprint(tmp_path / "moved") != before


@pytest.mark.parametrize(
    ("name", "said"), [("nowhere", "is not a folder"), (".", "contains neither Img nor DeepFashion/Img")]
)
def test_a_folder_that_is_not_the_data_set(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=said) as caught:
        official_root(tmp_path / name, DEEPFASHION)
    assert "Eval/list_eval_partition.txt" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("marker", ["train.rec", "faces.tsv"])
def test_a_data_set_in_several_forms_is_known_by_any_and_the_error_names_all(marker: str, tmp_path: Path) -> None:
    faces = replace(DEEPFASHION, folder="celebrities", markers=("train.rec", "faces.tsv"))
    (tmp_path / "celebrities").mkdir()
    for alone, said in (
        (True, "contains none of train.rec, faces.tsv, celebrities/train.rec, celebrities/faces.tsv; for"),
        (False, "contains neither celebrities/train.rec nor celebrities/faces.tsv; for"),
    ):
        with pytest.raises(TableError, match=said):
            official_root(tmp_path, faces, alone)
    (tmp_path / "celebrities" / marker).write_bytes(b"")
    assert official_root(tmp_path, faces) == official_root(tmp_path, faces, False) == tmp_path / "celebrities"
    assert official_root(tmp_path / "celebrities", faces) == tmp_path / "celebrities"


def test_every_layout_declares_its_data_set(drawn: Path) -> None:
    assert list(by_name()) == catalogue.layout_names() == ["cub", "deepfashion", "facescrub", "flowers", "lfw"]
    for name, data_set in by_name().items():
        assert data_set.name == name
        assert all(callable(getattr(data_set.layout, name)) for name in ("is_synthetic", "fingerprint", "verify"))
    assert DEEPFASHION.size(drawn) == 4


def test_faces_without_lists_are_found_cut_out_or_prepared(tmp_path: Path) -> None:
    faces = by_name()["facescrub"]
    root = tmp_path / "people"
    for person in ("Ada", "Ben"):
        (root / person).mkdir(parents=True)
        (root / person / "1.jpg").write_bytes(b"image")
    assert official_root(root, faces) == root
    assert faces.size(root) == 2
    kept = tmp_path / "all" / faces.folder
    kept.mkdir(parents=True)
    (kept / "faces.bin").write_bytes(bytes(3 * 2 * 2 * 3))
    listed = {"faces": [["Ada", "1"], ["Ada", "2"], ["Ben", "1"]], "cropping": {"resolution": 2}}
    (kept / "faces.json").write_text(json.dumps({**listed, "sha256": "", "synthetic": False}))
    assert official_root(tmp_path / "all", faces) == official_root(kept, faces, alone=True) == kept
    assert official_root(tmp_path / "all", faces, alone=False) == kept
    assert faces.size(kept) == 3


def test_another_set_s_folder_is_none_of_faces(tmp_path: Path) -> None:
    faces = by_name()["facescrub"]
    for name in ("jpg", "segmim"):  # as the flowers lie
        (tmp_path / name).mkdir()
        (tmp_path / name / "image_00001.jpg").write_bytes(b"image")
    assert official_root(tmp_path, faces) == tmp_path  # who gives two folders of images may mean two people
    (tmp_path / "imagelabels.mat").write_bytes(b"")
    with pytest.raises(TableError, match=r"for FaceScrub, it .* must contain .* or cropped faces in one folder"):
        official_root(tmp_path, faces)
    (tmp_path / "facescrub_actors.txt").write_text("")
    assert official_root(tmp_path, faces) == tmp_path
