"""Locks: one process at a time works in a run folder, also across machines that share the disk.

A lock is a small file beside the run folder that names its owner, who touches it regularly. Another process may take
over a lock whose owner is dead (on this machine) or that it has itself seen untouched for `SILENCE` seconds of its own
clock (on another machine): clocks of two machines differ, so the file's time is never compared with the time here.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ablations.planning.machine import machine_identity
from common.errors import TableError

#: Interval at which an owner touches its lock, and time after which an untouched lock of another machine is lost, in
#: seconds.
BEAT = 10.0
SILENCE = 120.0
#: Exit code of a stage's process if another process works in its folder (EX_TEMPFAIL of sysexits).
BUSY = 75


@dataclass(frozen=True)
class Owner:
    """A process, identified uniquely: `born` is its start time in the kernel's clock ticks."""

    host: str
    pid: int
    born: int

    @classmethod
    def this(cls) -> Owner:
        """Return the current process."""
        return cls(machine_identity(), os.getpid(), _start_time(os.getpid()) or 0)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host.partition(' ')[0]}"

    def is_alive(self, silent_for: float) -> bool:
        """True if the process runs (on this machine) or was silent for less than `SILENCE` (on another machine)."""
        if self.host != machine_identity():
            return silent_for < SILENCE
        return _start_time(self.pid) == self.born


class Lock:
    """Exclusive access to `folder`; created by `acquire`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, lock_path(folder)
        self.held = True

    @classmethod
    def acquire(cls, folder: Path) -> Lock | None:
        """Return the lock of a run folder, or None if a living process holds it. The folder need not exist.

        Raises `TableError` if the lock cannot be written.
        """
        lock = cls(folder)
        try:
            lock.path.parent.mkdir(parents=True, exist_ok=True)
            with _guard(lock.path.parent):
                return None if owner(folder) is not None else lock._take()
        except OSError as error:
            fix = "free disk space, or choose another folder"
            raise TableError(f"{lock.path}: cannot be written ({error.strerror}); {fix}") from error

    def _take(self) -> Lock:
        partial = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            partial.write_text(json.dumps(asdict(Owner.this())), encoding="utf-8")
            partial.replace(self.path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        return self

    def beat(self) -> bool:
        """Touch the lock; return False if another machine has taken it over.

        Disk errors are ignored here: they recur when results are written.
        """
        found = _read_owner(self.path)
        if self.held and found is not None and found != Owner.this():
            return False
        with suppress(OSError):
            if self.held:
                os.utime(self.path)
        return True

    def release(self) -> None:
        """Delete the lock if this process still holds it."""
        self.held = False
        with suppress(OSError), _guard(self.path.parent):
            if owner(self.folder) == Owner.this():
                self.path.unlink()


def owner(folder: Path) -> Owner | None:
    """Return the living process that works in a run folder, or None.

    That of another machine counts as alive until this process has looked at its lock for `SILENCE` seconds.
    """
    path = lock_path(folder)
    found = _read_owner(path)
    return found if found is not None and found.is_alive(_silence(path, found)) else None


#: What this process has seen of locks: the last change of each (its owner and time), and when it saw that first.
_seen: dict[Path, tuple[tuple[Owner, int], float]] = {}


def _silence(path: Path, found: Owner) -> float:
    """Return for how many seconds of its monotonic clock this process has seen a lock unchanged; 0 at first sight."""
    try:
        change = found, path.stat().st_mtime_ns
    except OSError:
        return 0.0
    now = time.monotonic()
    before, since = _seen.get(path, (None, now))
    if before != change:
        since = now
    _seen[path] = change, since
    return now - since


def owners(root: Path) -> list[Owner]:
    """Return the living processes of this machine that work in folders of `root`."""
    found = (owner(path.with_name(path.name[1:].removesuffix(".lock"))) for path in sorted(root.glob(".*.lock")))
    return [one for one in found if one is not None and one.host == machine_identity()]


def _read_owner(path: Path) -> Owner | None:
    """Read the owner of a lock, alive or not; None if there is no valid lock."""
    try:
        return Owner(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def lock_path(folder: Path) -> Path:
    """Return the path of a folder's lock: beside the folder, which may be emptied while it is locked."""
    whole = Path(os.path.abspath(folder))  # "." has no name
    return whole.with_name(f".{whole.name}.lock")


@contextmanager
def _guard(parent: Path) -> Iterator[None]:
    """Serialise access to the locks of these folders; the kernel releases the guard of a dead process."""
    with (parent / ".locks").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _start_time(pid: int) -> int | None:
    """Return the start time of a process in clock ticks, None if it does not run; without /proc, 0 if it runs."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None if Path("/proc/self/stat").exists() else _start_time_by_signal(pid)
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])  # a zombie does not run


def is_running(pid: int) -> bool:
    """True if a process of this machine runs; a zombie does not."""
    return _start_time(pid) is not None


def _start_time_by_signal(pid: int) -> int | None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:  # another user's
        return 0
    return 0
