"""Columns of times: rows in turns in one process, kept beside the metrics, compared only where that process is one."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.finished_runs import finish_row
from support.small_table import TEXT, small_plan, small_table, write_table

from ablations.lint import lint
from ablations.output.wandb_table import comparison_columns
from ablations.planning.locks import Lock, Owner, owners
from ablations.planning.plan import Plan
from ablations.planning.timings import Timing, read_timing, write_timing
from ablations.report.pages.csv_table import render_csv
from ablations.report.views.claims import claim_groups
from ablations.report.views.table_view import table_view
from ablations.results.collect import collect
from ablations.results.evidence import times
from ablations.results.table_result import TableResult
from ablations.running import timing
from ablations.running.timing import Timed, measure, seconds_in_turns, time_rows
from ablations.tables.schema import load_table
from common.errors import TableError

TIMES = (
    TEXT.replace("stages:\n", "  - {id: time_G, label: Time, time: generator, unit: ms}\nstages:\n")
    .replace("params_G: 3.0506e6}", "params_G: 3.0506e6, time_G: 12.5}")
    .replace(
        "  - id: direct\n", "  - id: later\n    label: later\n    set: {texture.model.kl_weight: 3}\n  - id: direct\n"
    )
    + "  - {text: it is slower, expect: full.time_G > plain.time_G}\n"
)
MACHINE = {"processor": "a processor", "threads": 1}
Write = dict[str, tuple[str, list[float]]]


def timed_plan(folder: Path, seeds: int = 1) -> Plan:
    plan = small_plan(folder, TIMES, seeds)
    for row in ("full", "plain"):
        finish_row(plan, row, fd_effnetlite0=[1.0] * seeds)
    return plan


def first_tests(plan: Plan) -> dict[str, Path]:
    """The folder of each row's first test."""
    return {row.row.id: row.tests(0)[0].folder for row in plan.rows}


def with_times(plan: Plan, **about: Any) -> TableResult:
    """The result where both rows are timed; fields of `plain`'s entry are replaced."""
    entry = {"process": "p", "machine": MACHINE, "device": "cpu"}
    folders = first_tests(plan)
    write_timing(folders["full"], "small", entry, {"generator": [0.020, 0.022, 0.030]})
    write_timing(folders["plain"], "small", {**entry, **about}, {"generator": [0.010, 0.011, 0.018]})
    return collect(plan, {}, lambda seeds: "make ablate")


def test_calls_take_turns_and_the_first_rounds_do_not_count() -> None:
    said: list[str] = []
    now = iter([0.0, 1.0, 5.0, 7.0, 10.0, 13.0, 20.0, 24.0])

    def called(name: str) -> Any:
        return lambda: said.append(name)

    def clock() -> float:
        said.append("clock")
        return next(now)

    times = seconds_in_turns(
        {"a": called("a"), "b": called("b")}, runs=2, warm_up=0, synchronise=lambda: said.append("wait"), clock=clock
    )
    assert times == {"a": [1.0, 3.0], "b": [2.0, 4.0]}
    one = ["wait", "clock", "{}", "wait", "clock"]
    assert said == [word.format(name) for name in ("a", "b", "a", "b") for word in one]
    calls: list[float] = []
    slower = {"a": lambda: calls.append(len(calls) + 1.0)}  # 1, 2, 3 ... seconds
    assert seconds_in_turns(slower, 3, 2, lambda: None, lambda: sum(calls)) == {"a": [3.0, 4.0, 5.0]}


def test_median_and_p90() -> None:
    times = Timing(tuple(float(n) for n in range(11)), "p", {}, "cpu")
    assert (times.median, times.p90) == (5.0, 9.0)


def test_a_network_is_timed_as_configured(tmp_path: Path) -> None:
    plan = timed_plan(tmp_path)
    run = plan.rows[0].tests(0)[0]
    about, seconds = measure([Timed(run.folder, run.config, ("generator", "discriminator", "nothing"))], 1, 3, 1)
    found = seconds[str(run.folder)]
    assert set(found) == {"generator", "discriminator"}
    assert all(len(values) == 3 and min(values) > 0 for values in found.values())
    assert (about["device"], about["warm_up"], about["machine"]["threads"]) == ("cpu", 1, 1)


def test_timing_json_keeps_what_other_tables_timed(tmp_path: Path) -> None:
    write_timing(tmp_path, "a", {"process": "p", "machine": {}, "device": "cpu"}, {"G": [1.0, 2.0, 4.0]})
    write_timing(tmp_path, "b", {"process": "q", "machine": {}, "device": "cpu"}, {"G": [3.0, 3.0]})
    first, second = read_timing(tmp_path, "a", "G"), read_timing(tmp_path, "b", "G")
    assert first and second and (first.seconds, first.process, second.process) == ((1.0, 2.0, 4.0), "p", "q")
    assert read_timing(tmp_path, "a", "D") is read_timing(tmp_path, "c", "G") is None
    assert json.loads((tmp_path / "timing.json").read_text())["a"]["summary"]["G"]["median"] == 2.0


def test_of_several_tests_the_first_that_was_timed_is_shown(tmp_path: Path) -> None:
    for number, name in enumerate(("train", "one", "two", "three")):
        if name != "one":
            about = {"process": name, "machine": {}, "device": "cpu"}
            write_timing(tmp_path / name, "t", about, {"G": [float(number)] * 2})
    kinds = {"train": "train", "one": "test", "two": "test", "three": "test"}
    stages: Any = {name: SimpleNamespace(kind=kind, folder=tmp_path / name) for name, kind in kinds.items()}
    columns = [SimpleNamespace(id="time_G", time="G"), SimpleNamespace(id="fid", time=None)]
    table: Any = SimpleNamespace(id="t", columns=columns)
    assert {column: timing.seconds for column, timing in times(table, stages).items()} == {"time_G": (2.0, 2.0)}


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Replaces the measuring process; what it was asked for, call by call."""
    asked: list[list[str]] = []

    def stand_in(jobs: list[Timed], threads: int) -> Any:
        asked.append([str(job.folder) for job in jobs])
        about = {"process": f"p{len(asked)}", "machine": MACHINE, "device": "cpu"}
        return about, {str(job.folder): {"generator": [1.0, 2.0]} for job in jobs}

    monkeypatch.setattr(timing, "_in_a_process", stand_in)
    return asked


def test_all_rows_are_timed_together_once(tmp_path: Path, measured: list[list[str]]) -> None:
    plan = timed_plan(tmp_path, seeds=2)
    said: list[str] = []
    time_rows(plan, tmp_path / "runs", said.append)
    folders = {name: str(folder) for name, folder in first_tests(plan).items()}
    assert measured == [[folders["full"], folders["plain"]]]  # the first seed, of the rows that are done
    assert said == ["measuring the times of 2 runs, in turns"]
    time_rows(plan, tmp_path / "runs", said.append)
    assert len(measured) == 1
    finish_row(plan, "later", fd_effnetlite0=[1.0, 1.0])  # one more row: all again, in one process
    time_rows(plan, tmp_path / "runs", said.append)
    assert measured[1:] == [[folders["full"], folders["plain"], folders["later"]]]
    assert {read_timing(Path(folder), "small", "generator").process for folder in measured[1]} == {"p2"}  # type: ignore[union-attr]


def test_nothing_is_timed_without_a_column_or_a_row(tmp_path: Path, measured: list[list[str]]) -> None:
    time_rows(small_plan(tmp_path / "none", TIMES), tmp_path / "none/runs")
    plain = small_plan(tmp_path / "plain")
    finish_row(plain, "full", fd_effnetlite0=[1.0])
    time_rows(plain, tmp_path / "plain/runs")
    assert measured == []


def test_nothing_is_timed_beside_another_stage(
    tmp_path: Path, measured: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = timed_plan(tmp_path)
    other = replace(Owner.this(), pid=1)
    monkeypatch.setattr(timing, "owners", lambda root: [other])
    said: list[str] = []
    time_rows(plan, tmp_path / "runs", said.append)
    assert measured == []
    assert said == [f"times are not measured while {other} is running; run the same command again afterwards"]
    # One that began while they were measured: nothing is kept.
    monkeypatch.setattr(timing, "owners", lambda root: [other] if measured else [])
    time_rows(plan, tmp_path / "runs", said.append)
    assert (len(measured), said[1:]) == (1, ["measuring the times of 2 runs, in turns", said[0]])
    assert not list(tmp_path.rglob("timing.json"))


def test_two_tables_do_not_measure_at_once(tmp_path: Path, measured: list[list[str]]) -> None:
    plan = timed_plan(tmp_path)
    lock = Lock.acquire(tmp_path / "runs/timing")
    assert lock is not None and owners(tmp_path / "runs") == [Owner.this()]
    said: list[str] = []
    time_rows(plan, tmp_path / "runs", said.append)
    lock.release()
    assert (measured, owners(tmp_path / "runs")) == ([], [])
    assert said[0].startswith("times are not measured: another process measures some")
    time_rows(plan, tmp_path / "runs", said.append)
    assert len(measured) == 1 and owners(tmp_path / "runs") == []


def test_a_network_that_cannot_be_timed_leaves_the_table_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(jobs: object, threads: int) -> None:
        raise RuntimeError("out of\nmemory")

    monkeypatch.setattr(timing, "_in_a_process", broken)
    said: list[str] = []
    time_rows(timed_plan(tmp_path), tmp_path / "runs", said.append)
    assert said[1:] == ["times are not measured: out of memory"]


def test_times_change_no_key_and_make_nothing_stale(tmp_path: Path) -> None:
    plan = timed_plan(tmp_path)
    with_times(plan)
    again = small_plan(tmp_path, TIMES)
    assert [run.key for run in again.stages] == [run.key for run in small_plan(tmp_path / "other", TIMES).stages]
    assert not [run for run in again.stages if run.stale]


def test_a_verdict_pairs_the_rounds_of_one_process(tmp_path: Path) -> None:
    claim = with_times(timed_plan(tmp_path)).claims[1]
    assert (claim.verdict, claim.metric, claim.exact) == ("supported", "seconds", False)
    assert (claim.left, claim.right) == (0.022, 0.011)
    assert claim.reason == (
        "the 95% interval of the difference over 3 paired rounds lies above 0; medians 0.022 s and 0.011 s, timed in "
        "turns by one process"
    )


@pytest.mark.parametrize(
    ("about", "where"),
    [
        ({"process": "q"}, "in different processes"),
        ({"process": "q", "machine": {"processor": "other"}}, "on different machines"),
    ],
)
def test_times_of_other_processes_are_not_compared(about: dict[str, Any], where: str, tmp_path: Path) -> None:
    result = with_times(timed_plan(tmp_path), **about)
    claim = result.claims[1]
    assert (claim.verdict, claim.effect) == ("undecided", None)
    assert claim.reason == f"full and w/o Attention were timed {where}; such times are not compared"
    assert len([note for note in table_view(result).notes if note.startswith("Times are the medians")]) == 2


def test_a_row_that_is_not_timed_is_undecided(tmp_path: Path) -> None:
    claim = collect(timed_plan(tmp_path), {}, lambda seeds: "").claims[1]
    assert (claim.verdict, claim.reason) == ("undecided", "full is not timed yet")


def test_every_format_shows_median_and_p90_and_compares_no_print(tmp_path: Path) -> None:
    result = with_times(timed_plan(tmp_path))
    cell = result.row("full").cell("time_G")
    assert (cell.values, cell.paper, cell.metric, cell.comparable) == ([0.022], 0.0125, "seconds", False)
    view = table_view(result)
    assert [(heading.kind, heading.label) for heading in view.headings][-2:] == [
        ("paper", "paper ↓"),
        ("own", "here ↓"),
    ]
    assert [cell.text for cell in view.rows[0].cells[-2:]] == ["12.5ms", "22 ms (p90 28.4 ms)"]
    assert [cell.text for cell in view.rows[2].cells[-2:]] == ["", "not run"]
    lines = [line for line in csv.DictReader(io.StringIO(render_csv(result))) if line["metric"] == "seconds_generator"]
    assert [(line["row"], line["variant"], line["value"], line["paper"]) for line in lines] == [
        ("full", "median", "0.022", "0.0125"), ("full", "p90", str(result.row("full").times["time_G"].p90), ""),
        ("plain", "median", "0.011", ""), ("plain", "p90", str(result.row("plain").times["time_G"].p90), ""),
    ]  # fmt: skip
    headings, rows = comparison_columns(result)
    assert dict(zip(headings, rows[0], strict=True))["Time (median, s)"] == 0.022
    assert claim_groups(result)[1].heading == "seconds ↓"
    assert view.notes[-1].startswith("Times are the medians of 3 forward passes for one image of the networks at ci ")
    assert [heading.alone for heading in view.headings if heading.kind == "exact"] == ["G"]


def test_lint_wants_a_network_that_can_be_timed(tmp_path: Path) -> None:
    def cells(text: str) -> tuple[str, ...]:
        table = load_table(write_table(tmp_path, text))
        counts = {row.id: {"generator": {"paper": 1, "live": 1}} for row in table.rows}
        return next(check for check in lint(table, counts) if check.id == "cells").findings

    fault = "column time_G: no row's model has a network 'generatr' with `example_inputs`"
    assert fault in cells(TIMES.replace("time: generator", "time: generatr"))
    assert not [finding for finding in cells(TIMES) if "time_G" in finding]


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("time: generator, unit: ms", "time: generator, unit: G", "'G' is not known"),
        ("time: generator", "time: generator, margin: 1", "only a metric has a margin"),
        ("full.time_G > plain.time_G", "full.time_G = paper +- 1", "is of times, which depend on the machine"),
        ("full.time_G > plain.time_G", "full.time_G > plain.fid", "compares a time with another quantity"),
    ],
)
def test_mistakes_are_one_line(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=message):
        small_table(tmp_path, TIMES.replace(right, wrong))
