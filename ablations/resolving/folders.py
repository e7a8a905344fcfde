"""Folders that a model reads: their files are in a stage's key, and not where they lie."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from ablations.resolving.arguments import declared_arguments

#: A class's declaration: the names of its arguments that are folders, a tuple.
FOLDER_ARGUMENTS = "folder_arguments"


def folder_arguments(class_path: str) -> tuple[str, ...]:
    """Return the arguments of a class that are folders of files: those that it, or its nearest base, declares.

    Raises `TableError` as `declared_arguments`: a misspelt one's folder would be in the key by its path.
    """
    return declared_arguments(class_path, FOLDER_ARGUMENTS)


def folder_digest(folder: Path) -> str:
    """Return a digest of a folder's files, by name and content; hidden ones do not count.

    Where there is no such folder, words that say so: the stage that reads it then fails with its own error.
    """
    if not folder.is_dir():
        return "no such folder"
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    digest = hashlib.sha256()
    for name in sorted(name for name in files if not any(part.startswith(".") for part in name.parts)):
        status = files[name].stat()
        digest.update(f"{name.as_posix()} {_content(files[name], status.st_size, status.st_mtime_ns)}\n".encode())
    return digest.hexdigest()


@cache
def _content(path: Path, size: int, changed: int) -> str:
    """The digest of a file, read once for as long as size and time of change stay."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
