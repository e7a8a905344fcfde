"""Runs the missing stages of a plan on this machine, each in its own process, inputs first."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection, forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import FrameType

from ablations.child import last_line, run_child
from ablations.display import Display
from ablations.expand import StageRun
from ablations.folder import FAILED, METRICS, prepare, read_json, result, write_json
from ablations.plan import Plan

#: What a stage's process calls, as module:name. torch and Lightning are imported once, where its module is preloaded.
STAGE_FUNCTION = "ablations.stage:run_stage"
_POLL_SECONDS = 0.25
_GRACE_SECONDS = 5.0
_ROOT = Path(__file__).resolve().parents[1]


class Interrupted(Exception):  # noqa: N818 - it is no error
    """The user (or the system) asked to stop; every process has ended and done stages are kept."""


@dataclass
class Outcome:
    """What became of the stages that were missing: run keys to the reason where they failed or were skipped."""

    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    ran: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.failed


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_jobs(plan: Plan) -> int:
    """How many stages run side by side: what the scale says, never more than there are cores."""
    return max(1, min(plan.scale.jobs, cores()))


def run_plan(plan: Plan, jobs: int, display: Display) -> Outcome:
    """Runs what is missing. A failed stage stops only the stages that need it.

    Raises:
        TableError: a run folder cannot be written.
        Interrupted: on Ctrl-C, SIGTERM or SIGHUP, after all processes have ended.
    """
    missing = plan.missing()
    if not missing:
        return Outcome()
    runner = _Runner(missing, jobs, display)
    with _stop_signals():
        try:
            _start_server()
            runner.run()
        except KeyboardInterrupt:
            raise Interrupted from None
        finally:
            runner.end_all()
    return runner.outcome


class _Runner:
    def __init__(self, missing: list[StageRun], jobs: int, display: Display) -> None:
        self.waiting, self.jobs, self.display = list(missing), jobs, display
        # A fixed share, also when less is running: the number of threads changes the last digits of a result.
        self.threads = max(1, cores() // jobs)
        self.outcome = Outcome()
        self.processes: dict[str, tuple[ForkServerProcess, StageRun]] = {}
        self.needed = {need.key for run in missing for need in run.needs.values()}

    def run(self) -> None:
        while self.waiting or self.processes:
            self._skip_hopeless()
            for run in self._ready()[: self.jobs - len(self.processes)]:
                self._start(run)
            connection.wait([process.sentinel for process, _ in self.processes.values()], timeout=_POLL_SECONDS)
            for process, run in list(self.processes.values()):
                if not process.is_alive():
                    self._finish(process, run)
            self.display.tick()

    def end_all(self) -> None:
        """Ends every process and what it started; an interrupted stage counts as never run."""
        for process, _ in self.processes.values():
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        for process, run in self.processes.values():
            process.join(max(0.0, deadline - time.monotonic()))
            _signal_group(process, signal.SIGKILL)
            process.join()
            (run.folder / FAILED).unlink(missing_ok=True)
        self.processes.clear()

    def _ready(self) -> list[StageRun]:
        """What can start now; stages that others wait for come first, so that short ones fill the end."""
        ready = [run for run in self.waiting if all(result(need) is not None for need in run.needs.values())]
        return sorted(ready, key=lambda run: run.key not in self.needed)

    def _start(self, run: StageRun) -> None:
        self.waiting.remove(run)
        prepare(run)
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=run_child, args=(STAGE_FUNCTION, run, self.threads))
        process.start()
        self.processes[run.key] = (process, run)
        self.display.started(run)

    def _finish(self, process: ForkServerProcess, run: StageRun) -> None:
        process.join()
        _signal_group(process, signal.SIGKILL)  # whatever the stage started and left behind
        del self.processes[run.key]
        self.outcome.ran += 1
        failure = None
        if result(run) is None:
            failure = _why(run, process.exitcode)
            self.outcome.failed[run.key] = failure
        self.display.ended(run, failure)

    def _skip_hopeless(self) -> None:
        bad = {**self.outcome.failed, **self.outcome.skipped}
        for run in list(self.waiting):
            lost = next((need for need in run.needs.values() if need.key in bad), None)
            if lost is not None:
                self.waiting.remove(run)
                self.outcome.skipped[run.key] = bad[run.key] = f"its input {lost.title} failed"
                self.display.skipped(run, self.outcome.skipped[run.key])


def _why(run: StageRun, exitcode: int | None) -> str:
    """The reason of a failure; written to `failed.json` where the process could not do so itself."""
    written = read_json(run.folder / FAILED)
    if written is not None:
        return str(written.get("reason", "failed without a reason"))
    metrics = read_json(run.folder / METRICS)
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        reason = f"killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    elif metrics is not None:
        reason = f"stopped early, after {metrics.get('iterations', 'too few')} iterations"
    else:
        reason = f"ended without a result ({last_line(run) or 'empty log'})"
    write_json(run.folder / FAILED, {"reason": reason, "traceback": ""})
    return reason


def _signal_group(process: ForkServerProcess, number: signal.Signals) -> None:
    """Signals the process's group, or the process alone where it has not made its group yet."""
    assert process.pid is not None
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        if process.is_alive():
            os.kill(process.pid, number)


def _start_server() -> None:
    """Starts the process that imports torch and Lightning once and forks every stage from there."""
    multiprocessing.get_context("forkserver").set_forkserver_preload([STAGE_FUNCTION.partition(":")[0]])
    # Before Python 3.12.5 the server does not get our sys.path, and a preload it cannot find is silently left out.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *([before] if before else [])])
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


@contextmanager
def _stop_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP stop like Ctrl-C does: otherwise the stages would go on without us."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
