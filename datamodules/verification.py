"""What `data verify` finds in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Verification:
    """What `data verify` found.

    Attributes:
        root: the folder.
        kind: what it is: the data set's name, or "synthetic stand-in".
        images: how many its lists name.
        problems: what is wrong, a line each.
        notes: what is as it may be, and good to know; for the summary.
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
        """One line for the end of the list."""
        count = len(self.problems)
        state = f"{count} problem{'s' * (count != 1)}" if count else "complete and consistent"
        return "; ".join([f"{self.root}: {self.kind}, {self.images} images listed, {state}", *self.notes])
