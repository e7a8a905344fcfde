"""A data module of two data sets: each found or synthesised, each with its fingerprint in the key, its path never."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.small_table import write_table

from ablations.planning.data import DataChoice, TableData, ensure_data, planned_data
from ablations.planning.expand import StageRun, expand
from ablations.resolving.scales import DataScale, Scale, load_scale
from ablations.tables.schema import Table, load_table
from common.errors import TableError
from datamodules.catalogue import by_name

SILENT = list[str]().append
FILES = "datamodules.DeepFashion\n  init_args: {root: data/DeepFashion}"
BOTH = "support.two_data_sets.PeopleAndPairs\n  init_args: {root: data/DeepFashion, pairs_root: data/lfw}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both data sets by their official names."""
    found = tmp_path_factory.mktemp("data")
    by_name()["deepfashion"].draw(found / "DeepFashion", 4, 1)
    by_name()["lfw"].draw(found / "lfw", 12, 1)
    return found


def table_of(folder: Path, data: str = BOTH, replaced: tuple[str, str] = ("", "")) -> Table:
    """The small table, whose texture stage reads both."""
    path = write_table(folder)
    path.write_text(path.read_text().replace(*replaced))
    config = path.with_name("texture.yaml")
    assert FILES in config.read_text()
    config.write_text(config.read_text().replace(FILES, data))
    return load_table(path)


def small() -> Scale:
    """The ci scale, with so many synthetic samples of each set."""
    scale = load_scale("ci")
    family = replace(scale.family("fashion_completion"), data={"PeopleAndPairs": DataScale(12)})
    return replace(scale, families={"fashion_completion": family})


def textures(table: Table, data: TableData) -> list[StageRun]:
    return [plan.seeds[0]["texture"] for plan in expand(table, small(), data, 1, Path("runs"))]


def test_each_is_found_by_its_name_and_its_fingerprint_is_in_the_key(folder: Path, tmp_path: Path) -> None:
    table = table_of(tmp_path)
    found = ensure_data(folder, table, small(), SILENT)
    people, pairs = (by_name()[name].layout.fingerprint(folder / place) for name, place in
                     (("deepfashion", "DeepFashion"), ("lfw", "lfw")))  # fmt: skip
    run = textures(table, found)[0]
    assert run.ingredients.data == f"pairs_root {pairs}, root {people}"
    given = run.config["data"]["init_args"]
    assert (given["root"], given["pairs_root"]) == (str(folder / "DeepFashion"), str(folder / "lfw"))
    assert not {"root", "pairs_root"} & run.ingredients.config["data"]["init_args"].keys()
    assert found.label == ("synthetic DeepFashion In-shop (4 people); synthetic Labeled Faces in the Wild (12 faces)")
    (one,) = {choice.fingerprint for name, choice in found.choices.items() if name == "DeepFashion"}
    assert one == people


def test_content_of_either_is_in_the_key_and_its_place_is_not(folder: Path, tmp_path: Path) -> None:
    def key(place: Path) -> str:
        table = table_of(tmp_path)
        return textures(table, ensure_data(place, table, small(), SILENT))[0].key

    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    before = key(folder)
    assert key(moved) == before
    image = next((moved / "lfw").rglob("*.jpg"))
    image.write_bytes(image.read_bytes() + b"\0")
    assert key(moved) != before


def test_a_folder_that_nothing_sets_is_neither_needed_nor_in_the_key(folder: Path, tmp_path: Path) -> None:
    alone = "support.two_data_sets.PeopleAndPairs\n  init_args: {root: data/DeepFashion}"
    table = table_of(tmp_path, alone)
    only = tmp_path / "only"
    shutil.copytree(folder / "DeepFashion", only / "DeepFashion")
    run = textures(table, ensure_data(only, table, small(), SILENT))[0]
    assert run.config["data"]["init_args"].get("pairs_root") is None
    assert run.ingredients.data == by_name()["deepfashion"].layout.fingerprint(only / "DeepFashion")


def test_a_row_may_set_the_further_folder(folder: Path, tmp_path: Path) -> None:
    alone = "support.two_data_sets.PeopleAndPairs\n  init_args: {root: data/DeepFashion}"
    setting = "texture.model.attention: false"
    table = table_of(tmp_path, alone, (setting, f"{setting}, texture.data.pairs_root: data/lfw"))
    found = ensure_data(folder, table, small(), SILENT)
    with_pairs = [run for run in textures(table, found) if "pairs_root" in run.ingredients.data]
    without = [run for run in textures(table, found) if "pairs_root" not in run.ingredients.data]
    assert with_pairs and without
    assert {run.config["data"]["init_args"]["pairs_root"] for run in with_pairs} == {str(folder / "lfw")}
    assert {run.config["data"]["init_args"]["pairs_root"] for run in without} == {None}


def test_a_missing_one_is_named(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "DeepFashion", tmp_path / "DeepFashion")
    with pytest.raises(
        TableError, match=r"does not contain lfw/pairs\.txt; for Labeled Faces in the Wild, its folder lfw must"
    ):
        ensure_data(tmp_path, table_of(tmp_path), small(), SILENT)


def test_without_data_each_is_synthesised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table = table_of(tmp_path)
    intended = planned_data(None, table, small())
    assert intended.label.count("not generated yet") >= 2 and intended.synthetic
    found = ensure_data(None, table, small(), SILENT).choices["PeopleAndPairs"]
    assert found.roots == {
        "root": Path("data/synthetic/deepfashion-12"),
        "pairs_root": Path("data/synthetic/lfw-12"),
    }
    assert all(place.is_dir() for place in found.roots.values())


def test_a_folder_of_no_declared_data_set_is_refused(folder: Path, tmp_path: Path) -> None:
    other = "support.two_data_sets.PeopleAndPairs\n  init_args: {root: data/DeepFashion, other_root: data/x}"
    with pytest.raises(TableError, match=r"no data set is registered for .*PeopleAndPairs; name that of other_root in"):
        ensure_data(folder, table_of(tmp_path, other), small(), SILENT)


def test_a_module_may_have_further_folders_alone() -> None:
    pairs = DataChoice(Path("pairs"), "pairs", True, "of pairs")
    choice = DataChoice(None, "", False, "", {"pairs_root": pairs})
    assert (choice.roots, choice.fingerprints) == ({"pairs_root": Path("pairs")}, "pairs_root of pairs")
    data = TableData({"Pairs": choice, "Others": pairs})
    assert (data.label, data.synthetic) == ("pairs", True)
    config = {"data": {"class_path": "package.Pairs", "init_args": {"pairs_root": None}}}
    assert data.of(config).roots == {}
