"""Out-of-date results: found, named with what has changed, refreshed or kept under a mark; and what runs have cost."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.small_table import CHOICE, TEXT, small_plan

from ablations.planning import run_registry as store
from ablations.planning.data import TableData
from ablations.planning.expand import StageRun
from ablations.planning.folder import describe, result, state
from ablations.planning.plan import Plan
from ablations.planning.run_registry import Costs, records
from ablations.resolving import keys


def finish(plan: Plan, seconds: float = 6.0) -> Plan:
    for run in plan.stages:
        finish_run(run, seconds)
    return plan


def finish_run(run: StageRun, seconds: float = 6.0, weights: str = "first") -> None:
    describe(run)
    (run.folder / "provenance.json").write_text(json.dumps({"seconds": seconds}))
    content: dict[str, Any] = {"kind": run.kind}
    if run.kind == "fit":
        content |= {"iterations": 3, "weights_sha256": f"{weights} {run.key}"}
        run.weights.parent.mkdir(exist_ok=True)
        run.weights.write_text("weights")
    else:
        used = {name: json.loads((need.folder / "metrics.json").read_text()) for name, need in run.needs.items()}
        content |= {"headline": "", "metrics": {}, "weights": {n: m["weights_sha256"] for n, m in used.items()}}
    (run.folder / "metrics.json").write_text(json.dumps(content))


def run_of(plan: Plan, row: str, stage: str) -> StageRun:
    return next(r for r in plan.rows if r.row.id == row).seeds[0][stage]


def stale(plan: Plan) -> dict[str, str]:
    return {f"{run.rows[0]}.{run.stage}": run.stale for run in plan.stages if run.stale}


def test_nothing_is_stale_at_first_nor_when_all_is_done(tmp_path: Path) -> None:
    assert stale(small_plan(tmp_path)) == {}
    finish(small_plan(tmp_path))
    plan = small_plan(tmp_path)
    assert stale(plan) == {}
    assert {state(run) for run in plan.stages} == {"done"}


def test_a_changed_configuration_is_named_in_what_it_reaches(tmp_path: Path) -> None:
    finish(small_plan(tmp_path))
    plan = small_plan(tmp_path, TEXT.replace("attention: false", "attention: false, texture.model.kl_weight: 5.0"))
    change = "model.kl_weight: 20.0 -> 5.0"
    assert stale(plan) == {"plain.texture": change, "plain.test": change}
    assert state(run_of(plan, "plain", "test")) == "stale"
    assert result(run_of(plan, "plain", "test")) is None  # nothing of it enters a table
    assert len(plan.missing()) == 2


def test_changed_code_is_named_by_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finish(small_plan(tmp_path))
    digests = keys.code_digests

    def changed(classes: list[str]) -> dict[str, str]:
        found = digests(classes)
        return {name: "new" if name.endswith("networks.wen") else digest for name, digest in found.items()}

    monkeypatch.setattr(keys, "code_digests", changed)
    plan = small_plan(tmp_path)
    assert set(stale(plan).values()) == {"code: lightning_modules.fashion_completion.networks.wen"}
    assert len(stale(plan)) == 7


def given(**changes: Any) -> TableData:
    return TableData({"DeepFashion": replace(CHOICE, **changes)})


def test_changed_data_are_named_and_other_data_are_something_else(tmp_path: Path) -> None:
    finish(small_plan(tmp_path))
    same_place = small_plan(tmp_path, data=given(fingerprint="fingerprint-2"))
    assert set(stale(same_place).values()) == {"data: the files of the data set"}
    elsewhere = small_plan(tmp_path, data=given(fingerprint="fingerprint-2", root=Path("data/other")))
    assert stale(elsewhere) == {}


def test_weights_that_were_trained_again_make_their_test_stale(tmp_path: Path) -> None:
    finish(small_plan(tmp_path))
    plan = small_plan(tmp_path)
    finish_run(run_of(plan, "plain", "texture"), weights="second")
    plan = small_plan(tmp_path)
    assert stale(plan) == {"plain.test": "its input weights were trained again"}
    assert plan.missing() == [run_of(plan, "plain", "test")]


def test_kept_results_stand_as_they_are(tmp_path: Path) -> None:
    finish(small_plan(tmp_path))
    changed = TEXT.replace("attention: false", "attention: false, texture.model.max_iterations: 4")
    plan = small_plan(tmp_path, changed)
    assert [run.stage for run in plan.keep_stale()] == ["texture", "test"]
    assert plan.missing() == []
    test = run_of(plan, "plain", "test")
    assert result(test) is not None
    assert state(test) == "stale"  # and still marked
    assert result(run_of(plan, "plain", "texture")) is not None


def test_a_stale_training_is_not_kept_for_a_test_that_has_to_run(tmp_path: Path) -> None:
    finish(small_plan(tmp_path))
    for path in (tmp_path / "runs").rglob("metrics.json"):
        if "test" in path.parent.name:
            path.unlink()
    plan = small_plan(tmp_path, TEXT.replace("attention: false", "attention: false, texture.model.kl_weight: 5.0"))
    assert plan.keep_stale() == []
    assert {run.stage for run in plan.missing()} == {"texture", "test"}


def test_a_result_stands_where_its_training_s_folder_is_gone_and_an_older_one_is_kept(tmp_path: Path) -> None:
    finish(small_plan(tmp_path))
    changed = TEXT.replace("attention: false", "attention: false, texture.model.kl_weight: 5.0")
    finish(small_plan(tmp_path, changed))
    plan = small_plan(tmp_path, changed)
    training, test = run_of(plan, "plain", "texture"), run_of(plan, "plain", "test")
    before = result(test)
    shutil.rmtree(training.folder)
    plan = small_plan(tmp_path, changed)
    assert stale(plan) == {"plain.texture": "model.kl_weight: 20.0 -> 5.0"}
    assert [run.key for run in plan.keep_stale()] == [training.key]
    assert plan.missing() == []
    assert result(run_of(plan, "plain", "test")) == before


def test_what_goes_while_it_is_looked_at_is_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may do a run again, or clear up after it, at any moment."""
    plan = finish(small_plan(tmp_path))
    seen = store.folder_result

    def then_gone(folder: Path, *arguments: Any) -> Any:
        found = seen(folder, *arguments)
        if folder == plan.stages[0].folder:
            (folder / "metrics.json").unlink()
        return found

    monkeypatch.setattr(store, "folder_result", then_gone)
    assert len(records(tmp_path / "runs")) == 6
    assert store._size(plan.stages[1].folder / "checkpoints/resume.ckpt") == 0


def test_what_was_refreshed_and_then_changed_back_is_there_still(tmp_path: Path) -> None:
    finish(small_plan(tmp_path))
    finish(small_plan(tmp_path, TEXT.replace("attention: false", "attention: false, texture.model.kl_weight: 5.0")))
    plan = small_plan(tmp_path)
    assert stale(plan) == {} and plan.missing() == []


def test_costs_are_of_runs_of_the_same_model_kind_and_scale(tmp_path: Path) -> None:
    plan = finish(small_plan(tmp_path), seconds=6.0)
    costs = Costs.of(records(tmp_path / "runs"))
    assert costs.seconds == {
        ("WeNShape", "fit", "ci"): 2.0,
        ("WeNTexture", "fit", "ci"): 2.0,
        ("WeNTexture", "test", "ci"): 6.0,
    }
    folder = run_of(plan, "plain", "test").folder
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert costs.size["WeNTexture", "test", "ci"] == pytest.approx(size, rel=0.05)


def test_a_record_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    plan = finish(small_plan(tmp_path))
    assert len(records(tmp_path / "runs")) == 7
    (plan.stages[0].folder / "key.json").write_text("{")
    (plan.stages[1].folder / "metrics.json").write_text("{")
    (plan.stages[2].folder / "key.json").unlink()
    assert len(records(tmp_path / "runs")) == 4
