"""The checklist of what has run, on run folders written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.small_table import TEXT, small_plan

from ablations.lint import RUN_CHECKS, lint_runs
from ablations.planning.expand import StageRun
from ablations.planning.folder import describe
from ablations.planning.plan import Plan
from ablations.tables.checks import Check

PROTOCOL = {"generated": 8, "features": "effnetlite0", "fd_effnetlite0_floor": 3.0, "kid": {"subsets": 10}}


def finish(run: StageRun, **changed: Any) -> None:
    """What a done run leaves, with some of it changed."""
    describe(run)
    metrics: dict[str, Any] = {"kind": run.kind}
    if run.kind == "test":
        metrics["protocol"] = {**PROTOCOL, **changed.get("protocol", {})}
        metrics["protocol_fields"] = changed.get("fields", ["generated", "real", "kid"])
    run.kept = True  # of another time: a current result has the data and the code of its key
    key = json.loads((run.folder / "key.json").read_text())
    key |= {"data": changed.get("data", "fingerprint-1"), "code": {"module": "abc", **changed.get("code", {})}}
    provenance = {"packages": {"torch": "2.0", **changed.get("packages", {})}}
    for name, content in (("metrics.json", metrics), ("key.json", key), ("provenance.json", provenance)):
        (run.folder / name).write_text(json.dumps(content))


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    plan = small_plan(tmp_path, seeds=2)
    for run in plan.stages:
        finish(run)
    return plan


def run_of(plan: Plan, row: str, stage: str, seed: int = 0) -> StageRun:
    return next(r for r in plan.rows if r.row.id == row).seeds[seed][stage]


def faults(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {check.id: check.findings for check in lint_runs(plan) if check.status == "fail"}


def test_equal_runs_pass(plan: Plan) -> None:
    assert lint_runs(plan) == [Check(name, text, "pass") for name, text in RUN_CHECKS.items()]


def test_runs_of_two_data_sets_saw_other_files(plan: Plan) -> None:
    for run in plan.stages:
        if run.stage == "shape":
            run.config["data"]["class_path"] = "datamodules.Other"
            finish(run, data="fingerprint-2")
    assert faults(plan) == {}


def test_two_test_stages_may_measure_in_two_ways(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, TEXT.replace("rows:\n", "  more: {test: texture}\nrows:\n", 1))
    for run in plan.stages:
        finish(run, protocol={"generated": 80} if run.stage == "more" else {})
    assert faults(plan) == {}
    finish(run_of(plan, "plain", "more", 0), protocol={"generated": 81})
    assert list(faults(plan)) == ["same-protocol"]


def test_nothing_has_run(tmp_path: Path) -> None:
    assert lint_runs(small_plan(tmp_path)) == []  # nothing passes that nothing was looked at for


@pytest.mark.parametrize(
    ("changed", "check", "message"),
    [({"data": "fingerprint-2"}, "same-data",
      "w/o Attention: test, seed 1: read data fingerprint-2; most runs fingerprint-1"),
     ({"protocol": {"generated": 9}}, "same-protocol",
      "w/o Attention: test, seed 1: was measured with generated: 9; most runs generated: 8"),
     ({"protocol": {"kid": {"subsets": 5}}}, "same-protocol",
      'w/o Attention: test, seed 1: was measured with kid: {"subsets": 5}; most runs kid: {"subsets": 10}'),
     ({"packages": {"torch": "1.0"}}, "same-versions",
      "w/o Attention: test, seed 1: ran with torch 1.0; most runs torch 2.0"),
     ({"code": {"module": "abd"}}, "same-versions",
      "w/o Attention: test, seed 1: ran module abd; most runs module abc")],
)  # fmt: skip
def test_a_run_that_is_unlike_the_others_is_found(
    changed: dict[str, Any], check: str, message: str, plan: Plan
) -> None:
    finish(run_of(plan, "plain", "test", 1), **changed)
    found = faults(plan)
    assert list(found) == [check]
    assert found[check] == (f"{message}: refresh it, or run all stages again",)


def test_what_is_measured_on_the_way_is_no_protocol(plan: Plan) -> None:
    finish(run_of(plan, "plain", "test"), protocol={"fd_effnetlite0_floor": 4.0, "failed": {"ssim": "no"}})
    assert faults(plan) == {}


def test_a_row_with_fewer_seeds_is_found(plan: Plan) -> None:
    (run_of(plan, "plain", "test", 0).folder / "metrics.json").unlink()
    assert faults(plan)["same-seeds"] == ("plain: has seeds 1, others 0, 1; run the table again to complete it",)


def test_runs_without_records_are_no_fault(plan: Plan) -> None:
    run = run_of(plan, "plain", "test")
    run.kept = False
    (run.folder / "key.json").unlink()
    (run.folder / "provenance.json").unlink()
    assert faults(plan) == {}
