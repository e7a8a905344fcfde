"""One process at a time works in a run folder, on this machine or on others that share the disk.

A lock is a small file beside the run folder that names its owner; the owner touches it now and then. An owner that is
dead, on this machine, or has been silent for long, on another, has lost its lock to whoever asks next.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from common.errors import TableError

#: How often an owner touches its lock, and how long another machine's may be silent, in seconds.
BEAT = 10.0
SILENCE = 120.0
#: A stage's process ends with this where another one works in its folder. (sysexits' "temporary failure".)
BUSY = 75


@dataclass(frozen=True)
class Owner:
    """A process, named so that no later one can be taken for it: `born` is its start, in the kernel's clock ticks."""

    host: str
    pid: int
    born: int

    @classmethod
    def this(cls) -> Owner:
        """The process that asks."""
        return cls(_host(), os.getpid(), _born(os.getpid()) or 0)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host.partition(' ')[0]}"

    def is_alive(self, silent_for: float) -> bool:
        """Whether it still runs: looked up on this machine, by its silence on another."""
        if self.host != _host():
            return silent_for < SILENCE
        return _born(self.pid) == self.born


class Lock:
    """The right to work in `folder`; `acquire` is the way to get one."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, lock_path(folder)
        self.held = True

    @classmethod
    def acquire(cls, folder: Path) -> Lock | None:
        """The lock of a run folder, None where a living process has it. The folder need not exist yet.

        Raises `TableError` where the disk takes no lock.
        """
        lock = cls(folder)
        try:
            lock.path.parent.mkdir(parents=True, exist_ok=True)
            with _guarded(lock.path.parent):
                return None if owner(folder) is not None else lock._take()
        except OSError as error:
            mend = "free the disk, or choose another folder"
            raise TableError(f"{lock.path}: cannot be written ({error.strerror}); {mend}") from error

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
        """Tells other machines that this process lives; False where one has taken the lock over: it thought us dead.

        A disk that fails now says so where it matters.
        """
        found = _named(self.path)
        if self.held and found is not None and found != Owner.this():
            return False
        with suppress(OSError):
            if self.held:
                os.utime(self.path)
        return True

    def release(self) -> None:
        """Gives the folder free, if it is still ours."""
        self.held = False
        with suppress(OSError), _guarded(self.path.parent):
            if owner(self.folder) == Owner.this():
                self.path.unlink()


def owner(folder: Path) -> Owner | None:
    """The living process that works in a run folder; None where there is none."""
    path = lock_path(folder)
    found = _named(path)
    try:
        silent_for = time.time() - path.stat().st_mtime
    except OSError:
        return None
    return found if found is not None and found.is_alive(silent_for) else None


def owners(root: Path) -> list[Owner]:
    """Return the living processes of this machine that work in folders of `root`."""
    found = (owner(path.with_name(path.name[1:].removesuffix(".lock"))) for path in sorted(root.glob(".*.lock")))
    return [one for one in found if one is not None and one.host == _host()]


def _named(path: Path) -> Owner | None:
    """Who a lock names, alive or not; None where there is none that was written whole."""
    try:
        return Owner(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def lock_path(folder: Path) -> Path:
    """Beside the folder, which may be emptied while it is locked."""
    whole = Path(os.path.abspath(folder))  # "." has no name
    return whole.with_name(f".{whole.name}.lock")


@contextmanager
def _guarded(parent: Path) -> Iterator[None]:
    """One process at a time looks at the locks of these folders and changes them; the kernel frees it for the dead."""
    with (parent / ".locks").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _host() -> str:
    """This machine; in a container, whose process numbers are its own, this container."""
    with suppress(OSError):
        return f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')}"
    return socket.gethostname()


def _born(pid: int) -> int | None:
    """When a process started, in clock ticks; None where it runs no more. Without /proc, 0 for every living one."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None if Path("/proc/self/stat").exists() else _answers(pid)
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])  # a zombie works no more


def is_running(pid: int) -> bool:
    """Whether a process of this machine runs; a zombie does not."""
    return _born(pid) is not None


def _answers(pid: int) -> int | None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:  # another user's
        return 0
    return 0
