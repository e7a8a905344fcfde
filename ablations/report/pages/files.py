"""Atomic writing of a report's files."""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from common.errors import TableError
from common.files import write_atomically


def write(path: Path, content: str | bytes) -> None:
    """Write a file of a report atomically. Raises `TableError`, which names the file, if that fails."""
    fix = "free disk space, or choose another folder"
    write_atomically(path, content, shared=True, error=TableError, fix=fix)


def remove_others(folder: Path, kept: Container[Path]) -> None:
    """Remove images of an earlier report that this one does not contain."""
    for path in folder.glob("*"):
        if path.suffix in (".png", ".svg", ".jpeg", ".gif") and path not in kept:
            with suppress(OSError):  # a image too many is no error
                path.unlink()
