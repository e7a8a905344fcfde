"""Folders that are filled beside their final place: those of killed processes are removed by the next writer."""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_OWNER = ".owner"
#: Folders that this process fills: its own locks do not keep it out.
_own: set[Path] = set()


@contextmanager
def partial_folder(target: Path) -> Iterator[Path]:
    """Yield a new folder beside `target`, to be renamed to it when complete; if it was not, it is removed at the end.

    A file beside the folder is locked as long as this process lives. Folders for `target` that killed processes left
    are removed first.

    Raises:
        OSError: it cannot be created.
    """
    whole = target.absolute()
    whole.parent.mkdir(parents=True, exist_ok=True)
    _sweep(whole)
    handle, name = tempfile.mkstemp(prefix=_prefix(whole), suffix=_OWNER, dir=whole.parent)
    owner, folder = Path(name), Path(name.removesuffix(_OWNER))
    _own.add(owner)
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX)  # unlike flock's, not shared with forked workers, which may outlive us
        folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        owner.unlink(missing_ok=True)
        os.close(handle)
        _own.discard(owner)


def _prefix(target: Path) -> str:
    return f".{target.name}.partial-"


def _sweep(target: Path) -> None:
    for path in target.parent.glob(f"{glob.escape(_prefix(target))}*"):
        number = path.name.removeprefix(_prefix(target))
        if path.name.endswith(_OWNER) and path not in _own:
            _remove_abandoned(path)
        elif number.isdigit() and not _is_running(int(number)):  # as earlier versions named them, by process
            shutil.rmtree(path, ignore_errors=True)


def _remove_abandoned(owner: Path) -> None:
    with suppress(OSError), owner.open("r+b") as file:  # another process may be removing it
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its owner lives
        shutil.rmtree(owner.with_name(owner.name.removesuffix(_OWNER)), ignore_errors=True)
        owner.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's
        return True
    return True
