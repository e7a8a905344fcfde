"""Time left: from finished stages of the kind, from running ones, and honestly unknown without either."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.chain_table import chain_plan
from support.small_table import small_plan

from ablations.planning.estimate import clock, read_progress, remaining, seconds_per_unit, stage_seconds
from ablations.planning.expand import StageRun
from ablations.planning.folder import describe


def took(run: StageRun, seconds: float) -> StageRun:
    describe(run)
    (run.folder / "provenance.json").write_text(json.dumps({"seconds": seconds}))
    return run


def at(run: StageRun, iteration: int, seconds: float) -> StageRun:
    describe(run)
    content = {"iteration": iteration, "max_iterations": 3, "seconds": seconds}
    (run.folder / "progress.json").write_text(json.dumps(content))
    return run


def test_time_left_from_finished_and_running_stages(tmp_path: Path) -> None:
    shape, texture, test, texture_2, test_2, *_ = small_plan(tmp_path).stages
    assert [run.stage for run in (shape, texture, test, texture_2, test_2)] == [
        "shape", "texture", "test", "texture", "test",
    ]  # fmt: skip
    done = [took(shape, 9.0), took(texture, 30.0), took(test, 4.0)]
    rates = seconds_per_unit(done)
    fit, test_kind = ("WeNTexture", "fit", "ci"), ("WeNTexture", "test", "ci")
    assert rates == {("WeNShape", "fit", "ci"): 3.0, fit: 10.0, test_kind: 4.0}
    assert remaining([texture_2, test_2], [], rates, jobs=1) == 34.0
    assert remaining([texture_2, test_2], [], rates, jobs=2) == 34.0  # the test waits for what it tests
    assert remaining([texture_2, texture], [], rates, jobs=2) == 30.0  # these need not wait for each other
    # at 8 s an iteration, two of three are left: its own speed counts, not the finished ones'
    assert remaining([test_2], [at(texture_2, 1, 8.0)], rates, jobs=1) == 20.0
    # what this call measured counts before what earlier ones did, and that before what runs
    before = {fit: 1.0, test_kind: 2.0}
    assert seconds_per_unit([texture], [at(texture_2, 1, 8.0)], before) == {fit: 10.0, test_kind: 2.0}
    assert seconds_per_unit([], [at(texture_2, 1, 8.0)], before) == before


def test_a_chain_takes_as_long_as_its_links(tmp_path: Path) -> None:
    stages = chain_plan(tmp_path).stages[:4]
    assert [run.stage for run in stages] == ["shape", "texture", "last", "test"]
    rates = {(name, "fit", "ci"): 1.0 for name in ("WeNShape", "WeNTexture", "FiNetTexture")}
    rates[("FiNetTexture", "test", "ci")] = 5.0
    assert remaining(stages, [], rates, jobs=8) == 3 * 3.0 + 5.0
    assert remaining(stages[2:], [at(stages[1], 1, 8.0)], rates, jobs=8) == 2 * 8.0 + 3.0 + 5.0


def test_without_any_stage_the_time_is_not_known(tmp_path: Path) -> None:
    shape, texture, test, *_ = small_plan(tmp_path).stages
    assert remaining([shape, texture, test], [], {}, jobs=1) is None
    assert stage_seconds(shape, {}) is None
    # another model's training stands in for one that has not run; for a test nothing does
    running = at(texture, 1, 2.0)
    assert remaining([shape, test], [running], seconds_per_unit([], [running]), jobs=1) == 3 * 2.0 + 2 * 2.0
    # what a run takes at another scale says nothing
    assert stage_seconds(shape, {("WeNShape", "fit", "paper"): 3.0}) is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"iteration": 1}', '{"iteration": "x", "max_iterations": 3, "seconds": 1}']
)
def test_a_broken_progress_file_is_none(content: str, tmp_path: Path) -> None:
    run = small_plan(tmp_path).stages[0]
    describe(run)
    (run.folder / "progress.json").write_text(content)
    assert read_progress(run) is None


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (7, "0:07"), (754, "12:34"), (3723, "1:02:03")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text
