"""From run folders to the table's result, with run folders written by hand."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from support.chain_table import chain_plan
from support.finished_runs import finish_row
from support.small_table import CHOICE, DATA, TEXT, small_plan

from ablations.planning.data import TableData
from ablations.planning.folder import describe
from ablations.planning.plan import Plan
from ablations.resolving.deviations import deviations
from ablations.results.collect import collect
from ablations.results.table_result import TableResult
from lightning_modules.panels import Grid, write_panels

COUNTS = {"full": {"generator": {"paper": 3_050_562, "live": 2_848_768}}}


def command(seeds: int) -> str:
    return f"make ablate TABLE=small SEEDS={seeds}"


def given(synthetic: bool) -> TableData:
    return TableData({"DeepFashion": replace(CHOICE, synthetic=synthetic)})


def collected(plan: Plan) -> TableResult:
    return collect(plan, COUNTS, command)


def test_nothing_has_run(tmp_path: Path) -> None:
    result = collected(small_plan(tmp_path))
    full = result.row("full")
    assert (full.status, full.seeds, full.cell("fid").values) == ("missing", [], [])
    assert full.reason == "not run yet: shape, seed 0; texture, seed 0; test, seed 0"
    assert full.cell("fid").printed == "23.07"
    assert [(claim.verdict, claim.reason) for claim in result.claims] == [("undecided", "full has not run yet")]
    assert (result.command, result.seconds_once, result.seconds_apart) == (command(1), None, None)
    assert (result.scale, result.synthetic, result.data_label) == ("ci", True, DATA.label)


def test_a_row_has_what_its_stages_left(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, seeds=2)
    finish_row(plan, "full", fd_effnetlite0=[40.0, 44.0], ssim=[0.5, None])
    full = collected(plan).row("full")
    assert (full.status, full.seeds, full.headline) == ("done", [0, 1], "predicted_parsing")
    assert full.cell("fid").values == [40.0, 44.0]
    assert full.cell("fid").metric == "fd_effnetlite0"
    assert full.metrics["ssim"][0] == 0.5
    assert math.isnan(full.metrics["ssim"][1])
    assert full.variants["predicted_parsing"]["fd_effnetlite0"] == [40.0, 44.0]
    assert full.variants["ground_truth_parsing"]["fd_effnetlite0"] == [1.0, 1.0]
    assert full.protocol == {"generated": 8}
    assert full.seconds == 60.0  # 2 seeds, 3 stages, 10 s each
    assert set(full.histories) == {"shape", "texture"}
    assert full.provenance["texture"]["code"] == {"commit": "abc"}
    assert full.stage_metrics["shape"]["losses"] == {"L": 0.5}
    first = next(r for r in plan.rows if r.row.id == "full").seeds[0]
    assert full.commands == [f"python cli.py {run.kind} --config {run.folder}/config.yaml" for run in first.values()]


def test_half_the_seeds_are_shown_and_the_row_is_not_done(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, seeds=2)
    finish_row(plan, "full", fd_effnetlite0=[40.0, 44.0])
    test = next(r for r in plan.rows if r.row.id == "full").seeds[0]["test"]
    (test.folder / "metrics.json").unlink()
    full = collected(plan).row("full")
    assert (full.status, full.seeds, full.cell("fid").values) == ("missing", [1], [44.0])
    assert full.reason == "not run yet: test, seed 0"


def test_a_failed_stage_fails_the_rows_that_need_it(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    shape = next(r for r in plan.rows if r.row.id == "full").seeds[0]["shape"]
    describe(shape)
    (shape.folder / "failed.json").write_text('{"reason": "out of disk"}')
    result = collected(plan)
    assert [row.status for row in result.rows] == ["failed", "failed", "missing"]
    assert result.row("plain").reason == "shape, seed 0: out of disk"


def test_samples_are_the_panel_of_the_first_seed_s_test(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    finish_row(plan, "full", fd_effnetlite0=[40.0])
    assert collected(plan).row("full").samples is None
    folder = next(r for r in plan.rows if r.row.id == "full").seeds[0]["test"].folder / "samples"
    folder.mkdir()
    (folder / "000_input.png").touch()
    files = ((folder / "000_input.png", folder / "000_predicted_parsing.png"),)
    panel = Grid("samples", "t", "c", ("Input", "predicted_parsing"), files, shared=1)
    write_panels(folder, [panel, Grid("others", "t", "c", ("a",), ())])
    assert collected(plan).row("full").samples == replace(panel, files=((folder / "000_input.png", None),))
    (folder / "panels.json").write_text("{")
    assert collected(plan).row("full").samples is None
    assert collected(plan).row("plain").samples is None


def test_parameters_are_counted_whatever_has_run(tmp_path: Path) -> None:
    result = collected(small_plan(tmp_path))
    cell = result.row("full").cell("params_G")
    assert (cell.values, cell.paper, cell.metric, cell.comparable) == ([3_050_562.0], 3_050_600.0, "parameters", True)
    assert result.row("plain").cell("params_G").printed == "/"
    assert result.row("direct").cell("params_G").printed is None


@pytest.mark.parametrize(
    ("scale", "synthetic", "metric", "comparable"),
    [("paper", False, "fid", True), ("paper", True, "fid", False), ("toy", False, "fid", False),
     ("paper", False, "fd_effnetlite0", False)],
)  # fmt: skip
def test_only_the_paper_s_metric_on_real_data_at_its_scale_is_comparable(
    scale: str, synthetic: bool, metric: str, comparable: bool, tmp_path: Path
) -> None:
    plan = small_plan(tmp_path)
    finish_row(plan, "full", **{metric: [30.0], "ssim": [0.5]})
    plan = replace(plan, scale=replace(plan.scale, name=scale), data=given(synthetic))
    cell = collected(plan).row("full").cell("fid")
    assert (cell.values, cell.metric, cell.comparable) == ([30.0], metric, comparable)


def test_the_real_metric_goes_before_its_stand_in(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    finish_row(plan, "full", fd_effnetlite0=[99.0], fid=[30.0])
    assert collected(plan).row("full").cell("fid").values == [30.0]


def test_the_config_diff_is_against_the_base_row(tmp_path: Path) -> None:
    result = collected(small_plan(tmp_path))
    assert result.row("full").config_diff == []
    assert result.row("plain").config_diff == ["texture.model.attention: true -> false"]
    assert result.row("direct").config_diff == ["shape: dropped", "texture.model.two_stage: true -> false"]
    other = TEXT.replace("texture.model.attention: false", "texture.config: finet_texture.yaml")
    diff = collected(small_plan(tmp_path / "other", other)).row("plain").config_diff
    assert diff[0] == "texture.model: WeNTexture -> FiNetTexture"
    assert "texture.model.levels: 4 -> 6" in diff
    tested = TEXT.replace("attention: false}", "attention: false, test.data.test_count: 5}")
    diff = collected(small_plan(tmp_path / "tested", tested)).row("plain").config_diff
    assert diff == ["texture.model.attention: true -> false", "test.data.test_count: 8 -> 5"]


def test_what_feeds_a_stage_is_in_the_diff_by_name(tmp_path: Path) -> None:
    result = collect(chain_plan(tmp_path), {}, command)
    assert result.row("other").config_diff == ["last.needs.shape_checkpoint: texture -> shape"]
    assert result.row("without").config_diff == ["last.needs.shape_checkpoint: texture -> none"]


def test_a_claim_is_judged_over_paired_seeds(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, seeds=3)
    finish_row(plan, "full", fd_effnetlite0=[41.0, 39.0, 40.0])
    finish_row(plan, "plain", fd_effnetlite0=[45.0, 45.0, 45.0])
    result = collected(plan)
    (claim,) = result.claims
    assert (claim.verdict, claim.effect, claim.seeds) == ("supported", -5.0, (0, 1, 2))
    assert result.command == command(3)
    assert result.values == []  # no column of this table has a margin


def test_one_seed_supports_nothing_and_more_are_suggested(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    for row in ("full", "plain", "direct"):
        finish_row(plan, row, fd_effnetlite0=[30.0 if row == "full" else 60.0])
    result = collected(plan)
    (claim,) = result.claims
    assert (claim.verdict, claim.effect, claim.interval) == ("undecided", -30.0, None)
    assert claim.suggestion is not None
    # 7 different runs a seed (the shape stage is shared), 10 s each, for two seeds more
    assert (claim.suggestion.seeds, claim.suggestion.seconds) == (3, 140.0)
    assert claim.suggestion.command == command(3)
    assert (result.seconds_once, result.seconds_apart) == (70.0, 80.0)


def test_a_printed_value_is_judged_where_it_is_comparable(tmp_path: Path) -> None:
    margin = TEXT.replace("stand_in: fd_effnetlite0", "stand_in: fd_effnetlite0, margin: 1.5")
    plan = small_plan(tmp_path, margin, seeds=2)
    finish_row(plan, "full", fid=[23.0, 23.1])
    assert collected(plan).values == []
    paper = replace(plan, scale=replace(plan.scale, name="paper"), data=given(synthetic=False))
    verdicts = {claim.claim.left.row: claim.verdict for claim in collected(paper).values}
    assert verdicts == {"full": "supported", "plain": "undecided", "direct": "undecided"}  # the others have not run


def test_done_seeds_keep_their_numbers_beside_one_that_failed(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, seeds=3)
    finish_row(plan, "full", fd_effnetlite0=[40.0, 44.0, 42.0])
    runs = next(r for r in plan.rows if r.row.id == "full").seeds[1]
    for name in ("texture", "test"):
        (runs[name].folder / "metrics.json").unlink()
    (runs["texture"].folder / "failed.json").write_text('{"reason": "L_D is not finite"}')
    full = collected(plan).row("full")
    assert (full.status, full.reason) == ("failed", "texture, seed 1: L_D is not finite")
    assert (full.seeds, full.cell("fid").values) == ([0, 2], [40.0, 42.0])
    assert [record.seed for record in full.records] == [0, 0, 0, 1, 2, 2, 2]
    assert full.seconds is None


def test_why_a_metric_is_undefined_is_kept_for_every_seed(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, seeds=3)
    finish_row(plan, "full", fd_effnetlite0=[40.0, None, None], ssim=[None, None, None])
    for seed, reason in ((1, "no root"), (2, "no root")):
        set_failed(plan, seed, {"fd_effnetlite0": reason, "ssim": "too small"})
    set_failed(plan, 0, {"ssim": "too small"})
    full = collected(plan).row("full")
    assert math.isnan(full.cell("fid").values[1])
    assert full.protocol == {
        "generated": 8, "failed": {"ssim": "too small", "fd_effnetlite0": "seeds 1, 2: no root"},
    }  # fmt: skip


def set_failed(plan: Plan, seed: int, reasons: dict[str, str]) -> None:
    path = next(r for r in plan.rows if r.row.id == "full").seeds[seed]["test"].folder / "metrics.json"
    content = json.loads(path.read_text())
    content["protocol"]["failed"] = reasons
    path.write_text(json.dumps(content))


def stale_plan(folder: Path) -> Plan:
    """A plan whose rows ran before the second was changed."""
    before = small_plan(folder)
    for row in ("full", "plain", "direct"):
        finish_row(before, row, fd_effnetlite0=[30.0 if row == "full" else 60.0])
    changed = TEXT.replace(
        "texture.model.attention: false", "texture.model.attention: false, texture.model.kl_weight: 2"
    )
    return small_plan(folder, changed)


def test_a_stale_row_has_no_numbers_and_says_what_changed(tmp_path: Path) -> None:
    plan = stale_plan(tmp_path)
    result = collected(plan)
    assert [row.status for row in result.rows] == ["done", "stale", "done"]
    plain = result.row("plain")
    assert (plain.seeds, plain.cell("fid").values) == ([], [])
    assert "kl_weight" in plain.reason
    assert plain.reason.count("kl_weight") == 1  # said once, although training and test are both out of date
    assert (result.claims[0].verdict, result.claims[0].reason) == (
        "undecided", f"w/o Attention is stale: {plain.reason}",
    )  # fmt: skip


def test_a_stale_row_that_is_kept_shows_its_numbers_and_supports_nothing(tmp_path: Path) -> None:
    plan = stale_plan(tmp_path)
    old = {run.key: plan.stale[run.key].record.content["key"] for run in plan.keep_stale()}
    plain = collected(plan).row("plain")
    assert (plain.status, plain.seeds, plain.cell("fid").values) == ("stale", [0], [60.0])
    assert {record.key for record in plain.records} >= set(old.values())
    assert collected(plan).claims[0].verdict == "undecided"


def test_a_row_that_failed_anew_says_so_rather_than_that_it_was_stale(tmp_path: Path) -> None:
    plan = stale_plan(tmp_path)
    texture = next(r for r in plan.rows if r.row.id == "plain").seeds[0]["texture"]
    describe(texture)
    (texture.folder / "failed.json").write_text('{"reason": "out of disk"}')
    assert collected(plan).row("plain").reason == "texture, seed 0: out of disk"


def test_every_run_has_its_record(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, seeds=2)
    finish_row(plan, "full", fd_effnetlite0=[40.0, 44.0])
    records = collected(plan).row("full").records
    assert [(one.stage, one.kind, one.seed) for one in records] == [
        ("shape", "fit", 0), ("texture", "fit", 0), ("test", "test", 0),
        ("shape", "fit", 1), ("texture", "fit", 1), ("test", "test", 1),
    ]  # fmt: skip
    shape, run = records[0], plan.rows[0].seeds[0]["shape"]
    assert (shape.key, shape.folder, shape.command, shape.seconds) == (run.key, run.folder, run.command, 10.0)
    assert shape.rows == ("full", "w/o Attention")
    assert shape.ingredients["data"] == "fingerprint-1"
    assert shape.metrics["losses"] == {"L": 0.5}
    assert shape.provenance["code"] == {"commit": "abc"}


def test_a_claim_does_not_compare_two_metrics(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    finish_row(plan, "full", fid=[30.0])
    finish_row(plan, "plain", fd_effnetlite0=[35.0])
    assert "these are different quantities" in collected(plan).claims[0].reason


def test_a_claim_on_counts_needs_no_run(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, TEXT.replace("full.fid < plain.fid", "full.params_G > plain.params_G"))
    counts = {**COUNTS, "plain": {"generator": {"paper": 2_567_232, "live": 1}}}
    (claim,) = collect(plan, counts, command).claims
    assert (claim.verdict, claim.exact) == ("supported", True)
    assert claim.reason == "counts are exact: 3,050,562 > 2,567,232"


def test_points_of_a_sweep_and_controlled_rows_are_rows(tmp_path: Path) -> None:
    text = TEXT.replace(
        "    drop: [shape]\n", "    drop: [shape]\n    factor: [texture.model.two_stage, shape]\n"
        "    controlled: {set: {texture.model.two_stage: false}, drop: [shape]}\n",
    ) + "matrix:\n  texture.model.kl_weight: [2, 20]\n"  # fmt: skip
    result = collected(small_plan(tmp_path, text))
    assert [row.row.version for row in result.rows] == ["", "", "as_printed", "controlled", "", ""]
    assert [row.row.point for row in result.rows[-2:]] == [
        {"texture.model.kl_weight": 2},
        {"texture.model.kl_weight": 20},
    ]
    assert all(row.status == "missing" for row in result.rows)


def test_checklist_and_deviations_are_in_it(tmp_path: Path) -> None:
    assert not {"same-data", "same-protocol"} & {check.id for check in collected(small_plan(tmp_path)).lint}
    finish_row(small_plan(tmp_path), "full", fd_effnetlite0=[40.0])
    result = collected(small_plan(tmp_path))
    assert {"declared-keys", "seeds", "same-data", "same-protocol"} <= {check.id for check in result.lint}
    assert result.deviations == deviations(result.table)
