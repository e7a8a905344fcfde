"""Record of a training's checkpoint file, by which later calls notice that it has been truncated or changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from common.files import file_digest

#: Name of the record in `provenance.json`.
RECORD = "checkpoint"


def checkpoint_record(path: Path) -> dict[str, Any]:
    """Return size, time of change and sha256 of a checkpoint file. Raises OSError if it cannot be read."""
    state = path.stat()
    return {"bytes": state.st_size, "mtime_ns": state.st_mtime_ns, "sha256": file_digest(path)}


def is_broken(path: Path, record: Mapping[str, Any] | None) -> bool:
    """True if a checkpoint file differs from its record; False without a record or without the file.

    Only a file whose time of change differs is read, and if its contents are unchanged (a copy), it gets the recorded
    time, so that the next call need not read it again. Changes that keep size and time show when weights are loaded.
    """
    try:
        state = path.stat()
    except OSError:
        return False
    if record is None or (state.st_size, state.st_mtime_ns) == (record["bytes"], record["mtime_ns"]):
        return False
    if state.st_size != record["bytes"] or _digest(path, state.st_size, state.st_mtime_ns) != record["sha256"]:
        return True
    with suppress(OSError):  # another user's file
        os.utime(path, ns=(state.st_atime_ns, record["mtime_ns"]))
    return False


@lru_cache(maxsize=4096)
def _digest(path: Path, size: int, time: int) -> str | None:
    try:
        return file_digest(path)
    except OSError:
        return None
