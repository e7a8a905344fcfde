"""The runner: every missing stage once, each in its own process, whatever some of them do."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path

import pytest
import yaml
from rich.console import Console
from support.small_table import small_plan
from support.stand_in_stage import BEHAVIOUR, EXECUTED, killed_at_once

from ablations.planning import jobs as side_by_side
from ablations.planning.expand import StageRun
from ablations.planning.folder import clear, describe, failure, read_json, result, state
from ablations.planning.locks import Lock, owner
from ablations.planning.plan import Plan
from ablations.running import run
from ablations.running.display import Display
from ablations.running.launchers import WarmLauncher, warm
from ablations.running.launchers.base import Job


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "STAGE_FUNCTION", "support.stand_in_stage:run_stage")


def run_plan(plan: Plan, jobs: int = 2, **behaviour: str) -> tuple[run.Outcome, str]:
    """Runs a plan; `full_texture="killed"` tells the row's stage how to end. Returns the outcome and what was shown."""
    family = plan.stages[0].folder.parent
    family.mkdir(parents=True, exist_ok=True)
    told = {name.replace("_", ".", 1): how for name, how in behaviour.items()}
    (family / BEHAVIOUR).write_text(json.dumps(told))
    text = io.StringIO()
    with Display(plan, jobs, Console(file=text, width=200), plain_every=0.0) as display:
        outcome = run.run_plan(plan, WarmLauncher(jobs, threads=1), display)
    return outcome, text.getvalue()


def executed(plan: Plan) -> list[str]:
    path = plan.stages[0].folder.parent / EXECUTED
    return [line.split()[0] for line in path.read_text().splitlines()] if path.is_file() else []


def run_of(plan: Plan, row: str, stage: str) -> StageRun:
    return next(r for r in plan.rows if r.row.id == row).seeds[0][stage]


def test_every_stage_runs_once_inputs_first_and_a_second_call_runs_nothing(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    outcome, shown = run_plan(plan)
    assert (outcome.ok, outcome.ran) == (True, 7)  # 1 shape, 3 textures, 3 tests
    order = executed(plan)
    assert len(order) == len(set(order)) == 7
    for row in ("full", "plain", "direct"):
        assert order.index(f"{row}.texture") < order.index(f"{row}.test")
    assert "7 of 7 stages to run, 2 in parallel" in shown
    assert "done    7/7" in shown

    again, shown = run_plan(small_plan(tmp_path))
    assert (again.ok, again.ran) == (True, 0)
    assert executed(plan) == order
    assert "to run" not in shown


def test_a_run_folder_tells_what_it_ran(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    run_plan(plan)
    texture = run_of(plan, "plain", "texture")
    assert yaml.safe_load((texture.folder / "config.yaml").read_text()) == texture.config
    assert (texture.folder / "config.yaml").read_text().startswith(f"# python cli.py fit --config {texture.folder}")
    assert (texture.folder / "log.txt").read_text() == "the stage speaks\n"


@pytest.mark.parametrize(
    ("how", "reason"),
    [("error", "ValueError: no such thing"), ("user error", "data.root: is not there"),
     ("exit", "error: no option --depth"), ("killed", "killed by SIGKILL (out of memory?)"),
     ("silent", "ended without a result (the stage speaks)"), ("short", "stopped early, after 2 iterations"),
     ("full disk", "cannot be written (No space left on device); free disk space and run again")],
)  # fmt: skip
def test_a_failure_has_a_reason_and_stops_only_what_needs_it(how: str, reason: str, tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    outcome, shown = run_plan(plan, full_texture=how)
    failed = run_of(plan, "full", "texture")
    assert list(outcome.failed) == [failed.key]
    assert outcome.failed[failed.key].endswith(reason)
    assert list(outcome.skipped) == [run_of(plan, "full", "test").key]
    assert (state(failed), failure(failed)) == ("failed", outcome.failed[failed.key])
    assert all(result(run_of(plan, row, "test")) is not None for row in ("plain", "direct"))
    assert re.search(r"failed  \d/7  full: texture, seed 0 \(.*\): .*" + re.escape(reason), shown)
    assert "full.test" not in executed(plan)


def test_a_failed_stage_is_tried_again_and_what_was_done_is_kept(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    run_plan(plan, full_texture="error")
    before = executed(plan)
    outcome, _ = run_plan(small_plan(tmp_path))
    assert (outcome.ok, outcome.ran) == (True, 2)
    assert sorted(executed(plan)[len(before) :]) == ["full.test", "full.texture"]
    assert state(run_of(plan, "full", "texture")) == "done"
    assert not (run_of(plan, "full", "texture").folder / "failed.json").exists()


def test_the_reason_of_an_earlier_failure_is_not_that_of_a_process_that_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small_plan(tmp_path)
    run_plan(plan, full_texture="error")
    monkeypatch.setattr(warm, "run_child", killed_at_once)
    outcome, _ = run_plan(small_plan(tmp_path))
    assert outcome.failed[run_of(plan, "full", "texture").key] == "killed by SIGKILL (out of memory?)"


def test_a_failed_shared_stage_skips_all_rows_that_need_it(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    outcome, _ = run_plan(plan, full_shape="error")
    assert set(outcome.skipped) == {run_of(plan, row, "test").key for row in ("full", "plain")}
    assert "its input full (+1 rows): shape, seed 0 failed" in outcome.skipped.values()
    assert result(run_of(plan, "direct", "test")) is not None


def test_what_is_half_there_is_not_believed(tmp_path: Path) -> None:
    run_ = small_plan(tmp_path).stages[0]
    describe(run_)
    for content in ('{"kind": "fit", "iter', "[]", '{"kind": "test"}', '{"kind": "fit", "iterations": 2}'):
        (run_.folder / "metrics.json").write_text(content)
        assert result(run_) is None
    (run_.folder / "metrics.json").write_text('{"kind": "fit", "iterations": 3}')
    assert state(run_) == "done"


def test_what_an_interrupted_try_left_is_removed(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    describe(plan.stages[0])
    (plan.stages[0].folder / "history.jsonl").write_text("old\n")
    run_plan(plan)
    assert not (plan.stages[0].folder / "history.jsonl").exists()


@pytest.mark.parametrize("resumes", [True, False])
def test_temporary_files_of_killed_writers_are_removed(resumes: bool, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    names = [".metrics.json.123.partial", "checkpoints/.resume.ckpt.partial", *(["checkpoints/resume.ckpt"] * resumes)]
    for name in names:
        (tmp_path / name).touch()
    assert clear(tmp_path) == resumes
    assert [name for name in names if (tmp_path / name).exists()] == names[2:]


def test_what_a_training_can_go_on_from_is_kept(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    folder = plan.stages[0].folder
    describe(plan.stages[0])
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints/resume.ckpt").write_text("optimisers")
    (folder / "history.jsonl").write_text("old\n")
    (folder / "failed.json").write_text('{"reason": "killed"}')
    run_plan(plan)
    assert (folder / "history.jsonl").read_text() == "old\n"
    assert not (folder / "failed.json").exists()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises, also where the tests run in the background of a shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with run._stop_signals():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # as nohup has it
            assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_IGN, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with run._stop_signals(), pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(10)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_ends_the_processes_and_blames_no_stage(number: signal.Signals, tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    pids = plan.stages[0].folder.parent / EXECUTED

    def stop() -> None:
        wait_until(lambda: pids.is_file() and pids.read_text().endswith("\n"))
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(run.Interrupted):
        run_plan(plan, jobs=1, full_shape="endless")
    thread.join()
    (pid,) = (int(line.split()[1]) for line in pids.read_text().splitlines())
    assert not is_running(pid)
    assert [state(run_) for run_ in plan.stages] == ["missing"] * 7
    assert run_plan(small_plan(tmp_path))[0].ok  # and it goes on from there


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether a process is there and does something: an orphan may stay a zombie where nobody collects it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_threads_and_jobs_follow_from_the_scale_and_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = small_plan(tmp_path)
    assert (plan.family_scale.jobs, plan.family_scale.threads) == (2, 1)
    monkeypatch.setattr(side_by_side, "cores", lambda: 6)
    assert side_by_side.default_jobs(plan) == 2  # what the scale says
    assert side_by_side.threads_each(plan, 2) == 1  # whatever the machine, so that results do not depend on it
    family = replace(plan.family_scale, threads=None)
    free = replace(plan, scale=replace(plan.scale, families={plan.table.family: family}))
    assert side_by_side.threads_each(free, 2) == 3
    monkeypatch.setattr(side_by_side, "cores", lambda: 1)
    assert side_by_side.default_jobs(plan) == 1


def test_a_stage_that_another_process_works_on_is_waited_for(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    shape = plan.stages[0]
    lock = Lock.acquire(shape.folder)
    assert lock is not None and state(shape) == "running"

    def work_elsewhere() -> None:
        wait_until(lambda: len(executed(plan)) == 4)  # all that needs no shape: 3 textures, 1 test
        describe(shape)
        (shape.folder / "checkpoints").mkdir()
        (shape.folder / "checkpoints/last.ckpt").write_text("weights")
        (shape.folder / "metrics.json").write_text('{"kind": "fit", "iterations": 3}')
        lock.release()

    thread = threading.Thread(target=work_elsewhere)
    thread.start()
    outcome, shown = run_plan(plan)
    thread.join()
    assert (outcome.ok, outcome.ran, outcome.elsewhere) == (True, 6, 1)
    assert "full.shape" not in executed(plan)
    assert f"shape, seed 0: process {os.getpid()} on" in shown
    assert "shape, seed 0 (by another process)" in shown


class NoLauncher:
    """Takes stages and runs none."""

    workers = 1

    def __init__(self) -> None:
        self.submitted: list[Path] = []

    def submit(self, folder: Path) -> Job:
        self.submitted.append(folder)
        return Job(folder, None)


def runner(plan: Plan) -> tuple[run._Runner, NoLauncher]:
    launcher = NoLauncher()
    display = Display(plan, 1, Console(file=io.StringIO()))
    return run._Runner(plan.missing(), launcher, display), launcher  # type: ignore[arg-type]


def test_a_result_that_another_process_has_left_in_between_stands(tmp_path: Path) -> None:
    """After a stage was found to be missing and free, and before it is started."""
    plan = small_plan(tmp_path)
    shape = plan.stages[0]
    runs, launcher = runner(plan)
    assert shape in runs._ready()
    describe(shape)
    shape.weights.parent.mkdir()
    shape.weights.write_text("weights")
    (shape.folder / "metrics.json").write_text('{"kind": "fit", "iterations": 3}')
    runs._start(shape)
    assert state(shape) == "done"
    assert launcher.submitted == []
    assert shape not in runs._ready() and runs.outcome.elsewhere == 1


def test_what_another_process_has_begun_in_between_is_left_alone(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    shape = plan.stages[0]
    runs, launcher = runner(plan)
    lock = Lock.acquire(shape.folder)
    assert lock is not None
    runs._start(shape)
    assert launcher.submitted == [] and not shape.folder.exists()
    assert shape in runs.waiting
    lock.release()
    runs._start(shape)
    assert launcher.submitted == [shape.folder] and owner(shape.folder) is None  # free for the stage's own process


def test_two_calls_at_once_share_the_work(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    slow = {f"{row}_{stage}": "slow" for row in ("full", "plain", "direct") for stage in ("texture", "test")}
    outcomes: list[run.Outcome] = []
    other = multiprocessing.get_context("fork").Process(target=_other_call, args=(tmp_path, slow))
    other.start()
    outcomes.append(run_plan(plan, **slow)[0])
    other.join()
    assert other.exitcode == 0
    order = executed(plan)
    assert len(order) == len(set(order)) == 7  # each stage once, here or there
    assert outcomes[0].ran + outcomes[0].elsewhere == 7


def _other_call(folder: Path, behaviour: dict[str, str]) -> None:
    forkserver._forkserver._forkserver_pid = None  # type: ignore[attr-defined]  # not ours: the parent's
    outcome, _ = run_plan(small_plan(folder), **behaviour)
    os._exit(0 if outcome.ok else 1)


def test_weights_that_have_gone_are_trained_again_where_a_stage_needs_them(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    run_plan(plan)
    before = executed(plan)
    run_of(plan, "plain", "texture").weights.unlink()
    assert small_plan(tmp_path).missing() == []  # all numbers are there
    (run_of(plan, "plain", "test").folder / "metrics.json").unlink()
    outcome, shown = run_plan(small_plan(tmp_path))
    assert outcome.ok
    assert "2 of 7 stages to run" in shown and "done    7/7" in shown
    assert executed(plan)[len(before) :] == ["plain.texture", "plain.test"]


def test_progress_is_shown(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    text = io.StringIO()
    with Display(plan, 1, Console(file=text, width=200), plain_every=0.0) as display:
        describe(plan.stages[0])
        display.start(plan.stages[0])
        display.tick()
        (plan.stages[0].folder / "progress.json").write_text('{"iteration": 1, "max_iterations": 3, "seconds": 2.0}')
        display.tick()
    lines = text.getvalue().splitlines()
    assert lines[1].endswith("time left unknown | full (+1 rows): shape, seed 0 starting")
    # 2 s an iteration: 2 left here, and 3 textures of 3 iterations each
    assert lines[2].startswith("Table small (ci): 0/3 rows, 0/7 stages")
    assert "about 0:22 left" in lines[2]
    assert lines[2].endswith("full (+1 rows): shape, seed 0 1/3 (0.5/s)")


def test_metrics_are_read_back_as_written(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    run_plan(plan)
    test = run_of(plan, "direct", "test")
    assert read_json(test.folder / "metrics.json") == result(test)
