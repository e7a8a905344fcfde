"""The command that uses a trained model: on a run by hand, on a table's row, and one line for each mistake."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from support.class_pictures import TINY, classifier_checkpoint, generator_checkpoint
from support.facescrub_folder import write_folder

import cli
from ablations import apply as applying
from ablations.apply import OPTIONS
from lightning_modules.conditional_gan.applications import APPLICATIONS

SIZE = {"classes": 3, "resolution": 16}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished training of a CVAE on three people, as `fit` leaves it."""
    folder = tmp_path_factory.mktemp("run")
    generator_checkpoint(folder, **SIZE)
    data = {"root": str(write_folder(folder / "faces", 5)), "resolution": 16, "batch_size": 4}
    config = {
        "model": {"class_path": "lightning_modules.conditional_gan.CVAE", "init_args": {**TINY, **SIZE}},
        "data": {"class_path": "datamodules.FaceScrub", "init_args": {**data, "cache_dir": str(folder / "cache")}},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "metrics.json").write_text(json.dumps({"kind": "fit", "iterations": 1}))
    return folder


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["apply", *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1
    return said


@pytest.mark.parametrize(
    "name", ["latent_plane", "nearest-neighbours", "inpainting", "morphing", "attribute_retrieval"]
)
def test_a_run_is_used(name: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sheet.png"
    assert cli.main(["apply", name, "--run", str(run), "--count", "2", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    kind = next(kind for kind in APPLICATIONS if kind.name == name.replace("-", "_"))
    assert f"picture: {out}" in said and all(f"  {measure}: " in said for measure in kind.measures)
    assert min(Image.open(out).size) > 96


def test_options_and_a_recogniser_reach_the_application(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    judge = classifier_checkpoint(tmp_path / "judge", **SIZE)
    words = ["--label", "zac efron", "--steps", "4", "--recogniser", str(judge)]
    assert cli.main(["apply", "morphing", "--run", str(run), *words]) == 0
    said = capsys.readouterr().out
    sheet = tmp_path / "reports" / "applications" / f"morphing-{run.name}.png"
    assert str(sheet.relative_to(tmp_path)) in said and sheet.is_file()
    assert Image.open(sheet).width < 8 * 110 + 160  # two real pictures and four others
    assert "undefined" not in said and "A recogniser sees the class in" in said
    assert (
        cli.main(["apply", "inpainting", "--run", str(run), "--hole", "12", "--place", "random", "--rounds", "2"]) == 0
    )
    assert "12 x 12 of 16 x 16 pixels anywhere, repaired in 2 rounds" in capsys.readouterr().out


def test_a_test_s_folder_brings_its_weights_and_its_recogniser(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = classifier_checkpoint(tmp_path / "judge", **SIZE)
    config = yaml.safe_load((run / "config.yaml").read_text())
    config |= {"ckpt_path": str(run / "checkpoints/last.ckpt"), "evaluation": {"recogniser_checkpoint": str(judge)}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "metrics.json").write_text(json.dumps({"kind": "test"}))
    assert cli.main(["apply", "morphing", "--run", str(tmp_path), "--out", str(tmp_path / "sheet.png")]) == 0
    assert "A recogniser sees the class in" in capsys.readouterr().out


def test_every_option_is_some_application_s() -> None:
    assert {field.name for kind in APPLICATIONS for field in fields(kind)} == set(OPTIONS)


def test_mistakes_are_one_line_that_names_the_mend(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on = ("--run", str(run))
    assert "no application 'morfing', did you mean 'morphing'?" in refused(capsys, "morfing", *on)
    assert "--hole is no option of morphing; it has --count, --label" in refused(capsys, "morphing", "--hole", "3", *on)
    assert "no class 'Zac Efrom', did you mean 'Zac Efron'?" in refused(capsys, "morphing", "--label", "Zac Efrom", *on)
    assert "morphing: label 7 has no picture" in refused(capsys, "morphing", "--label", "7", *on)
    assert "inpainting: hole: 16 pixels of 16; give 1 to 15" in refused(capsys, "inpainting", "--hole", "16", *on)
    assert "give --table 4.1 --row cvae-gan, or --run" in refused(capsys, "morphing")
    assert "no run folder (it has no config.yaml" in refused(capsys, "morphing", "--run", str(tmp_path))
    (tmp_path / "config.yaml").write_text((run / "config.yaml").read_text())
    assert "is not finished (no metrics.json); `python cli.py fit" in refused(
        capsys, "morphing", "--run", str(tmp_path)
    )
    config = yaml.safe_load((run / "config.yaml").read_text())
    config["model"]["class_path"] = "lightning_modules.conditional_gan.RealImages"
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "metrics.json").write_text((run / "metrics.json").read_text())
    said = refused(capsys, "morphing", "--run", str(tmp_path))
    assert "RealImages has no applications; choose the run of a model with an encoder" in said


TABLE = ("--table", "4.1", "--scale", "ci")


def test_a_table_s_row_must_have_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on = (*TABLE, "--runs", str(tmp_path / "runs"))
    monkeypatch.setattr("ablations.planning.data.SYNTHETIC_FOLDER", tmp_path)
    assert "table 4.1 has not run at ci scale" in refused(capsys, "morphing", *on, "--row", "cvae-gan")
    from ablations.planning.plan_options import planned_data  # the same without drawing anything

    monkeypatch.setattr("ablations.planning.plan_options.existing_data", planned_data)
    assert "table 4.1 has no row 'cvae-gon', did you mean" in refused(capsys, "morphing", *on, "--row", "cvae-gon")
    said = refused(capsys, "morphing", *on, "--row", "cvae-gan", "--seed", "1")
    assert "seed 1 has not run; `make ablate TABLE=4.1 SCALE=ci SEEDS=2` runs it" in said


def test_a_table_s_row_is_used_with_the_recogniser_that_judged_it(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[Any] = []

    def done(stage: Any) -> bool:
        seen.append(stage)
        return True

    from ablations.planning.plan_options import planned_data

    monkeypatch.setattr("ablations.planning.plan_options.existing_data", planned_data)
    monkeypatch.setattr(applying, "is_done", done)
    options = cli.parser().parse_args(["apply", "morphing", *TABLE, "--row", "cvae-gan", "--runs", str(tmp_path)])
    chosen = applying._of_table(options)
    fit, judge = seen
    assert (fit.stage, judge.stage) == ("gan", "recogniser")
    assert (chosen.weights, chosen.recogniser, chosen.title) == (fit.weights, judge.weights, "4.1-cvae-gan-seed0")
    assert chosen.others == "of table 4.1 choose --row cvae-gan or cvae-gan-iccv"
