"""Unfair tables that a comparison of each row with its base does not show, and names that only the code knows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from support.small_table import TEXT, small_plan, write_table

import cli
from ablations.lint import lint, linted_table
from ablations.lint.names import require_names
from ablations.planning import plan_options
from ablations.resolving.scales import Scale, load_scale
from ablations.tables.schema import ABLATIONS, Table, find_table, load_table
from common.errors import TableError


def findings(table: Table) -> str:
    """All findings of the checklist's faults."""
    return "\n".join(text for check in lint(table, {}) if check.status == "fail" for text in check.findings)


def changed(folder: Path, *changes: tuple[str, str]) -> Table:
    """Table 3.4 with changes of its text, in a copy of its files."""
    for family in ("conditional_gan", "recognition"):
        shutil.copytree(ABLATIONS / family, folder / family)
    path = folder / "conditional_gan" / "table_3.4.yaml"
    text = path.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text)
    return load_table(path)


NEEDS = "needs: {evaluation.recogniser_checkpoint: recogniser}"


def test_a_network_that_trained_a_model_does_not_measure_it(tmp_path: Path) -> None:
    measured = changed(tmp_path / "a", (NEEDS, "needs: {evaluation.recogniser_checkpoint: classifier}"))
    said = "classifier trained the model that it measures as recogniser_checkpoint of test; measure with a network"
    assert f"fm-cgan: {said}" in findings(measured)
    assert f"cvae: {said}" not in findings(measured)  # it has no classifier
    alike = changed(tmp_path / "b", ("fit: ../recognition/classifier.yaml", "fit: ../recognition/recogniser.yaml"))
    assert "(recogniser is the same training)" in findings(alike)
    assert "trained the model" not in findings(find_table("3.4"))


def test_all_rows_have_the_same_recogniser_even_if_one_declares_another(tmp_path: Path) -> None:
    line = "set: {gan.config: cvae.yaml,"
    other = changed(tmp_path / "a", (line, "set: {recogniser.model.width: 8, gan.config: cvae.yaml,"))
    assert re.search(
        r"cvae: recogniser_checkpoint of test differs from that of \S+ \(recogniser\.model\.width: \d+ -> 8\)",
        findings(other),
    )
    judge = "test.needs.evaluation.recogniser_checkpoint"
    declared = TEXT.replace("set: {texture.model.attention: false}", f"factor: [{judge}]\n    set: {{{judge}: shape}}")
    said = "plain: recogniser_checkpoint of test differs from that of full (shape, not none); measure all rows with"
    assert said in findings(load_table(write_table(tmp_path / "b", declared)))
    assert "recogniser_checkpoint of test differs" not in findings(find_table("3.4"))


def bicyclegan(folder: Path, **arguments: object) -> Table:
    text = TEXT.replace(
        "  - id: direct",
        "  - {id: other, label: other, baseline: true, set: {texture.config: other.yaml}}\n  - id: direct",
    )
    path = write_table(folder, text)
    base = (ABLATIONS / "fashion_completion" / "bicyclegan.yaml").read_text()
    arguments_text = ", ".join(f"{name}: {value}" for name, value in arguments.items())
    assert "class_path: lightning_modules.fashion_completion.BicycleGAN" in base
    content = yaml.safe_load(base)
    content["model"].setdefault("init_args", {}).update(yaml.safe_load("{" + arguments_text + "}"))
    (path.parent / "other.yaml").write_text(yaml.safe_dump(content))
    return load_table(path)


def test_a_baseline_trains_with_its_paper_s_learning_rate(tmp_path: Path) -> None:
    assert "learning_rate" not in findings(bicyclegan(tmp_path / "fair"))
    slow = findings(bicyclegan(tmp_path / "slow", learning_rate="1.0e-06"))
    assert "other: texture.model.learning_rate is 1e-06 at paper scale, that of its paper (the default) 0.0002" in slow
    declared = TEXT.replace("texture.model.attention: false", "texture.model.learning_rate: 1.0e-6")
    assert "at paper scale" not in findings(
        load_table(write_table(tmp_path / "row", declared))
    )  # `declared-keys` sees it


@pytest.mark.parametrize(
    ("model", "argument", "value", "said"),
    [
        ("CVAE", "width", 32, "scale 'toy': gan.model.width: FMCGAN has 16, CVAE 32, and both 64 in the paper"),
        ("CVAE", "latent_dim", 64, "gan.model.latent_dim: FMCGAN has 32, CVAE 64, and both 256 in the paper"),
        ("CGAN", "learning_rate", 5e-3, "FMCGAN trains with 5 times, CGAN trains with 25 times its paper's"),
    ],
)
def test_a_scale_changes_all_models_alike(
    model: str, argument: str, value: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unfair(name: str) -> Scale:
        scale = load_scale(name)
        if name != "toy":
            return scale
        family = scale.families["conditional_gan"]
        models = {**family.models, model: {**family.models[model], argument: value}}
        return replace(scale, families={**scale.families, "conditional_gan": replace(family, models=models)})

    assert "scale 'toy'" not in findings(find_table("3.4"))
    monkeypatch.setattr(linted_table, "load_scale", unfair)
    found = findings(find_table("3.4"))
    assert said in found and "change conditional_gan/scales/toy.yaml" in found


def test_margins_are_below_what_they_are_margins_of(tmp_path: Path) -> None:
    column = "metric: fid, stand_in: fd_effnetlite0"
    wide = load_table(write_table(tmp_path, TEXT.replace(column, f"{column}, margin: 1e6")))
    assert "column fid: the margin 1e+06 is not below the largest printed value, 27.32" in findings(wide)
    claim = TEXT + "  - {text: near, expect: full.fid = paper +- 23.07}\n"
    assert "the margin is not below the value" in findings(load_table(write_table(tmp_path, claim)))
    fair = TEXT.replace(column, f"{column}, margin: 1.0") + "  - {text: near, expect: full.fid = paper +- 1}\n"
    assert "margin" not in findings(load_table(write_table(tmp_path, fair)))


def test_settings_of_the_machine_in_a_row_are_refused(tmp_path: Path) -> None:
    for key, value in (("data.cache_dir", "x"), ("data.workers", 2), ("trainer.accelerator", "gpu")):
        with pytest.raises(
            TableError, match=rf"texture\.{key}: is a setting of the machine, which is in no key; remove"
        ):
            small_plan(tmp_path, TEXT.replace("texture.model.attention: false", f"texture.{key}: {value}"))


def test_a_file_with_a_cache_of_its_own_is_another_protocol(tmp_path: Path) -> None:
    path = write_table(tmp_path, TEXT.replace("texture.model.attention: false", "test.config: cached.yaml"))
    (path.parent / "cached.yaml").write_text("evaluation: {cache_dir: elsewhere}\n")
    assert "plain: section 'evaluation' is {'cache_dir': 'elsewhere'}, that of full empty" in findings(load_table(path))


def test_a_claim_about_one_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="compares a cell with itself; name two rows"):
        load_table(write_table(tmp_path, TEXT.replace("full.fid < plain.fid", "full.fid < full.fid")))


CURVES = "figures:\n  - {{id: f, kind: curves, where: F 1, title: Losses, stage: texture, losses: [{}], rows: [full]}}"
PANELS = "figures:\n  - {{id: f, panel: {}, where: F 1, title: Images}}\nclaims:"
TIME = "  - {id: t, label: time, time: generators}\nstages:"
UNKNOWN = [
    ("stand_in: fd_effnetlite0", "stand_in: fdd", "column fid: no test measures 'fdd'; metrics: "),
    (
        "claims:",
        CURVES.format("L_advv") + "\nclaims:",
        "figure f: no model of stage 'texture' has a loss 'L_advv', did you mean 'L_adv",
    ),
    (
        "claims:",
        PANELS.format("diversityy"),
        "figure f: the tests write no panel 'diversityy', did you mean 'diversity'?",
    ),
    ("stages:", TIME, "column t: no row's model has a network 'generators' with `example_inputs`"),
]


@pytest.mark.parametrize(("before", "after", "said"), UNKNOWN)
@pytest.mark.parametrize("command", ["plan", "ablate", "lint"])
def test_unknown_names_are_refused_everywhere(
    before: str, after: str, said: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    table = load_table(write_table(tmp_path, TEXT.replace(before, after, 1)))
    if command == "lint":
        assert said in findings(table)
        return
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plan_options, "find_table", lambda name: table)
    assert cli.main([command, "--table", "small", "--scale", "ci"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {table.path}: {said}")
    assert not (tmp_path / "data").exists()  # refused before data are generated


def test_known_names_need_no_torch(tmp_path: Path) -> None:
    text = TEXT.replace("claims:", CURVES.format("L_adv_I, L_D") + "\nclaims:", 1)
    path = write_table(tmp_path, text)
    code = (
        "import sys; from pathlib import Path; from ablations.lint.names import require_names\n"
        "from ablations.tables.schema import load_table\n"
        f"require_names(load_table(Path({str(path)!r})), quick=True); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ABLATIONS.parent)


@pytest.mark.parametrize("table", ["3.4", "4-1", "fig3.5"])
def test_tables_that_ship_have_known_names(table: str) -> None:
    require_names(find_table(table), quick=True)
    require_names(find_table(table))
