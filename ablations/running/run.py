"""Execution of the missing stages of a plan through a launcher, inputs first."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

from ablations.planning.expand import StageRun
from ablations.planning.folder import FAILED, METRICS, describe, is_done, read_json, result, write_json
from ablations.planning.locks import BUSY, Lock, owner
from ablations.planning.plan import Plan
from ablations.running.display import Display
from ablations.running.launchers.base import ExitStatus, Job, Launcher
from ablations.running.stage_process import last_line
from common.errors import TableError

_POLL_SECONDS = 0.25


class Interrupted(Exception):  # noqa: N818 - not an error
    """Raised after a stop by the user or the system; every process has ended and finished stages are kept."""


@dataclass
class Outcome:
    """Outcome of the missing stages: reasons by key of those that failed or were skipped.

    `ran` counts the stages run by this call, `elsewhere` those done by another process.
    """

    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    ran: int = 0
    elsewhere: int = 0

    @property
    def ok(self) -> bool:
        """True if nothing failed."""
        return not self.failed


def run_plan(plan: Plan, launcher: Launcher, display: Display) -> Outcome:
    """Run the missing stages. A failed stage stops only the stages that depend on it.

    Waits for stages that another process is running; if that process dies, runs them here.

    Raises:
        Interrupted: on Ctrl-C, SIGTERM or SIGHUP, after all processes have ended.
    """
    missing = plan.missing()
    if not missing:
        return Outcome()
    runner = _Runner(missing, launcher, display)
    with _stop_signals():
        try:
            with launcher:
                try:
                    runner.run()
                finally:
                    runner.end_all()
        except KeyboardInterrupt:
            raise Interrupted from None
    return runner.outcome


class _Runner:
    def __init__(self, missing: list[StageRun], launcher: Launcher, display: Display) -> None:
        self.waiting, self.launcher, self.display = list(missing), launcher, display
        self.outcome = Outcome()
        self.jobs: dict[str, tuple[Job, StageRun]] = {}
        self.needed = {need.key for run in missing for need in run.needs.values()}
        self.keys = {run.key for run in missing}

    def run(self) -> None:
        while self.waiting or self.jobs:
            self._skip_dependents()
            for run in self._ready():
                if len(self.jobs) < self.launcher.workers:
                    self._start(run)
            self.launcher.wait([job for job, _ in self.jobs.values()], _POLL_SECONDS)
            if not self.jobs:
                time.sleep(_POLL_SECONDS)  # all remaining stages wait for other processes
            for job, run in list(self.jobs.values()):
                ended = self.launcher.poll(job)
                if ended is not None:
                    self._finish(run, ended)
            self.display.tick()

    def end_all(self) -> None:
        """End every job with its child processes; an interrupted stage resumes from its checkpoint next time."""
        if self.jobs:
            self.launcher.cancel([job for job, _ in self.jobs.values()])
        for _, run in self.jobs.values():
            (run.folder / FAILED).unlink(missing_ok=True)
        self.jobs.clear()

    def _ready(self) -> list[StageRun]:
        """Return the stages that can start now; those that others wait for come first, to balance the jobs."""
        found = []
        for run in list(self.waiting):
            if self._is_there(run):
                self.waiting.remove(run)
                self.outcome.elsewhere += 1
                self.display.finish_elsewhere(run)
            elif all(self._is_there(need) for need in run.needs.values()) and not self._is_taken(run):
                found.append(run)
        return sorted(found, key=lambda run: run.key not in self.needed)

    def _is_there(self, run: StageRun) -> bool:
        """True if a stage is done, here or by another process; False for our own jobs until they have ended."""
        if run.key in self.jobs or not is_done(run):
            return False
        run.stale = ""
        return True

    def _is_taken(self, run: StageRun) -> bool:
        holder = owner(run.folder)
        if holder is not None:
            self.display.wait_for(run, str(holder))
        return holder is not None

    def _start(self, run: StageRun) -> None:
        try:
            if not _prepare(run):
                return  # another process was faster; the stage stays in the queue
            job = self.launcher.submit(run.folder)
        except (TableError, OSError) as error:
            self.waiting.remove(run)
            run.stale = ""
            self._fail(run, _record_reason(run, " ".join(str(error).split())))
            return
        self.waiting.remove(run)
        run.stale = ""
        self.jobs[run.key] = (job, run)
        self.display.start(run)

    def _finish(self, run: StageRun, ended: ExitStatus) -> None:
        del self.jobs[run.key]
        if ended.code == BUSY and not is_done(run):  # another process was faster
            self.display.give_up(run)
            self.waiting.append(run)
            return
        self.outcome.ran += 1
        if is_done(run):
            self.display.finish(run, None)
        else:
            self._fail(run, _failure_reason(run, ended.code))

    def _fail(self, run: StageRun, reason: str) -> None:
        self.outcome.failed[run.key] = reason
        self.display.finish(run, reason)

    def _skip_dependents(self) -> None:
        bad = {**self.outcome.failed, **self.outcome.skipped}
        for run in list(self.waiting):
            lost = next((need for need in run.needs.values() if need.key in bad), None)
            if lost is not None:
                self.waiting.remove(run)
                self.outcome.skipped[run.key] = bad[run.key] = f"its input {lost.title} failed"
                self.display.skip(run, self.outcome.skipped[run.key])


def _prepare(run: StageRun) -> bool:
    """Write a stage's description to its folder; False if another process is running the stage or has done it.

    Holds the folder's lock: otherwise a result that another process writes in between would be deleted.
    """
    lock = Lock.acquire(run.folder)
    if lock is None:
        return False
    try:
        if is_done(run):
            return False
        describe(run)
        return True
    finally:
        lock.release()


def _failure_reason(run: StageRun, exitcode: int | None) -> str:
    """Return the reason of a failure; write it to `failed.json` if the process could not do so itself."""
    written = read_json(run.folder / FAILED)
    if written is not None:
        return str(written.get("reason", "failed for an unknown reason"))
    metrics = read_json(run.folder / METRICS)
    if exitcode is not None and exitcode < 0:
        known = {number.value: number.name for number in signal.Signals}
        name = known.get(-exitcode, f"signal {-exitcode}")
        reason = f"killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    elif metrics is not None and result(run) is None:
        reason = f"stopped early, after {metrics.get('iterations', 'too few')} iterations"
    else:
        reason = f"ended without a result ({last_line(run.folder) or 'empty log'})"
    return _record_reason(run, reason)


def _record_reason(run: StageRun, reason: str) -> str:
    with suppress(TableError):  # the disk may be full
        write_json(run.folder / FAILED, {"reason": reason, "traceback": ""})
    return reason


@contextmanager
def _stop_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP stop the table like Ctrl-C; otherwise its stages would keep running.

    An ignored SIGHUP stays ignored (`nohup`).
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    heard = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
