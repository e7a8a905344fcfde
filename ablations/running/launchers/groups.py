"""Termination of a local process with its process group."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

#: Time between SIGTERM and SIGKILL, in seconds.
GRACE = 5.0


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a process's group, or the process alone if it has no group yet; do nothing if it has ended."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def kill_group(pid: int) -> None:
    """Kill the rest of an ended process's group; never the process id alone, which may have been reused."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_groups(pids: Sequence[int], alive: Callable[[int], bool]) -> None:
    """Send SIGTERM to all, wait up to `GRACE` seconds, then send SIGKILL to the rest of their groups."""
    for pid in filter(alive, pids):
        signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(alive(pid) for pid in pids):
        time.sleep(0.02)
    for pid in pids:
        if alive(pid):
            signal_group(pid, signal.SIGKILL)
        else:
            kill_group(pid)
