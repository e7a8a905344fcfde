"""Runs the missing stages of a plan through a launcher, inputs first."""

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
from ablations.running.launchers.base import Ended, Job, Launcher
from ablations.running.stage_process import last_line
from common.errors import TableError

_POLL_SECONDS = 0.25


class Interrupted(Exception):  # noqa: N818 - it is no error
    """The user (or the system) asked to stop; every process has ended and done stages are kept."""


@dataclass
class Outcome:
    """What became of the stages that were missing: run keys to the reason where they failed or were skipped.

    `ran` is how many stages this call ran, `elsewhere` how many another process did meanwhile.
    """

    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    ran: int = 0
    elsewhere: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.failed


def run_plan(plan: Plan, launcher: Launcher, display: Display) -> Outcome:
    """Runs what is missing. A failed stage stops only the stages that need it.

    A stage that another process works on is waited for, and run here if that one dies.

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
        self.wanted = {run.key for run in missing}

    def run(self) -> None:
        while self.waiting or self.jobs:
            self._skip_hopeless()
            for run in self._ready():
                if len(self.jobs) < self.launcher.workers:
                    self._start(run)
            self.launcher.wait([job for job, _ in self.jobs.values()], _POLL_SECONDS)
            if not self.jobs:
                time.sleep(_POLL_SECONDS)  # all that is left waits for other processes
            for job, run in list(self.jobs.values()):
                ended = self.launcher.poll(job)
                if ended is not None:
                    self._finish(run, ended)
            self.display.tick()

    def end_all(self) -> None:
        """Ends every job and what it started; an interrupted stage goes on from its checkpoint next time."""
        if self.jobs:
            self.launcher.cancel([job for job, _ in self.jobs.values()])
        for _, run in self.jobs.values():
            (run.folder / FAILED).unlink(missing_ok=True)
        self.jobs.clear()

    def _ready(self) -> list[StageRun]:
        """What can start now; stages that others wait for come first, so that short ones fill the end."""
        found = []
        for run in list(self.waiting):
            if self._is_there(run):
                self.waiting.remove(run)
                self.outcome.elsewhere += 1
                self.display.found(run)
            elif all(self._is_there(need) for need in run.needs.values()) and not self._is_taken(run):
                found.append(run)
        return sorted(found, key=lambda run: run.key not in self.needed)

    def _is_there(self, run: StageRun) -> bool:
        """Whether a stage is done, here or by another process. Not one of ours that is still ending."""
        if run.key in self.jobs or not is_done(run):
            return False
        run.stale = ""
        return True

    def _is_taken(self, run: StageRun) -> bool:
        holder = owner(run.folder)
        if holder is not None:
            self.display.taken(run, str(holder))
        return holder is not None

    def _start(self, run: StageRun) -> None:
        try:
            if not _described(run):
                return  # another process was quicker; it stays among those that wait
            job = self.launcher.submit(run.folder)
        except (TableError, OSError) as error:
            self.waiting.remove(run)
            run.stale = ""
            self._failed(run, _kept_reason(run, " ".join(str(error).split())))
            return
        self.waiting.remove(run)
        run.stale = ""
        self.jobs[run.key] = (job, run)
        self.display.started(run)

    def _finish(self, run: StageRun, ended: Ended) -> None:
        del self.jobs[run.key]
        if ended.code == BUSY and not is_done(run):  # another process was quicker
            self.display.given_up(run)
            self.waiting.append(run)
            return
        self.outcome.ran += 1
        if is_done(run):
            self.display.ended(run, None)
        else:
            self._failed(run, _why(run, ended.code))

    def _failed(self, run: StageRun, reason: str) -> None:
        self.outcome.failed[run.key] = reason
        self.display.ended(run, reason)

    def _skip_hopeless(self) -> None:
        bad = {**self.outcome.failed, **self.outcome.skipped}
        for run in list(self.waiting):
            lost = next((need for need in run.needs.values() if need.key in bad), None)
            if lost is not None:
                self.waiting.remove(run)
                self.outcome.skipped[run.key] = bad[run.key] = f"its input {lost.title} failed"
                self.display.skipped(run, self.outcome.skipped[run.key])


def _described(run: StageRun) -> bool:
    """Describes a stage in its folder; False where another process works in it, or has done the stage by now.

    Looked up and done under the folder's lock: without it, a result that comes in between would be removed.
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


def _why(run: StageRun, exitcode: int | None) -> str:
    """The reason of a failure; written to `failed.json` where the process could not do so itself."""
    written = read_json(run.folder / FAILED)
    if written is not None:
        return str(written.get("reason", "failed without a reason"))
    metrics = read_json(run.folder / METRICS)
    if exitcode is not None and exitcode < 0:
        known = {number.value: number.name for number in signal.Signals}
        name = known.get(-exitcode, f"signal {-exitcode}")
        reason = f"killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    elif metrics is not None and result(run) is None:
        reason = f"stopped early, after {metrics.get('iterations', 'too few')} iterations"
    else:
        reason = f"ended without a result ({last_line(run.folder) or 'empty log'})"
    return _kept_reason(run, reason)


def _kept_reason(run: StageRun, reason: str) -> str:
    with suppress(TableError):  # a full disk takes no reason either
        write_json(run.folder / FAILED, {"reason": reason, "traceback": ""})
    return reason


@contextmanager
def _stop_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP stop like Ctrl-C does: otherwise the stages would go on without us.

    A SIGHUP that is ignored stays so: `nohup` asked for that.
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
