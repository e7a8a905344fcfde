"""The command that uses a trained model: on a run by hand, on a table's row, and one line for each mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image
from support.class_images import TINY, classifier_checkpoint, generator_checkpoint
from support.facescrub_folder import write_folder

import cli
from ablations import apply_model
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


@pytest.fixture
def own_image(tmp_path: Path) -> Path:
    """An image of the user's that is no square: green, with a red middle."""
    pixels = np.full((40, 64, 3), (0, 200, 0), np.uint8)
    pixels[:, 12:52] = (200, 0, 0)
    path = tmp_path / "mine.png"
    Image.fromarray(pixels).save(path)
    return path


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
    assert f"image: {out}" in said and all(f"  {measure}: " in said for measure in kind.measures)
    assert min(Image.open(out).size) > 96


def test_options_and_a_recogniser_reach_the_application(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    recogniser = classifier_checkpoint(tmp_path / "recogniser", **SIZE)
    words = ["--label", "zac efron", "--steps", "4", "--recogniser", str(recogniser)]
    assert cli.main(["apply", "morphing", "--run", str(run), *words]) == 0
    said = capsys.readouterr().out
    sheet = tmp_path / "reports" / "applications" / f"morphing-{run.name}.png"
    assert str(sheet.relative_to(tmp_path)) in said and sheet.is_file()
    assert Image.open(sheet).width < 8 * 110 + 160  # two real images and four others
    assert "undefined" not in said and "A recogniser predicts the class in" in said
    assert (
        cli.main(["apply", "inpainting", "--run", str(run), "--hole", "12", "--place", "random", "--rounds", "2"]) == 0
    )
    assert "12 x 12 of 16 x 16 pixels at a random position, repaired in 2 rounds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["inpainting", "--image", "MINE", "--label", "zac efron"], "mine.png with a hole of 6 x 6 of 16 x 16 pixels"),
        (["morphing", "--image", "MINE", "--other", "MINE", "--label", "0"], "The largest step is "),
        (["attribute_retrieval", "--image", "MINE", "--label", "0"], "Left: mine.png. Right: of 15 real images"),
    ],
)
def test_an_image_of_the_user_s_is_used(
    words: list[str], said: str, run: Path, own_image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(own_image) if word == "MINE" else word for word in words]
    out = tmp_path / "sheet.png"
    assert cli.main(["apply", *given, "--run", str(run), "--out", str(out)]) == 0
    assert said in capsys.readouterr().out
    shown = np.asarray(Image.open(out).convert("RGB")).reshape(-1, 3)
    # The middle square alone: all of it is red, and nothing of the green sides is left.
    assert (shown == (200, 0, 0)).all(1).any() and not (shown == (0, 200, 0)).all(1).any()


def test_images_that_cannot_be_used_are_refused_in_a_line(
    run: Path, own_image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on = ("inpainting", "--run", str(run), "--label", "0", "--image")
    assert f"{tmp_path / 'none.png'}: missing" in refused(capsys, *on, str(tmp_path / "none.png"))
    broken, small = tmp_path / "broken.png", tmp_path / "small.png"
    broken.write_bytes(own_image.read_bytes()[:60])
    assert f"{broken}: unreadable" in refused(capsys, *on, str(broken))
    Image.new("RGB", (15, 40)).save(small)
    assert f"{small}: 15 x 40 pixels are too few; give an image of at least 16 x 16" in refused(capsys, *on, str(small))
    without_label = refused(capsys, "inpainting", "--run", str(run), "--image", str(own_image))
    assert f"inpainting: {own_image}: its class is unknown; give --label" in without_label
    alone = refused(capsys, "morphing", "--run", str(run), "--label", "0", "--image", str(own_image))
    assert "morphing: image, other: give both or neither" in alone


def test_a_test_s_folder_brings_its_weights_and_its_recogniser(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recogniser = classifier_checkpoint(tmp_path / "recogniser", **SIZE)
    config = yaml.safe_load((run / "config.yaml").read_text())
    evaluation = {"recogniser_checkpoint": str(recogniser)}
    config |= {"ckpt_path": str(run / "checkpoints/last.ckpt"), "evaluation": evaluation}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "metrics.json").write_text(json.dumps({"kind": "test"}))
    assert cli.main(["apply", "morphing", "--run", str(tmp_path), "--out", str(tmp_path / "sheet.png")]) == 0
    assert "A recogniser predicts the class in" in capsys.readouterr().out


def test_applications_and_their_options_are_listed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--run", str(run)], ["--run", str(run), "--help"], [*TABLE, "--row", "cvae-gan"]):
        assert cli.main(["apply", *words]) == 0
        said = capsys.readouterr().out
        assert all(f"  {kind.name}: " in said for kind in APPLICATIONS)
    assert cli.main(["apply", *TABLE, "--row", "fm-cgan"]) == 0  # it has no encoder
    said = capsys.readouterr().out
    assert "class_grid: " in said and "nearest_neighbours: " in said and "morphing" not in said
    assert cli.main(["apply", "morphing", "--run", str(run), "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "--steps STEPS number of generated images of each pair, at least 3. (type: PositiveInt, default: 9)" in said
    assert "--recogniser RECOGNISER checkpoint" in said and "--hole" not in said
    assert cli.main(["apply", "--help"]) == 0
    assert "cli.py apply NAME (--table TABLE --row ROW | --run FOLDER)" in capsys.readouterr().out


def test_mistakes_are_one_line_that_names_the_fix(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on = ("--run", str(run))
    said = refused(capsys, "morfing", *on)
    assert "no application 'morfing', did you mean 'morphing'? CVAE has class_grid, latent_plane, " in said
    said = refused(capsys, "morphing", "--step", "3", *on)
    assert "--step is not an option of morphing, did you mean '--steps'?" in said
    assert "--steps: no application is named; give `apply NAME`" in refused(capsys, "--steps", "3", *on)
    assert "morphing: steps: Not of type PositiveInt" in refused(capsys, "morphing", "--steps", "x", *on)
    assert "morphing: unrecognized arguments: 3" in refused(capsys, "morphing", "3", *on)
    assert "no class 'Zac Efrom', did you mean 'Zac Efron'?" in refused(capsys, "morphing", "--label", "Zac Efrom", *on)
    assert "morphing: label: 7; the data have labels 0 to 2" in refused(capsys, "morphing", "--label", "7", *on)
    assert "inpainting: hole: 16 pixels of 16; give 1 to 15" in refused(capsys, "inpainting", "--hole", "16", *on)
    assert "no model is named; give --table and --row" in refused(capsys, "morphing")
    assert "is not a run folder (it has no readable config.yaml" in refused(capsys, "morphing", "--run", str(tmp_path))
    (tmp_path / "config.yaml").write_text((run / "config.yaml").read_text())
    assert "is not finished (no metrics.json); `python cli.py fit" in refused(
        capsys, "morphing", "--run", str(tmp_path)
    )
    config = yaml.safe_load((run / "config.yaml").read_text())
    config["model"]["class_path"] = "lightning_modules.conditional_gan.RealImages"
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "metrics.json").write_text((run / "metrics.json").read_text())
    said = refused(capsys, "morphing", "--run", str(tmp_path))
    assert "RealImages has no applications; choose the run of another model" in said


def test_other_commands_take_no_unknown_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["tables", "--steps", "3"])
    assert stopped.value.code == 2 and "unrecognized arguments: --steps 3" in capsys.readouterr().err


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


def test_a_table_s_row_is_used_with_the_recogniser_that_measured_it(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def done(stage: Any) -> bool:
        seen.append(stage)
        return True

    from ablations.planning.plan_options import planned_data

    monkeypatch.setattr("ablations.planning.plan_options.existing_data", planned_data)
    monkeypatch.setattr(apply_model, "is_done", done)
    options = cli.parser().parse_args(["apply", *TABLE, "--row", "cvae-gan", "--runs", str(tmp_path)])
    chosen = apply_model.trained_model(options)
    fit, _, recogniser = seen
    assert (fit.stage, recogniser.stage) == ("gan", "recogniser")
    assert (chosen.weights, chosen.title) == (fit.weights, "4.1-ci-cvae-gan-seed0")
    assert chosen.checkpoints["evaluation.recogniser_checkpoint"] == recogniser.weights
    assert chosen.others("morphing") == "in table 4.1 choose --row cvae-gan or cvae-gan-iccv"
