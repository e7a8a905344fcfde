"""Damaged files of finished runs: named in one line, the row has failed, and the others go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.finished_runs import finish, finish_row
from support.small_table import small_plan

from ablations.planning.folder import failure, result, state
from ablations.planning.plan import Plan
from ablations.planning.run_faults import file_fault, history_fault, run_fault
from ablations.planning.timings import read_timing
from ablations.report import write_report
from ablations.results.collect import collect


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """The small table's plan, all of whose runs are done."""
    plan = small_plan(tmp_path)
    for row in ("full", "plain", "direct"):
        finish_row(plan, row, fd_effnetlite0=[40.0])
    return plan


def changed(content: Any, where: str, value: Any) -> Any:
    *parents, last = where.split(".")
    inner = content
    for name in parents:
        inner = inner[name]
    inner[last] = value
    return content


FILES = ["metrics.json", "key.json", "config.yaml", "provenance.json"]
WRONG = ["", "[]", "3", '"text"', "{", "null", '{"a": ']
FIELDS = [
    ("metrics.json", "losses", {"L": "low"}, "losses.L: 'low' is not of type 'number', 'null'"),
    ("metrics.json", "weights", [], "weights: [] is not of type 'object'"),
    ("metrics.json", "kind", "train", "kind: 'train' is not one of ['fit', 'test']"),
    ("provenance.json", "code", "abc", "code: 'abc' is not of type 'object'"),
    ("provenance.json", "packages", ["torch"], "packages: ['torch'] is not of type 'object'"),
    ("provenance.json", "seconds", "long", "seconds: 'long' is not of type 'number', 'null'"),
    ("provenance.json", "loss_networks", "vgg", "loss_networks: 'vgg' is not of type 'array'"),
    ("key.json", "code", [1], "code: [1] is not of type 'object'"),
    ("key.json", "seed", "0", "seed: '0' is not of type 'integer'"),
    ("key.json", "origin", [], "origin: [] is not of type 'object'"),
    ("key.json", "seed", 7, "its contents do not have the key"),
    ("key.json", "config.model.init_args.width", 5, "its contents do not have the key"),
    ("config.yaml", "model.class_path", "a.B", "model.class_path is 'a.B', the run has"),
    ("config.yaml", "model.init_args.width", 5, "model.width is 5, the run has 4"),
    ("config.yaml", "data.init_args.batch_size", 5, "data.batch_size is 5, the run has"),
]


def test_whole_files_have_no_fault(plan: Plan) -> None:
    assert [run_fault(run) for run in plan.stages] == [""] * len(plan.stages)
    assert {state(run) for run in plan.stages} == {"done"}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", WRONG)
def test_a_file_of_a_wrong_form_is_named(name: str, text: str, plan: Plan) -> None:
    run = plan.stages[0]
    (run.folder / name).write_text(text)
    assert run_fault(run).startswith(f"{run.folder / name}: is damaged: ")
    assert run_fault(run).endswith("; run the table's command again, which repeats this run")
    assert "\n" not in run_fault(run)
    assert (result(run), state(run), failure(run)) == (None, "failed", run_fault(run))
    assert run in plan.missing()


@pytest.mark.parametrize("fields", [None, [], ["generated"]])
def test_a_protocol_may_name_its_fields_or_mean_all(fields: list[str] | None, plan: Plan) -> None:
    run = next(run for run in plan.stages if run.kind == "test")
    content = json.loads((run.folder / "metrics.json").read_text())
    (run.folder / "metrics.json").write_text(json.dumps({**content, "protocol_fields": fields}))
    assert (run_fault(run), state(run)) == ("", "done")


@pytest.mark.parametrize("text", WRONG[1:])
def test_a_damaged_history_leaves_the_result(text: str, plan: Plan) -> None:
    run = plan.stages[0]
    assert history_fault(run) == ""
    (run.folder / "history.jsonl").write_text(text)
    assert state(run) == "done"
    assert history_fault(run).startswith(f"{run.folder}/history.jsonl: is damaged: ")
    assert history_fault(run).endswith(
        "; delete this file to report without its curves, or the run's folder to train again"
    )
    (run.folder / "history.jsonl").unlink()
    assert history_fault(run) == ""


@pytest.mark.parametrize(("name", "where", "value", "said"), FIELDS)
def test_a_field_of_a_wrong_type_or_value_is_named(name: str, where: str, value: Any, said: str, plan: Plan) -> None:
    path = plan.stages[0].folder / name
    content = changed(yaml.safe_load(path.read_text()), where, value)
    path.write_text(yaml.safe_dump(content) if name == "config.yaml" else json.dumps(content))
    assert said in run_fault(plan.stages[0])


@pytest.mark.parametrize("name", ["key.json", "config.yaml", "provenance.json", "history.jsonl"])
def test_a_missing_record_is_no_fault(name: str, plan: Plan) -> None:
    (plan.stages[0].folder / name).unlink()
    assert (run_fault(plan.stages[0]), history_fault(plan.stages[0]), state(plan.stages[0])) == ("", "", "done")


def test_a_run_that_is_not_done_has_no_fault(plan: Plan) -> None:
    run = plan.stages[0]
    (run.folder / "metrics.json").unlink()
    (run.folder / "provenance.json").write_text("[]")
    assert (run_fault(run), state(run)) == ("", "missing")


def test_paths_and_machine_settings_may_be_those_of_another_machine(plan: Plan) -> None:
    run = next(run for run in plan.stages if run.stage == "test")
    path = run.folder / "config.yaml"
    content = yaml.safe_load(path.read_text())
    content["data"]["init_args"] |= {"root": "/elsewhere", "cache_dir": "/x", "workers": 3}
    content["model"]["init_args"] |= {"shape_checkpoint": "/elsewhere/last.ckpt"}
    path.write_text(yaml.safe_dump(content))
    assert run_fault(run) == ""


def test_long_histories_are_checked_at_both_ends(tmp_path: Path) -> None:
    lines = [json.dumps({"iteration": i, "L": 0.25}) for i in range(5000)]
    path = tmp_path / "history.jsonl"
    for count in (0, 1, 400, 900, 5000):
        path.write_text("".join(f"{line}\n" for line in lines[:count]))
        assert file_fault(path) == ""
    for place in (0, 5000):
        path.write_text("\n".join([*lines[:place], '{"iteration": "x"}', *lines[place:]]))
        assert "iteration: 'x' is not of type 'integer'" in file_fault(path)


@pytest.mark.parametrize("name", ["metrics.json", "key.json", "provenance.json", "config.yaml", "history.jsonl"])
def test_the_report_shows_the_row_as_failed_and_goes_on(name: str, plan: Plan, tmp_path: Path) -> None:
    damaged = plan.rows[1].seeds[0]["texture" if name == "history.jsonl" else "test"].folder
    (damaged / name).write_text('["wrong"]')
    found = collect(plan, {}, lambda seeds: "make ablate")
    assert [row.status for row in found.rows] == ["done", "failed", "done"]
    assert f"{damaged / name}: is damaged" in found.rows[1].reason
    page = write_report(found, tmp_path / "report").read_text()
    assert f"{name}: is damaged" in page


def test_a_damaged_record_is_no_earlier_result_of_its_own_run(plan: Plan, tmp_path: Path) -> None:
    (plan.stages[0].folder / "config.yaml").write_text("3")
    again = small_plan(tmp_path)
    assert (again.stages[0].stale, state(again.stages[0])) == ("", "failed")


def test_a_repeated_run_is_whole_again(plan: Plan) -> None:
    run = plan.stages[0]
    (run.folder / "provenance.json").write_text("[]")
    assert run_fault(run)
    finish(run)
    assert (run_fault(run), state(run)) == ("", "done")


@pytest.mark.parametrize("content", [[], {"small": []}, {"small": {"seconds": 3}}, {"small": {"seconds": {"G": [1]}}}])
def test_damaged_times_are_no_times(content: Any, tmp_path: Path) -> None:
    (tmp_path / "timing.json").write_text(json.dumps(content))
    assert read_timing(tmp_path, "small", "G") is None
