"""Ending a local process with everything it started."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

#: Between being asked and being killed, in seconds.
GRACE = 5.0


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signals a process's group, or the process alone where it has not made its group yet; nothing where it is gone."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def kill_group(pid: int) -> None:
    """Kills what an ended process left of its group. Never the number alone: it may be somebody else's by now."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_groups(pids: Sequence[int], alive: Callable[[int], bool]) -> None:
    """SIGTERM for all, a moment to end, then SIGKILL for whatever is left of their groups."""
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
