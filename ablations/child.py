"""What happens in a stage's own process: its log, its threads, and the reason where it fails."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from ablations.expand import StageRun
from ablations.folder import FAILED, LOG, write_json


def run_child(function: str, run: StageRun, threads: int) -> None:
    """Runs `function` ("module:name") on a stage, output into `log.txt`; a failure is in `failed.json`, exit code 1."""
    _detach()
    _log_to(run)
    try:
        module, _, name = function.partition(":")
        stage_function: Callable[[StageRun], Any] = getattr(importlib.import_module(module), name)
        if "torch" in sys.modules:  # a stage function that needs no torch should not pay for it
            sys.modules["torch"].set_num_threads(threads)
        stage_function(run)
    except BaseException as error:  # SystemExit too: a command line that argparse refuses ends so
        sys.stdout.flush()
        sys.stderr.flush()
        why = reason(error, run)  # before the traceback joins what the stage itself said in the log
        traceback.print_exc()
        write_json(run.folder / FAILED, {"reason": why, "traceback": traceback.format_exc()})
        sys.exit(1)


def reason(error: BaseException, run: StageRun) -> str:
    """One line: the message alone where it is written for users, with the error's name where it is not."""
    message = " ".join(str(error).split())
    if getattr(error, "is_user_error", False):
        return message
    if isinstance(error, SystemExit):
        return last_line(run) or f"ended with exit code {error.code}"
    return f"{type(error).__name__}: {message}"[:500]


def last_line(run: StageRun) -> str:
    """The last line of the run's log that says anything."""
    try:
        lines = (run.folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][:500] if said else ""


def _detach() -> None:
    """Its own process group, so that Ctrl-C reaches the parent alone, which then ends the whole group."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent must not leave a training behind that nobody watches and the next call collides with."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.killpg(os.getpgrp(), signal.SIGKILL)


def _log_to(run: StageRun) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    log = os.open(run.folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
