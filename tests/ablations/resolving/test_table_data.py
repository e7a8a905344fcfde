"""A table's `data:` file, laid over every stage's: what runs, its keys, scales, and the same by hand."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ablations.planning.data import DataChoice, TableData
from ablations.planning.expand import StageRun
from ablations.planning.plan import Plan, make_plan
from ablations.resolving.configs import resolve, scale_changes, stage_bases
from ablations.resolving.deviations import class_paths
from ablations.resolving.files import check_files
from ablations.resolving.scales import DataScale, load_scale
from ablations.tables.schema import ABLATIONS, Table, load_table
from common.errors import TableError

BASE = ABLATIONS / "conditional_gan"
TEXT = """\
id: few
title: Few
paper: {key: nobody-2031, where: Figure 1}
DATA
columns:
  - {id: top1, label: Top-1, better: higher, metric: top1}
stages:
  classifier: {fit: classifier.yaml}
  gan: {fit: fm_cgan.yaml, needs: {classifier_checkpoint: classifier}}
  recogniser: {fit: recogniser.yaml}
  test: {test: gan, needs: {evaluation.recogniser_checkpoint: recogniser}}
rows:
  - {id: fm-cgan, label: FM-CGAN}
"""
BIRDS = "data: birds.yaml"


def table(folder: Path, data: str = BIRDS, birds: str | None = None) -> Table:
    family = folder / "conditional_gan"
    family.mkdir(exist_ok=True)
    for name in ("fm_cgan.yaml", "birds.yaml", "../recognition/classifier.yaml", "../recognition/recogniser.yaml"):
        shutil.copy(BASE / name, family / Path(name).name)
    if birds is not None:
        (family / "birds.yaml").write_text(birds)
    path = family / "table_few.yaml"
    path.write_text(TEXT.replace("DATA\n", f"{data}\n" if data else ""))
    return load_table(path)


def plan(folder: Path, data: str = BIRDS, scale: str = "ci") -> Plan:
    choices = {name: DataChoice(Path("data") / name, name, True, f"of {name}") for name in ("CUB200", "FaceScrub")}
    return make_plan(table(folder, data), load_scale(scale), TableData(choices), 1, folder / "runs")


def runs(folder: Path, data: str = BIRDS) -> dict[str, StageRun]:
    return plan(folder, data).rows[0].seeds[0]


def test_every_stage_reads_it_and_has_as_many_classes(tmp_path: Path) -> None:
    birds = table(tmp_path)
    assert {base["data"]["class_path"] for base, _ in stage_bases(birds)} == {"datamodules.CUB200"}
    for name in ("classifier", "gan", "recogniser", "test"):
        config = resolve(birds, birds.rows[0], birds.stage(name), load_scale("paper"))
        assert config["data"]["class_path"] == "datamodules.CUB200"
        assert (config["data"]["init_args"]["resolution"], config["data"]["init_args"]["classes"]) == (128, None)
        assert config["model"]["init_args"]["classes"] == 200
        assert config["model"]["init_args"]["max_iterations"] == 8_300  # a hundred passes, also of the classifiers
    assert "datamodules.CUB200" in class_paths(birds) and "datamodules.FaceScrub" not in class_paths(birds)


def test_nothing_is_shared_with_the_base_files_data_and_everything_is_in_the_key(tmp_path: Path) -> None:
    birds, faces = runs(tmp_path), runs(tmp_path, data="")
    assert not {run.key for run in birds.values()} & {run.key for run in faces.values()}
    gan = birds["gan"]
    assert gan.ingredients.data == "of CUB200" and gan.config["data"]["init_args"]["root"] == "data/CUB200"
    assert "datamodules.cub" in gan.ingredients.code and "datamodules.facescrub" not in gan.ingredients.code


def test_a_scale_changes_the_classes_of_data_and_model_alike(tmp_path: Path) -> None:
    for data, name in ((BIRDS, "CUB200"), ("", "FaceScrub")):
        found = table(tmp_path, data)
        for scale_name, classes in (("ci", 4), ("toy", 20), ("small", 20 if data else 80)):
            scale = load_scale(scale_name)
            for stage in found.stages:
                config = resolve(found, found.rows[0], stage, scale)
                both = [config[section]["init_args"] for section in ("data", "model")]
                assert [one["classes"] for one in both] == [classes, classes]
                assert both[0]["resolution"] == both[1]["resolution"] < 128
            before = 200 if data else 530
            assert f"FMCGAN.classes: {before} -> {classes}" in scale_changes(found, scale)
            assert f"{name}.classes: none -> {classes}" in scale_changes(found, scale)


def test_what_a_scale_says_of_a_model_itself_stands(tmp_path: Path) -> None:
    found, scale = table(tmp_path), load_scale("ci")
    family = scale.families["conditional_gan"]
    family = replace(family, models={"FMCGAN": {"resolution": 64}}, data={"CUB200": DataScale(None, {"resolution": 8})})
    config = resolve(found, found.rows[0], found.stage("gan"), replace(scale, families={"conditional_gan": family}))
    assert (config["model"]["init_args"]["resolution"], config["data"]["init_args"]["resolution"]) == (64, 8)


@pytest.mark.parametrize(
    ("birds", "said"),
    [
        ("model: {init_args: {clases: 3}}\ndata: {class_path: datamodules.CUB200}\n", r"birds\.yaml:1: .*'clases'"),
        ("model: {init_args: {classes: 3}}\n", r"birds\.yaml:1: key 'data' is missing"),
        ("data: {class_path: datamodules.CUB}\n", r"birds\.yaml:1: data\.class_path: .*CUB200"),
        ("data: {class_path: datamodules.CUB200}\ntrainer: {}\n", r"birds\.yaml:2: unknown key 'trainer'"),
        ("model: {class_path: x.Y}\ndata: {class_path: datamodules.CUB200}\n", r"birds\.yaml:1: model: unknown key"),
    ],
)
def test_a_wrong_file_is_one_line_with_its_place(birds: str, said: str, tmp_path: Path) -> None:
    found = table(tmp_path, birds=birds)
    with pytest.raises(TableError, match=said):
        resolve(found, found.rows[0], found.stage("gan"), load_scale("ci"))


def test_a_file_that_is_not_there_is_named_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(
        TableError, match=r"table_few\.yaml:4: data: file .*bird\.yaml does not exist, did you mean 'birds"
    ):
        table(tmp_path, data="data: bird.yaml")


def test_by_hand_it_is_checked_against_the_model_of_the_file_before(tmp_path: Path) -> None:
    check_files([BASE / "cvae.yaml", BASE / "birds.yaml"], {})
    with pytest.raises(TableError, match=r"birds\.yaml:4: model: key 'class_path' is missing"):
        check_files([BASE / "birds.yaml"], {})
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("model: {init_args: {clases: 3}}\n")
    with pytest.raises(TableError, match=r"wrong\.yaml:1: model\.init_args\.clases: unknown argument 'clases'"):
        check_files([BASE / "cvae.yaml", wrong], {})
