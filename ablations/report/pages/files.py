"""How a report's files are written: whole or not at all."""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from common.errors import TableError
from common.files import write_atomically


def write(path: Path, content: str | bytes) -> None:
    """Write a file of a report atomically. Raises `TableError` that names the file where it cannot be written."""
    fix = "free some space there or choose another folder"
    write_atomically(path, content, shared=True, error=TableError, fix=fix)


def remove_others(folder: Path, kept: Container[Path]) -> None:
    """Removes the pictures of an earlier report that this one no longer shows."""
    for path in folder.glob("*"):
        if path.suffix in (".png", ".svg", ".jpeg", ".gif") and path not in kept:
            with suppress(OSError):  # a picture too many is no error
                path.unlink()
