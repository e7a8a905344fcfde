"""Ending processes: with all that they started, and nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from ablations.planning.locks import is_running
from ablations.running.launchers import groups


def test_an_ended_process_s_number_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be another process's by now."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *arguments: killed.append(arguments))
    groups.kill_group(process.pid)
    groups.end_groups([process.pid], lambda pid: False)
    assert killed == []


def test_what_an_ended_process_has_left_behind_is_killed() -> None:
    code = "import os, subprocess; os.setsid(); print(subprocess.Popen(['sleep', '600']).pid, flush=True)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    left = int(process.stdout.readline())
    process.wait()
    process.stdout.close()
    assert is_running(left)
    groups.kill_group(process.pid)
    deadline = time.monotonic() + 30
    while is_running(left):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_without_a_group_of_its_own_is_ended_too() -> None:
    process = subprocess.Popen(["sleep", "600"])
    groups.end_groups([process.pid], lambda pid: process.poll() is None)
    assert process.wait(30) == -signal.SIGTERM
