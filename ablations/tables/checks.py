"""Data types that several layers share: the outcome of a lint check, and a declared deviation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """One line of the fairness checklist: `id` ("declared-keys"), the requirement, and its findings.

    "fail": `findings` name row, key and fix. "pass": `findings` may contain notes for readers.
    """

    id: str
    text: str
    status: Literal["pass", "fail"]
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deviation:
    """A deviation from the paper, declared in the module that has it: place in the paper, its text, ours, reason."""

    where: str
    paper: str
    ours: str
    why: str
