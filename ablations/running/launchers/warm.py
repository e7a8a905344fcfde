"""Launcher that forks parallel stages on this machine from a process that has imported torch and Lightning."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing import connection, forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from ablations.running.launchers.base import ExitStatus, Job
from ablations.running.launchers.groups import end_groups, kill_group
from ablations.running.stage_process import run_child

#: Function that a stage's process calls, as module:name. The warm process imports its module.
STAGE_FUNCTION = "ablations.stage:run_stage"
_ROOT = Path(__file__).resolve().parents[3]


class WarmLauncher:
    """Forks each stage from a warm process: imports are done once per table, and each stage has its own process.

    Args:
        workers: number of parallel stages.
        threads: threads per stage; None for torch's default.
    """

    def __init__(self, workers: int, threads: int | None = None) -> None:
        self.workers, self.threads = workers, threads

    def __enter__(self) -> WarmLauncher:
        _start_server()
        return self

    def __exit__(self, *exception: object) -> None:
        """Do nothing: the runner cancels its jobs, and the warm process lives as long as this process."""

    def submit(self, folder: Path) -> Job:
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=run_child, args=(STAGE_FUNCTION, folder, self.threads, os.getpid()))
        process.start()
        return Job(folder, process)

    def poll(self, job: Job) -> ExitStatus | None:
        process: ForkServerProcess = job.handle
        if process.is_alive():
            return None
        process.join()
        assert process.pid is not None
        kill_group(process.pid)  # child processes that the stage left behind
        return ExitStatus(process.exitcode)

    def cancel(self, jobs: list[Job]) -> None:
        processes = {job.handle.pid: job.handle for job in jobs}
        end_groups(list(processes), lambda pid: processes[pid].is_alive())
        for process in processes.values():
            process.join()

    def wait(self, jobs: list[Job], seconds: float) -> None:
        connection.wait([job.handle.sentinel for job in jobs], timeout=seconds)


def _start_server() -> None:
    """Start the process that imports torch and Lightning once and forks every stage."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(
        ["ablations.running.stage_process", STAGE_FUNCTION.partition(":")[0]]
    )
    # Before Python 3.12.5 the server does not get this sys.path, and a preload that it cannot find is silently skipped.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *([before] if before else [])])
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
