"""Progress of a running table: a live display on a terminal, otherwise a line every few seconds."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table as Grid
from rich.text import Text

from ablations.planning.estimate import clock, read_progress, remaining, seconds_per_unit
from ablations.planning.expand import StageRun
from ablations.planning.plan import Plan

PLAIN_EVERY = 10.0


class Display:
    """Display of one call, used as a context; the runner calls `start`, `finish` and `tick`."""

    def __init__(self, plan: Plan, jobs: int, console: Console | None = None, plain_every: float = PLAIN_EVERY) -> None:
        self.plan, self.jobs, self.plain_every = plan, jobs, plain_every
        self.console = console or Console(highlight=False)
        self.begun = self.spoken = time.monotonic()
        self.running: dict[str, tuple[StageRun, float]] = {}
        missing = {run.key for run in plan.missing()}
        self.done = [run for run in plan.stages if run.key not in missing]
        self.lost: set[str] = set()  # keys of stages that failed or were skipped
        self.waited_for: dict[str, str] = {}  # keys of stages that another process works on, and who
        self.live = Live(console=self.console, get_renderable=self._view, refresh_per_second=2, transient=True)

    def __enter__(self) -> Display:
        count = len(self.plan.stages) - len(self.done)
        if count:
            side = f", {self.jobs} in parallel" if self.jobs > 1 else ""
            self.say(f"{count} of {len(self.plan.stages)} stages to run{side}; {len(self.done)} already done")
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.console.is_terminal:
            self.live.stop()

    def say(self, line: str) -> None:
        """Print a line above the live display."""
        self.console.print(line, markup=False, soft_wrap=True)

    def start(self, run: StageRun) -> None:
        """Record that a stage's process has started."""
        self.running[run.key] = (run, time.monotonic())

    def finish(self, run: StageRun, failure: str | None) -> None:
        """Record that a stage is done, or has failed with a reason."""
        _, begun = self.running.pop(run.key, (run, time.monotonic()))
        taken = clock(time.monotonic() - begun)
        if failure is None:
            self.done.append(run)
            self.say(f"done    {self._count()}  {run.title} ({taken})")
        else:
            self.lost.add(run.key)
            self.say(f"failed  {self._count()}  {run.title} ({taken}): {failure}")

    def finish_elsewhere(self, run: StageRun) -> None:
        """Record that another process has done a stage."""
        self.done.append(run)
        self.say(f"done    {self._count()}  {run.title} (by another process)")

    def wait_for(self, run: StageRun, owner: str) -> None:
        """Record that another process works on a stage; printed once per owner."""
        if self.waited_for.get(run.key) != owner:
            self.waited_for[run.key] = owner
            self.say(f"waiting {self._count()}  {run.title}: {owner} is running it")

    def give_up(self, run: StageRun) -> None:
        """Record that another process started a stage at the same time."""
        self.running.pop(run.key, None)

    def skip(self, run: StageRun, failure: str) -> None:
        """Record that a stage will not run because an input failed."""
        self.lost.add(run.key)
        self.say(f"skipped {self._count()}  {run.title}: {failure}")

    def tick(self) -> None:
        """Called a few times a second; without a terminal, print the progress every `plain_every` seconds."""
        now = time.monotonic()
        if not self.console.is_terminal and now - self.spoken >= self.plain_every:
            self.spoken = now
            stages = " | ".join(_position(run) for run, _ in self.running.values()) or "waiting for another process"
            self.say(f"{self._headline()} | {stages}")

    def _count(self) -> str:
        return f"{len(self.done) + len(self.lost)}/{len(self.plan.stages)}"

    def _headline(self) -> str:
        runs = [run for run, _ in self.running.values()]
        known = {run.key for run in (*self.done, *runs)} | self.lost
        missing = [run for run in self.plan.stages if run.key not in known]
        rates = seconds_per_unit(self.done, runs, self.plan.costs.seconds)
        left = remaining(missing, runs, rates, self.jobs)
        rows = len(self.plan.finished_rows())
        time_left = "time left unknown" if left is None else f"about {clock(left)} left"
        return (
            f"Table {self.plan.table.id} ({self.plan.scale.name}): {rows}/{len(self.plan.rows)} rows, "
            f"{self._count()} stages, {clock(time.monotonic() - self.begun)} elapsed, {time_left}"
        )

    def _view(self) -> RenderableType:
        grid = Grid.grid(padding=(0, 2))
        for run, _ in self.running.values():
            progress = read_progress(run)
            if progress is None:
                grid.add_row(Text(run.title), Text("starting"), Text(""))
            else:
                bar = ProgressBar(total=progress.max_iterations, completed=progress.iteration, width=24)
                grid.add_row(Text(run.title), bar, Text(_speed(run)))
        return Group(Text(self._headline(), style="bold"), grid)


def _position(run: StageRun) -> str:
    speed = _speed(run)
    return f"{run.title} {speed}" if speed else f"{run.title} starting"


def _speed(run: StageRun) -> str:
    progress = read_progress(run)
    if progress is None:
        return ""
    rate = f" ({1 / progress.rate:.2g}/s)" if progress.rate else ""
    return f"{progress.iteration}/{progress.max_iterations}{rate}"
