"""Result of `data verify` on a folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from common.errors import DataError


def content_digest(root: Path) -> str:
    """Return the sha256 (hex) of a data set's files by relative path and content; hidden ones do not count.

    Unlike a fingerprint, which has the files' sizes, it reads every byte.

    Raises:
        DataError: a file cannot be read.
    """
    digest = hashlib.sha256()
    files = {path.relative_to(root): path for path in root.rglob("*") if path.is_file()}
    for name in sorted(name for name in files if not any(part.startswith(".") for part in name.parts)):
        try:
            with files[name].open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{files[name]}: cannot be read ({error.strerror}); change its permissions") from error
        digest.update(f"{name.as_posix()} {content}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class DataCheck:
    """Findings of `data verify`.

    Attributes:
        root: the folder.
        kind: the data set's name, or "synthetic data".
        images: number of images in its lists.
        problems: errors, a line each.
        notes: remarks that are no errors, for the summary.
    """

    root: Path
    kind: str
    images: int
    problems: list[str]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    def summary(self) -> str:
        """Return one line for the end of the list."""
        count = len(self.problems)
        state = f"{count} problem{'s' * (count != 1)}" if count else "complete and consistent"
        return "; ".join([f"{self.root}: {self.kind}, {self.images} images listed, {state}", *self.notes])
