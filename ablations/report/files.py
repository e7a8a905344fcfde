"""How a report's files are written: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from ablations.errors import TableError


def write(path: Path, content: str | bytes) -> None:
    """Writes the file at once: a reader sees the old one or the whole new one.

    Raises `TableError` that names the file where it cannot be written (a full disk, no permission).
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        os.replace(temporary, path)
    except OSError as error:
        raise TableError(
            f"{path}: cannot be written ({error.strerror}); free some space there or choose another folder"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def remove_others(folder: Path, kept: Container[Path]) -> None:
    """Removes the pictures of an earlier report that this one no longer shows."""
    for path in folder.glob("*"):
        if path.suffix in (".png", ".svg", ".jpeg") and path not in kept:
            with suppress(OSError):  # a picture too many is no error
                path.unlink()
