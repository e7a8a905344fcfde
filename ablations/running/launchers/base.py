"""What a launcher is: submit, poll, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass
class Job:
    """A stage that was submitted: its run folder, and whatever the launcher knows it by."""

    folder: Path
    handle: Any


@dataclass(frozen=True)
class Ended:
    """How a job ended: its exit code, negative for a signal, None where the launcher cannot tell."""

    code: int | None


class Launcher(Protocol):
    """Starts stages somewhere. SLURM and Ray need no more than this to be added.

    `workers` is how many jobs it takes at a time. Use it as a context: on leaving, nothing it started still runs.
    """

    workers: int

    def __enter__(self) -> Launcher: ...

    def __exit__(self, *exception: object) -> None: ...

    def submit(self, folder: Path) -> Job:
        """Starts the stage that a run folder describes, and returns at once."""

    def poll(self, job: Job) -> Ended | None:
        """How a job ended; None while it runs."""

    def cancel(self, jobs: list[Job]) -> None:
        """Stops jobs and all that they started, first kindly; returns when they have ended."""

    def wait(self, jobs: list[Job], seconds: float) -> None:
        """Returns when one of the jobs may have ended, or after so many seconds."""
