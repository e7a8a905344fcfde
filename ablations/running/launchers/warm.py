"""This machine, N stages side by side, each in a process forked from one that has imported torch and Lightning."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing import connection, forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from ablations.running.launchers.base import Ended, Job
from ablations.running.launchers.groups import end_groups, kill_group
from ablations.running.stage_process import run_child

#: What a stage's process calls, as module:name. Its module is what the warm process imports.
STAGE_FUNCTION = "ablations.stage:run_stage"
_ROOT = Path(__file__).resolve().parents[3]


class WarmLauncher:
    """Forks each stage from a warm process: imports are paid once a table, and a stage still has its own process.

    Args:
        workers: stages side by side.
        threads: threads of each stage; None for as many as torch would take.
    """

    def __init__(self, workers: int, threads: int | None = None) -> None:
        self.workers, self.threads = workers, threads

    def __enter__(self) -> WarmLauncher:
        _start_server()
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing is left: the runner cancels its jobs, and the warm process serves this process to its end."""

    def submit(self, folder: Path) -> Job:
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=run_child, args=(STAGE_FUNCTION, folder, self.threads, os.getpid()))
        process.start()
        return Job(folder, process)

    def poll(self, job: Job) -> Ended | None:
        process: ForkServerProcess = job.handle
        if process.is_alive():
            return None
        process.join()
        assert process.pid is not None
        kill_group(process.pid)  # whatever the stage started and left behind
        return Ended(process.exitcode)

    def cancel(self, jobs: list[Job]) -> None:
        processes = {job.handle.pid: job.handle for job in jobs}
        end_groups(list(processes), lambda pid: processes[pid].is_alive())
        for process in processes.values():
            process.join()

    def wait(self, jobs: list[Job], seconds: float) -> None:
        connection.wait([job.handle.sentinel for job in jobs], timeout=seconds)


def _start_server() -> None:
    """Starts the process that imports torch and Lightning once and forks every stage from there."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(
        ["ablations.running.stage_process", STAGE_FUNCTION.partition(":")[0]]
    )
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
