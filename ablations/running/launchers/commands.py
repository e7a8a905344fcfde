"""Launcher that runs each stage on this machine as a separate command, as a cluster's launcher would submit it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from ablations.running.launchers.base import ExitStatus, Job
from ablations.running.launchers.groups import end_groups, kill_group

_ROOT = Path(__file__).resolve().parents[3]


class CommandLauncher:
    """Runs `python cli.py stage FOLDER` for each stage; every process does its own imports.

    Args:
        workers: number of parallel stages.
        threads: threads per stage; None for torch's default.
    """

    def __init__(self, workers: int, threads: int | None = None) -> None:
        self.workers, self.threads = workers, threads

    def __enter__(self) -> CommandLauncher:
        return self

    def __exit__(self, *exception: object) -> None:
        """Do nothing: the runner cancels its jobs."""

    def submit(self, folder: Path) -> Job:
        command = [sys.executable, str(_ROOT / "cli.py"), "stage", str(folder), "--parent", str(os.getpid())]
        command += [] if self.threads is None else ["--threads", str(self.threads)]
        nothing = subprocess.DEVNULL  # the stage logs into its folder
        return Job(folder, subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing))

    def poll(self, job: Job) -> ExitStatus | None:
        code = job.handle.poll()
        if code is None:
            return None
        kill_group(job.handle.pid)  # child processes that the stage left behind
        return ExitStatus(code)

    def cancel(self, jobs: list[Job]) -> None:
        processes = {job.handle.pid: job.handle for job in jobs}
        end_groups(list(processes), lambda pid: processes[pid].poll() is None)
        for process in processes.values():
            process.wait()

    def wait(self, jobs: list[Job], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and all(job.handle.poll() is None for job in jobs):
            time.sleep(0.05)
