"""From run folders to the table's result, with run folders written by hand."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.small_table import DATA, TEXT, small_plan

from ablations.collect import collect
from ablations.expand import StageRun
from ablations.folder import prepare
from ablations.plan import Plan
from ablations.results import TableResult

COUNTS = {"full": {"generator": {"paper": 3_050_562, "live": 2_848_768}}}


def finish(run: StageRun, metrics: dict[str, Any] | None = None, seconds: float | None = 10.0) -> None:
    """Writes what a done stage leaves."""
    prepare(run)
    if run.kind == "fit":
        content: dict[str, Any] = {"kind": "fit", "iterations": 3, "losses": {"L": 0.5}}
        (run.folder / "history.jsonl").write_text('{"iteration": 3, "L": 0.5}\n')
    else:
        variants = {"ground_truth_parsing": {"fd_effnetlite0": 1.0}}
        content = {"kind": "test", "headline": "predicted_parsing", "metrics": metrics, "variants": variants,
                   "protocol": {"generated": 8}}  # fmt: skip
    (run.folder / "metrics.json").write_text(json.dumps(content))
    (run.folder / "provenance.json").write_text(json.dumps({"seconds": seconds, "code": {"commit": "abc"}}))


def finish_row(plan: Plan, row: str, **by_metric: list[float | None]) -> None:
    """All stages of a row; one value a seed for each metric."""
    for seed, runs in next(r for r in plan.rows if r.row.id == row).seeds.items():
        for run in runs.values():
            finish(run, {name: values[seed] for name, values in by_metric.items()})


def collected(plan: Plan) -> TableResult:
    return collect(plan, COUNTS, "make ablate TABLE=small")


def test_nothing_has_run(tmp_path: Path) -> None:
    result = collected(small_plan(tmp_path))
    full = result.row("full")
    assert (full.status, full.seeds, full.cell("fid").values) == ("missing", [], [])
    assert full.reason == "not run yet: shape, seed 0; texture, seed 0; test, seed 0"
    assert full.cell("fid").printed == "23.07"
    assert result.claims[0].held is None
    assert result.claims[0].sentence() == "not measured"
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
    prepare(shape)
    (shape.folder / "failed.json").write_text('{"reason": "out of disk"}')
    result = collected(plan)
    assert [row.status for row in result.rows] == ["failed", "failed", "missing"]
    assert result.row("plain").reason == "shape, seed 0: out of disk"


def test_samples_are_grouped_by_picture(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    finish_row(plan, "full", fd_effnetlite0=[40.0])
    folder = next(r for r in plan.rows if r.row.id == "full").seeds[0]["test"].folder / "samples"
    folder.mkdir()
    for name in ("000_input", "000_truth", "000_predicted_parsing", "001_input", "iteration_000300"):
        (folder / f"{name}.png").touch()
    samples = collected(plan).row("full").samples
    assert [sorted(images) for images in samples] == [["input", "predicted_parsing", "truth"], ["input"]]
    assert samples[0]["predicted_parsing"] == folder / "000_predicted_parsing.png"


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
    plan = replace(plan, scale=replace(plan.scale, name=scale), data=replace(plan.data, synthetic=synthetic))
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


@pytest.mark.parametrize(
    ("mine", "theirs", "held", "sentence"),
    [([30.0], [35.0], True, "measured direction at 1 seed: held (fd_effnetlite0 30 < 35)"),
     ([35.0], [30.0], False, "measured direction at 1 seed: not held (fd_effnetlite0 35 > 30)"),
     ([30.0], [30.0], False, "measured direction at 1 seed: not held (fd_effnetlite0 30 = 30)"),
     ([30.0, 50.0], [35.0, 36.0], False, "measured direction at 2 seeds: not held (fd_effnetlite0 40 > 35.5)"),
     ([30.0, None], [35.0, 1.0], True, "measured direction at 1 seed: held (fd_effnetlite0 30 < 35)"),
     ([None], [35.0], None, "not measured")],
)  # fmt: skip
def test_a_claim_has_a_direction_over_paired_seeds(
    mine: list[float | None], theirs: list[float | None], held: bool | None, sentence: str, tmp_path: Path
) -> None:
    plan = small_plan(tmp_path, seeds=len(mine))
    finish_row(plan, "full", fd_effnetlite0=mine)
    finish_row(plan, "plain", fd_effnetlite0=theirs)
    (claim,) = collected(plan).claims
    assert (claim.held, claim.sentence()) == (held, sentence)


def test_a_claim_does_not_compare_two_metrics(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    finish_row(plan, "full", fid=[30.0])
    finish_row(plan, "plain", fd_effnetlite0=[35.0])
    assert collected(plan).claims[0].held is None


def test_a_claim_on_counts_needs_no_run(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, TEXT.replace("full.fid < plain.fid", "full.params_G > plain.params_G"))
    counts = {**COUNTS, "plain": {"generator": {"paper": 2_567_232, "live": 1}}}
    (claim,) = collect(plan, counts).claims
    assert (claim.held, claim.sentence()) == (True, "holds (3,050,562 and 2,567,232 parameters)")
