"""Checks that what measures a table is independent of what it measures, and the same for all rows."""

from __future__ import annotations

from typing import Any

from ablations.lint.linted_table import Finding, LintedTable
from ablations.resolving.configs import changed_keys, portable
from ablations.tables.graph import EVALUATION, NEEDS, row_feeds
from ablations.tables.schema import Row, StageSpec


def independent_evaluators(linted: LintedTable) -> list[Finding]:
    """Check that no network measures a model that was trained with it, directly or as an equal training."""
    found: dict[str, Finding] = {}
    for row in linted.table.rows:
        for test in _tests(linted):
            measuring, trained = _evaluator_inputs(linted, row, test), _training_inputs(linted, row, test)
            for argument, name in measuring.items():
                for used in trained:
                    if used == name or _equal_trainings(linted, row, used, name):
                        text = f"{row.id}: {used} trained the model that it measures as {argument} of {test.name}"
                        other = "" if used == name else f" ({name} is the same training)"
                        fix = "measure with a network that trained no model"
                        found.setdefault(text, Finding(row.id, f"{text}{other}; {fix}"))
    return list(found.values())


def equal_evaluators(linted: LintedTable) -> list[Finding]:
    """Check that networks that were trained in the same way measure every row, even if a row declares others.

    An undeclared input is a finding of `protocol` already.
    """
    found: dict[str, Finding] = {}
    for row, base in linted.pairs():
        for test in _tests(linted):
            mine, theirs = _evaluator_inputs(linted, row, test), _evaluator_inputs(linted, base, test)
            for argument in sorted({*mine, *theirs}):
                text = _difference(linted, row, base, mine.get(argument), theirs.get(argument))
                declared = f"{test.name}.{NEEDS}.{EVALUATION}{argument}" in row.factor
                if text and (declared or mine.get(argument) == theirs.get(argument)):
                    words = f"{row.id}: {argument} of {test.name} differs from that of {base.id} ({text})"
                    found.setdefault(words, Finding(row.id, f"{words}; measure all rows with the same network"))
    return list(found.values())


def _difference(linted: LintedTable, row: Row, base: Row, mine: str | None, theirs: str | None) -> str:
    if mine is None or theirs is None or mine != theirs:
        return f"{mine or 'none'}, not {theirs or 'none'}"
    stage = linted.table.stage(mine)
    for scale in linted.scales:
        changes = changed_keys(mine, linted.config(scale, row, stage), linted.config(scale, base, stage))
        if changes:
            return str(next(iter(changes.values())))
    return ""


def _tests(linted: LintedTable) -> list[StageSpec]:
    return [linted.table.stage(name) for name in linted.table.tests]


def _evaluator_inputs(linted: LintedTable, row: Row, test: StageSpec) -> dict[str, str]:
    feeds = row_feeds(linted.table, row, test)
    return {name.removeprefix(EVALUATION): of for name, of in feeds.items() if name.startswith(EVALUATION)}


def _training_inputs(linted: LintedTable, row: Row, test: StageSpec) -> list[str]:
    """Return the trainings that a tested model was trained with, direct or indirect."""
    found: list[str] = []
    waiting = [test.of] if test.of else []
    while waiting:
        stage = linted.table.stage(waiting.pop())
        for name in row_feeds(linted.table, row, stage).values():
            if name not in found:
                found.append(name)
                waiting.append(name)
    return found


def _equal_trainings(linted: LintedTable, row: Row, one: str, other: str) -> bool:
    """True if two stages have the same key: equal configurations and inputs."""
    scale = linted.scales[0]
    parts: list[Any] = []
    for name in (one, other):
        stage = linted.table.stage(name)
        parts.append((portable(linted.config(scale, row, stage)), row_feeds(linted.table, row, stage)))
    return bool(parts[0] == parts[1])
