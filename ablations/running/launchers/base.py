"""Protocol of launchers: submit, poll, cancel, wait."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass
class Job:
    """A submitted stage: its run folder, and the launcher's handle."""

    folder: Path
    handle: Any


@dataclass(frozen=True)
class ExitStatus:
    """Exit code of a job: negative for a signal, None if the launcher does not know it."""

    code: int | None


class Launcher(Protocol):
    """Starts stages on some machine; SLURM or Ray can be added with these methods.

    `workers` is the maximum number of jobs at a time. Used as a context: on exit, none of its jobs runs any more.
    """

    workers: int

    def __enter__(self) -> Launcher: ...

    def __exit__(self, *exception: object) -> None: ...

    def submit(self, folder: Path) -> Job:
        """Start the stage that a run folder describes, without waiting for it."""

    def poll(self, job: Job) -> ExitStatus | None:
        """Return the exit status of a job, None while it runs."""

    def cancel(self, jobs: list[Job]) -> None:
        """Stop jobs with their child processes, first with SIGTERM; returns when they have ended."""

    def wait(self, jobs: list[Job], seconds: float) -> None:
        """Return when one of the jobs may have ended, or after `seconds`."""
