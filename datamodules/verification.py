"""Result of `data verify` on a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
