"""The process of a stage: its lock, log, threads, and the reason of a failure."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ablations.planning.folder import FAILED, KEY, LOG, clear, folder_result, read_json, write_json
from ablations.planning.locks import BEAT, BUSY, Lock, is_running
from ablations.planning.run_faults import file_fault
from common.errors import TableError, UserError

#: Interval at which a stage checks that its parent is alive, in seconds.
_CHECK = 0.5
#: Errors of a write without disk space: no space, over quota, file too large, read-only.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def run_child(function: str, folder: Path, threads: int | None, parent: int | None = None) -> None:
    """Run `function` ("module:name") on a run folder with `config.yaml` and `key.json`.

    Output goes to `log.txt`. A failure is recorded in `failed.json`, with exit code 1. If another process works in the
    folder, exit with code 75; if the stage is done, return. With `parent`, a process id, the stage exits when that
    process does.
    """
    if parent is not None:
        _detach()
    try:
        lock = Lock.acquire(folder)
    except TableError as error:
        _report_failure(error, folder)
        sys.exit(1)
    if lock is None:
        sys.exit(BUSY)
    threading.Thread(target=keep_lock, args=(lock, parent), daemon=True).start()
    try:
        _run(function, folder, threads)
    finally:
        lock.release()


def _run(function: str, folder: Path, threads: int | None) -> None:
    try:
        described = None if file_fault(folder / KEY) else read_json(folder / KEY)
        if described is None:
            raise TableError(f"{folder / KEY}: is missing or damaged; run the table's command, which writes it")
        if folder_result(folder, described["kind"], described["config"]) is not None:
            return
        clear(folder)
        _log_to(folder)
        module, _, name = function.partition(":")
        stage_function: Callable[[Path], Any] = getattr(importlib.import_module(module), name)
        if threads is not None and "torch" in sys.modules:  # a stage without torch must not import it
            sys.modules["torch"].set_num_threads(threads)
        stage_function(folder)
    except BaseException as error:  # SystemExit too: argparse raises it for a wrong command line
        _report_failure(error, folder)
        sys.exit(1)


def _report_failure(error: BaseException, folder: Path) -> None:
    """Write the reason to the folder; on a full disk, the parent still gets the exit code."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    why = reason(error, folder)  # before the traceback is added to the log
    with suppress(OSError):
        if isinstance(error, TableError):  # complete in one line; before the log exists it goes to the terminal
            print(f"error: {why}", file=sys.stderr, flush=True)
        else:
            traceback.print_exc()
    with suppress(TableError):
        write_json(folder / FAILED, {"reason": why, "traceback": traceback.format_exc()})


def reason(error: BaseException, folder: Path) -> str:
    """Return one line for an error: the message if it is a user error, else with the name of the error."""
    message = " ".join(str(error).split())
    if isinstance(error, UserError):
        return message
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return f"{error.filename or folder}: cannot be written ({error.strerror}); free disk space and run again"
    if isinstance(error, SystemExit):
        return last_line(folder) or f"ended with exit code {error.code}"
    return f"{type(error).__name__}: {message}"[:500]


def last_line(folder: Path) -> str:
    """Return the last non-empty line of the run's log."""
    try:
        lines = (folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    texts = [line.strip() for line in lines if line.strip()]
    return texts[-1][:500] if texts else ""


def _detach() -> None:
    """Start a new process group, so that Ctrl-C reaches only the parent, which then ends the whole group."""
    with suppress(PermissionError):  # already a group leader: a job of an interactive shell
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def keep_lock(lock: Lock, parent: int | None = None) -> None:
    """Renew a lock until it is released. Ends the process if its parent has ended, or if the lock was lost, so that
    no two processes write the same files.
    """
    while lock.held:
        for _ in range(round(BEAT / _CHECK)):
            time.sleep(_CHECK)
            if parent is not None and not is_running(parent):
                os.killpg(os.getpgrp(), signal.SIGKILL)
        if not lock.beat():
            print(
                f"error: {lock.folder}: another machine took it over; this process exits",
                file=sys.stderr,
                flush=True,
            )
            os._exit(BUSY)


def _log_to(folder: Path) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
