"""What happens in a stage's own process: its lock, its log, its threads, and the reason where it fails."""

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
from common.errors import TableError, UserError

#: How often a stage looks whether its parent lives, in seconds.
_LOOK = 0.5
#: What a write says that found no room: no space, over quota, too large, read-only.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def run_child(function: str, folder: Path, threads: int | None, parent: int | None = None) -> None:
    """Runs `function` ("module:name") on a run folder that holds `config.yaml` and `key.json`.

    Output goes into `log.txt`. A failure is in `failed.json`, exit code 1. Where another process works in the folder
    nothing happens, exit code 75; where that has done the stage, nothing is left to do. With `parent`, the number of
    the process that asked, the stage ends when that does: nobody would watch it.
    """
    if parent is not None:
        _detach()
    try:
        lock = Lock.acquire(folder)
    except TableError as error:
        _tell(error, folder)
        sys.exit(1)
    if lock is None:
        sys.exit(BUSY)
    threading.Thread(target=keep, args=(lock, parent), daemon=True).start()
    try:
        _run(function, folder, threads)
    finally:
        lock.release()


def _run(function: str, folder: Path, threads: int | None) -> None:
    try:
        described = read_json(folder / KEY)
        if described is None:
            raise TableError(f"{folder / KEY}: is missing or broken; the table's own command writes it")
        if folder_result(folder, described["kind"], described["config"]) is not None:
            return
        clear(folder)
        _log_to(folder)
        module, _, name = function.partition(":")
        stage_function: Callable[[Path], Any] = getattr(importlib.import_module(module), name)
        if threads is not None and "torch" in sys.modules:  # a stage that needs no torch should not pay for it
            sys.modules["torch"].set_num_threads(threads)
        stage_function(folder)
    except BaseException as error:  # SystemExit too: a command line that argparse refuses ends so
        _tell(error, folder)
        sys.exit(1)


def _tell(error: BaseException, folder: Path) -> None:
    """Leaves the reason in the folder; on a full disk, the parent still sees the exit code."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    why = reason(error, folder)  # before the traceback joins what the stage itself said in the log
    with suppress(OSError):
        if isinstance(error, TableError):  # says all there is, perhaps on a terminal: before the log there is no log
            print(f"error: {why}", file=sys.stderr, flush=True)
        else:
            traceback.print_exc()
    with suppress(TableError):
        write_json(folder / FAILED, {"reason": why, "traceback": traceback.format_exc()})


def reason(error: BaseException, folder: Path) -> str:
    """One line: the message alone where it is written for users, with the error's name where it is not."""
    message = " ".join(str(error).split())
    if isinstance(error, UserError):
        return message
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return f"{error.filename or folder}: cannot be written ({error.strerror}); free the disk and run again"
    if isinstance(error, SystemExit):
        return last_line(folder) or f"ended with exit code {error.code}"
    return f"{type(error).__name__}: {message}"[:500]


def last_line(folder: Path) -> str:
    """The last line of the run's log that says anything."""
    try:
        lines = (folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][:500] if said else ""


def _detach() -> None:
    """Its own process group, so that Ctrl-C reaches the parent alone, which then ends the whole group."""
    with suppress(PermissionError):  # it leads one already: a job of an interactive shell
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def keep(lock: Lock, parent: int | None = None) -> None:
    """Keeps a lock alive until it is released. The process ends where its parent does, and where the lock was lost:
    two must not write the same files.
    """
    while lock.held:
        for _ in range(round(BEAT / _LOOK)):
            time.sleep(_LOOK)
            if parent is not None and not is_running(parent):
                os.killpg(os.getpgrp(), signal.SIGKILL)
        if not lock.beat():
            print(f"error: {lock.folder}: another machine took it over; this process ends", file=sys.stderr, flush=True)
            os._exit(BUSY)


def _log_to(folder: Path) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
