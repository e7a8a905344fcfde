"""What several layers say of a table without running it: a lint check's outcome, and a declared deviation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """One line of the fairness checklist: `id` ("declared-keys"), what is checked, and every finding against it.

    "fail": `findings` name row, key and the mend. "pass": `findings` may add what a reader should know.
    """

    id: str
    text: str
    status: Literal["pass", "fail"]
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deviation:
    """Where the code departs from the paper, as declared beside that code: place in the paper, its text, ours, why."""

    where: str
    paper: str
    ours: str
    why: str
