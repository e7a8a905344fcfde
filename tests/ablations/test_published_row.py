"""A row of published images: its key has the images and not their folder, and its numbers are those of the images."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from support.completion import TINY, trainer
from support.deepfashion_folder import names, write_folder
from support.small_table import TEXT, small_table, write_table

from ablations.lint import lint
from ablations.planning.data import DataChoice, TableData
from ablations.planning.folder import describe, result
from ablations.planning.plan import Plan, make_plan
from ablations.resolving.folders import folder_arguments, folder_digest
from ablations.resolving.parameters import paper_counts
from ablations.resolving.scales import DataScale, load_scale
from ablations.stage import run_stage
from ablations.tables.schema import Table
from common.errors import TableError
from datamodules import DeepFashion
from lightning_modules.evaluation import ImageToImage
from lightning_modules.fashion_completion import WeNTexture
from lightning_modules.metrics.images import to_image

BASE = """\
model:
  class_path: lightning_modules.published.PublishedResults
  init_args: {images_root: FOLDER, truth: person}
data:
  class_path: datamodules.DeepFashion
  init_args: {root: data/DeepFashion}
trainer: {default_root_dir: runs/by-hand/published}
"""
ROW = """\
  - id: theirs
    label: theirs, as published
    baseline: true
    paper: {fid: 30.1, params_G: 7.5 M}
    set: {texture.config: published.yaml}
    drop: [shape]
    parameters_differ: only its images are there
claims:
"""


def plan_of(folder: Path, images: Path) -> Plan:
    scale = load_scale("ci")
    family = scale.families["fashion_completion"]
    data = DataScale(arguments={**family.data["DeepFashion"].arguments, "batch_size": 2, "test_count": 4})
    scale = replace(scale, families={"fashion_completion": replace(family, data={"DeepFashion": data})})
    root = folder / "data"
    if not root.exists():
        write_folder(root, names(11), size=(64, 64))
    choice = DataChoice(root, "flat figures", True, "flat figures")
    write_table(folder)
    (folder / "fashion_completion/published.yaml").write_text(BASE.replace("FOLDER", str(images)))
    table = small_table(folder, TEXT.replace("claims:\n", ROW))
    return make_plan(table, scale, TableData({"DeepFashion": choice}), 1, folder / "runs")


def keys(plan: Plan, row: str) -> list[str]:
    return [run.key for run in next(r for r in plan.rows if r.row.id == row).seeds[0].values()]


def test_the_key_has_the_images_and_not_their_folder(tmp_path: Path) -> None:
    images = tmp_path / "images"
    (images / "img").mkdir(parents=True)
    (images / "img/a.png").write_bytes(b"one")
    first = plan_of(tmp_path, images)
    row = keys(first, "theirs")
    assert len(row) == 2
    shutil.copytree(images, tmp_path / "elsewhere")
    assert keys(plan_of(tmp_path, tmp_path / "elsewhere"), "theirs") == row
    assert keys(plan_of(tmp_path, tmp_path / "nowhere"), "theirs") != row  # planned all the same
    (images / "img/a.png").write_bytes(b"two")
    second = plan_of(tmp_path, images)
    assert not set(keys(second, "theirs")) & set(row)
    assert keys(second, "full") == keys(first, "full")
    placed = next(r for r in second.rows if r.row.id == "theirs").seeds[0]["test"].config
    assert placed["model"]["init_args"]["images_root"] == str(images)


def test_what_a_folder_s_digest_is_of(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/1.png").write_bytes(b"x")
    before = folder_digest(tmp_path)
    (tmp_path / ".DS_Store").write_bytes(b"hidden")
    assert folder_digest(tmp_path) == before
    (tmp_path / "a/1.png").rename(tmp_path / "a/2.png")
    assert folder_digest(tmp_path) != before
    assert folder_digest(tmp_path / "nowhere") == "no such folder"


def test_a_misspelt_declaration_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "folder_package.py"
    package.write_text("class One:\n    folder_arguments = ('imges',)\n\n    def __init__(self, images=''): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(TableError, match=r"folder_package.One: folder_arguments: .*'imges' is none; arguments: images"):
        folder_arguments("folder_package.One")


def test_lint_wants_the_reason_why_there_is_no_network_and_nothing_else(tmp_path: Path) -> None:
    table = plan_of(tmp_path, tmp_path / "images").table
    assert _faults(table) == {}
    silent = replace(table, rows=tuple(replace(row, parameters_differ="") for row in table.rows))
    assert list(_faults(silent)) == ["cells"]


def _faults(table: Table) -> dict[str, list[str]]:
    """What fails on account of the row, by check."""
    failed = [check for check in lint(table, paper_counts(table)) if check.status == "fail"]
    found = {check.id: [finding for finding in check.findings if "theirs" in finding] for check in failed}
    return {name: findings for name, findings in found.items() if findings}


def test_published_outputs_have_the_metrics_of_the_model_that_made_them(tmp_path: Path) -> None:
    data = DeepFashion(
        str(write_folder(tmp_path / "data", names(11), size=(64, 64))), 64, 2, test_count=4, keep_in_memory=True,
        cache_dir=str(tmp_path / "cache"),
    )  # fmt: skip
    torch.manual_seed(0)
    model = WeNTexture(**TINY, two_stage=False)  # untrained: what it makes is far from the truth
    evaluation = ImageToImage("effnetlite0", cache_dir=str(tmp_path / "statistics"))
    trainer(tmp_path, evaluation, Publish(tmp_path / "images")).test(model, data, verbose=False)
    assert evaluation.result is not None

    plan = plan_of(tmp_path, tmp_path / "images")
    for run in next(r for r in plan.rows if r.row.id == "theirs").seeds[0].values():
        describe(run)
        run_stage(run.folder)
    found = result(run)
    assert found is not None and found["headline"] == "published"
    mine, theirs = evaluation.result["metrics"], found["metrics"]
    assert theirs["psnr"] == pytest.approx(mine["psnr"], abs=0.01)
    assert theirs["ssim"] == pytest.approx(mine["ssim"], abs=1e-3)
    assert theirs["fd_effnetlite0"] == pytest.approx(mine["fd_effnetlite0"], rel=0.01)
    assert "diversity_l1" not in theirs
    assert {name: found["protocol"][name] for name in ("generated", "real", "resolution")} == {
        name: evaluation.result["protocol"][name] for name in ("generated", "real", "resolution")
    }


class Publish(pl.Callback):
    """Writes what a model makes in a test as the images of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_test_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, *more: Any) -> None:
        for name, image in zip(batch["name"], outputs["generated"]["single"], strict=True):
            path = (self.folder / name).with_suffix(".png")
            path.parent.mkdir(parents=True, exist_ok=True)
            to_image(image).save(path)
