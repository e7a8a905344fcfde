"""The fairness checklist: fair tables pass, and each fault planted in one is found, until it is taken out again."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_table import write_table

from ablations.lint import CHECKS, lint, linted_table
from ablations.resolving.parameters import paper_counts
from ablations.tables.checks import Check
from ablations.tables.schema import find_table, load_table, table_files
from common.errors import TableError
from lightning_modules.fashion_completion import WeNTexture

FAIR = """\
id: small
title: A fair table
paper: {key: nobody-2031, where: Table 1}
columns:
  - {id: fid, label: FID, better: lower, metric: fid, stand_in: fd_effnetlite0}
  - {id: params_G, label: G, parameters: generator}
  - {id: params_D, label: D, parameters: discriminator}
stages:
  shape: {fit: shape.yaml}
  texture: {fit: texture.yaml}
  test: {test: texture, needs: {shape_checkpoint: shape}}
rows:
  - id: full
    label: full
    paper: {fid: 23.07, params_G: 300, params_D: 50}
  - id: other
    label: another model
    paper: {fid: 30.0, params_G: 900, params_D: /}
    baseline: true
    set: {texture.config: finet_texture.yaml}
  - id: plain
    label: w/o attention
    paper: {fid: 27.32, params_G: 200, params_D: 40}
    factor: [texture.model.attention]
    set: {texture.model.attention: false}
  - id: alone
    label: w/o GAN
    paper: {fid: 24.28, params_G: 280, params_D: /}
    factor: [texture.model.adversarial]
    set: {texture.model.adversarial: false, texture.model.output_scales: 1}
    controlled:
      set: {texture.model.adversarial: false}
      parameters_differ: there is no D
matrix:
  texture.model.kl_weight: [2, 20]
claims:
  - {text: attention helps, expect: full.fid < plain.fid}
  - {text: it is small, expect: full.params_G < other.params_G}
"""
COUNTS = {
    "full": (300, 50), "other": (900, None), "plain": (200, 40), "alone": (280, None), "alone-controlled": (300, None),
    "kl_weight-2": (300, 50), "kl_weight-20": (300, 50),
}  # fmt: skip
PLAIN = "set: {texture.model.attention: false}"


def checks(folder: Path, text: str = FAIR, **counts: tuple[int | None, int | None]) -> dict[str, Check]:
    """The checklist of a table, with counts (G, D) in place of real networks'."""
    table = load_table(write_table(folder, text))
    names = ("generator", "discriminator")
    known = {
        row: {name: {"paper": count, "live": 1} for name, count in zip(names, pair, strict=True) if count is not None}
        for row, pair in {**COUNTS, **counts}.items()
    }
    return {check.id: check for check in lint(table, known)}


def failed(found: dict[str, Check]) -> dict[str, tuple[str, ...]]:
    return {name: check.findings for name, check in found.items() if check.status == "fail"}


def test_a_fair_table_passes(tmp_path: Path) -> None:
    found = checks(tmp_path)
    assert failed(found) == {}
    assert list(found) == list(CHECKS)
    assert found["declared-keys"].findings == (
        "alone: as printed it also changes texture.model.output_scales; alone-controlled does not",
    )
    assert found["parameters"].findings == ("alone-controlled: there is no D",)
    assert found["claims"].findings == ("no claim is about alone",)


@pytest.mark.parametrize("table_id", sorted(table_files()))
def test_every_table_that_ships_is_fair(table_id: str) -> None:
    table = find_table(table_id)
    assert failed({check.id: check for check in lint(table, paper_counts(table))}) == {}


#: What is planted in the fair table: the right text, the wrong one, the check that must fail, and what it says.
PANEL = "figures:\n  - {{id: f, panel: {}, where: Figure 1, title: Outputs{}}}\nclaims:"
FAULTS = {
    "a key besides the factor": (
        PLAIN, "set: {texture.model.attention: false, texture.model.learning_rate: 0.01}", "declared-keys",
        "plain: also changes texture.model.learning_rate (",
    ),
    "a confounded row without a controlled version": (
        "    controlled:\n      set: {texture.model.adversarial: false}\n      parameters_differ: there is no D\n", "",
        "declared-keys",
        "alone: also changes texture.model.output_scales (4 -> 1); add it to 'factor' if the row is about it; "
        "otherwise remove it, or add a 'controlled' version without it",
    ),
    "a controlled version that controls nothing": (
        "      set: {texture.model.adversarial: false}",
        "      set: {texture.model.adversarial: false, texture.model.output_scales: 1}",
        "declared-keys", "alone-controlled: also changes texture.model.output_scales",
    ),
    "a factor that changes nothing": (
        PLAIN, "set: {texture.model.attention: true}", "declared-keys",
        "plain: texture.model.attention is declared but changes nothing; set it, or remove it",
    ),
    "a factor that changes something at some scales only": (
        "factor: [texture.model.attention]\n    " + PLAIN,
        "factor: [texture.model.levels]\n    set: {texture.model.levels: 4}", "declared-keys",
        "plain: texture.model.levels is declared but has an effect only at paper and small scale; set another",
    ),
    "a key besides the factor at some scales": (
        PLAIN, "set: {texture.model.attention: false, texture.model.levels: 4}", "declared-keys",
        "plain: also changes texture.model.levels (5 -> 4) at paper and small scale",
    ),
    "a row that does not say what it is about": (
        "    factor: [texture.model.attention]\n", "", "declared-keys",
        "plain: has no 'factor'; list the keys that the row is about (it changes texture.model.attention)",
    ),
    "a dropped stage that is not declared": (
        PLAIN, PLAIN + "\n    drop: [shape]", "declared-keys", "plain: also changes shape (trained -> dropped)",
    ),
    "a longer training": (
        PLAIN, "set: {texture.model.attention: false, texture.model.max_iterations: 9}", "budget",
        "plain: texture.model.max_iterations (",
    ),
    "a longer training of a baseline": (
        "set: {texture.config: finet_texture.yaml}",
        "set: {texture.config: finet_texture.yaml, texture.model.max_iterations: 9}", "budget",
        "other: texture.model.max_iterations (",
    ),
    "larger batches": (
        PLAIN, "set: {texture.model.attention: false, texture.data.batch_size: 2}", "budget",
        "plain: texture.data.batch_size (",
    ),
    "a training cut short by the trainer": (
        PLAIN, "set: {texture.model.attention: false, texture.trainer.limit_train_batches: 5}", "budget",
        "plain: texture.trainer.limit_train_batches (none -> 5) differs from full; give it the base row's budget",
    ),
    "other training data": (
        PLAIN, "set: {texture.model.attention: false, texture.data.min_garments: 2}", "data",
        "plain: texture.data.min_garments (3 -> 2) differs from full; train on the base row's data",
    ),
    "other training data of a baseline": (
        "set: {texture.config: finet_texture.yaml}",
        "set: {texture.config: finet_texture.yaml, texture.data.target_fill: 1}", "data",
        "other: texture.data.target_fill (0.0 -> 1.0)",
    ),
    "an easier test": (
        PLAIN, "set: {texture.model.attention: false, test.data.test_count: 5}", "protocol",
        "plain: test.data.test_count (",
    ),
    "a shorter test by way of the training's trainer": (
        "texture.model.output_scales: 1}", "texture.model.output_scales: 1, texture.trainer.limit_test_batches: 1}",
        "protocol", "alone: texture.trainer.limit_test_batches (none -> 1) differs from full; test every row in",
    ),
    "a baseline tested in another precision": (
        "set: {texture.config: finet_texture.yaml}",
        "set: {texture.config: finet_texture.yaml, texture.trainer.precision: bf16-mixed}",
        "protocol", "other: texture.trainer.precision (none -> bf16-mixed) differs from full; test every",
    ),
    "weights chosen on fewer validation images": (
        "texture.model.output_scales: 1}", "texture.model.output_scales: 1, texture.trainer.limit_val_batches: 1}",
        "selection", "alone: texture.trainer.limit_val_batches (none -> 1) differs from full; use the same",
    ),
    "weights chosen by another rule": (
        PLAIN, "set: {texture.model.attention: false, texture.checkpoint.select: best}", "selection",
        "plain: texture.checkpoint.select (last -> best) differs from full; use the same selection rule for every row",
    ),
    "weights chosen on test data": (
        PLAIN, "set: {texture.model.attention: false, texture.checkpoint.select: best}", "selection",
        "plain: select: best needs texture.data.validation_count greater than 0: test data must not select weights",
    ),
    "a rule without a metric": (
        PLAIN, "set: {texture.model.attention: false, texture.checkpoint.select: best}", "selection",
        "plain: select: best needs texture.checkpoint.metric",
    ),
    "a seed of its own": (
        PLAIN, "set: {texture.model.attention: false, texture.data.split_seed: 3}", "seeds",
        "plain: texture.data.split_seed (0 -> 3) differs from full; use the base row's value",
    ),
    "a size that nobody explains": (
        "      parameters_differ: there is no D\n", "", "parameters",
        "alone-controlled: discriminator has no parameters, that of full 50; make them equal, or give the reason in "
        "'parameters_differ'",
    ),
    "a printed size that is not what was built": (
        "params_G: 200", "params_G: 210", "parameters",
        "plain: generator has 200 parameters, that of full 300, and the paper prints 210; build the printed",
    ),
    "an explanation of nothing": (
        PLAIN + "\n", PLAIN + "\n    parameters_differ: no reason\n    base: plain-too\n"
        "  - id: plain-too\n    label: w/o attention too\n    factor: [texture.model.attention]\n"
        "    set: {texture.model.attention: false}\n",
        "parameters", "plain: 'parameters_differ' is given, but all counts equal those of plain-too; remove it",
    ),
    "a metric that nothing measures": (
        "metric: fid,", "metric: fit,", "cells", "column fid: no test measures 'fit'; metrics: fid, kid",
    ),
    "a direction that is not the metric's": (
        "better: lower,", "better: higher,", "cells",
        "column fid: 'better' is higher, for fid it must be lower",
    ),
    "a panel that no test leaves": (
        "claims:", PANEL.format("[samples, diversty]", ""), "cells",
        "figure f: the tests write no panel 'diversty', did you mean 'diversity'?",
    ),
    "a panel that no training leaves": (
        "claims:", PANEL.format("samples", ", stage: texture"), "cells",
        "figure f: the trainings of texture write no panel 'samples', nothing is allowed here",
    ),
    "a network that no model has": (
        "parameters: generator}", "parameters: generatr}", "cells",
        "column params_G: no row's model has a network 'generatr'",
    ),
    "a printed count without a network": (
        "params_G: 280, params_D: /", "params_G: 280, params_D: 50", "cells",
        "alone.params_D: the paper prints 50, but the model has no discriminator",
    ),
    "a slash where there is a network": (
        "params_G: 200, params_D: 40", "params_G: 200, params_D: /", "cells",
        "plain.params_D: the paper prints '/', but the model has a discriminator of 40 parameters",
    ),
    "a claim on a cell that is empty": (
        "full.params_G < other.params_G", "full.params_D < other.params_D", "claims",
        "claim 'full.params_D < other.params_D': other has no discriminator to count; name another row",
    ),
    "a claim on an unfair row": (
        PLAIN, "set: {texture.model.attention: false, texture.model.max_iterations: 9}", "claims",
        "claim 'full.fid < plain.fid': row plain has a fault; fix that row first",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, tmp_path: Path) -> None:
    right, wrong, check, message = FAULTS[name]
    assert FAIR.count(right) >= 1
    assert check not in failed(checks(tmp_path / "fair"))  # without the fault it passes
    counts = {"plain-too": COUNTS["plain"]} if "plain-too" in wrong else {}
    findings = failed(checks(tmp_path / "unfair", FAIR.replace(right, wrong, 1), **counts)).get(check, ())
    assert any(finding.startswith(message) for finding in findings), findings


def test_panels_of_tests_and_of_trainings_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cells" not in failed(checks(tmp_path, FAIR.replace("claims:", PANEL.format("[samples, diversity]", ""))))
    monkeypatch.setattr(WeNTexture, "training_panels", ("weights",))
    assert "cells" not in failed(checks(tmp_path, FAIR.replace("claims:", PANEL.format("weights", ", stage: texture"))))


def test_what_a_row_is_about_may_be_its_budget_or_its_data(tmp_path: Path) -> None:
    text = FAIR.replace(
        "texture.model.kl_weight: [2, 20]", "texture.data.min_garments: [2]\n  texture.data.batch_size: [2]"
    )
    found = checks(tmp_path, text, **{"min_garments-2-batch_size-2": (300, 50)})
    assert failed(found) == {}
    assert found["data"].findings == ("min_garments-2-batch_size-2: is about texture.data.min_garments (3 -> 2)",)
    assert found["budget"].findings[0].startswith("min_garments-2-batch_size-2: is about texture.data.batch_size (")


def test_a_rule_that_all_rows_follow_on_held_out_data_passes(tmp_path: Path) -> None:
    family = write_table(tmp_path, FAIR).parent
    rule = "checkpoint: {select: best, metric: psnr, validate_every: 10}\n"
    for name in ("texture.yaml", "finet_texture.yaml"):
        path = family / name
        path.write_text(path.read_text().replace("{root: ", "{validation_count: 4, root: ") + rule)
    table = load_table(family / "table_small.yaml")
    counts = {row: {"generator": {"paper": 1, "live": 1}} for row in COUNTS}
    selection = next(check for check in lint(table, counts) if check.id == "selection")
    assert (selection.status, selection.findings) == ("pass", ())
    path.write_text(path.read_text().replace("validation_count: 4", "validation_count: 0"))
    found = {check.id: check.findings for check in lint(table, counts) if check.status == "fail"}
    assert any(
        finding.startswith("other: select: best needs texture.data.validation_count") for finding in found["selection"]
    )
    assert any(finding.startswith("other: texture.data.validation_count (4 -> 0)") for finding in found["data"])


CHAINED = FAIR.replace("texture: {fit: texture.yaml}", "texture: {fit: texture.yaml, needs: {shape_checkpoint: shape}}")
FEED = "texture.needs.shape_checkpoint"
ATTENTION = f"factor: [texture.model.attention]\n    {PLAIN}"


def test_what_feeds_a_stage_is_declared_like_a_setting(tmp_path: Path) -> None:
    fed = CHAINED.replace(ATTENTION, f"factor: [{FEED}]\n    set: {{{FEED}: null}}")
    assert failed(checks(tmp_path, fed)) == {}
    hidden = CHAINED.replace(PLAIN, f"set: {{texture.model.attention: false, {FEED}: null}}")
    assert failed(checks(tmp_path, hidden))["declared-keys"] == (
        f"plain: also changes {FEED} (shape -> none); add it to 'factor' if the row is about it; otherwise remove "
        "it, or add a 'controlled' version without it",
    )
    idle = CHAINED.replace(ATTENTION, f"factor: [{FEED}]\n    set: {{{FEED}: shape}}")
    assert failed(checks(tmp_path, idle))["declared-keys"] == (
        f"plain: {FEED} is declared but changes nothing; set it, or remove it",
    )


def test_a_dropped_stage_feeds_nothing_and_that_is_said_once(tmp_path: Path) -> None:
    dropped = CHAINED.replace(ATTENTION, f"factor: [shape]\n    set: {{{FEED}: null}}\n    drop: [shape]")
    assert failed(checks(tmp_path, dropped)) == {}


def test_what_judges_a_test_is_its_protocol(tmp_path: Path) -> None:
    judge = "test.needs.evaluation.recogniser_checkpoint"
    other = FAIR.replace(PLAIN, f"set: {{texture.model.attention: false, {judge}: shape}}")
    assert failed(checks(tmp_path, other))["protocol"] == (
        f"plain: {judge} (none -> shape) differs from full; test every row in the same way, or make it the "
        "row's 'factor'",
    )


def test_rows_may_differ_in_what_is_tested_of_one_training(tmp_path: Path) -> None:
    key = "test.model.two_stage"
    found = checks(tmp_path, FAIR.replace(ATTENTION, f"factor: [{key}]\n    set: {{{key}: false}}"))
    assert failed(found) == {}
    assert found["protocol"].findings == (f"plain: is about {key} (true -> false)",)


def test_rows_judged_by_other_settings_are_found(tmp_path: Path) -> None:
    path = write_table(tmp_path, FAIR)
    config = path.parent / "finet_texture.yaml"
    config.write_text(config.read_text() + "evaluation: {samples: 3}\n")
    found = next(check for check in lint(load_table(path), {}) if check.id == "protocol")
    assert found.findings == (
        "other: section 'evaluation' is {'samples': 3}, that of full empty; make the configuration files agree",
    )


def test_a_reason_or_a_misprint_explains_a_size_that_is_not_the_printed_one(tmp_path: Path) -> None:
    other = FAIR.replace("params_G: 200", "params_G: 210")
    reason = other.replace(PLAIN, f"{PLAIN}\n    parameters_differ: the paper counts its classifier too")
    assert failed(checks(tmp_path / "reason", reason)) == {}
    slip = other.replace(PLAIN, PLAIN + "\n    misprints: {params_G: {printed: 210, computed: 200, note: a slip}}")
    assert failed(checks(tmp_path / "slip", slip)) == {}


def test_a_family_that_no_scale_knows_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linted_table, "scale_names", list)
    with pytest.raises(TableError, match=r"fashion_completion has no scales; write .*paper\.yaml"):
        checks(tmp_path)
