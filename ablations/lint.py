"""Whether an ablation is fair: a checklist over a table file, and over what has run of it."""

from __future__ import annotations

from collections.abc import Callable

from ablations import lint_cells, lint_rows
from ablations.checks import Check
from ablations.lint_runs import RUN_CHECKS, lint_runs
from ablations.lint_table import Finding, LintedTable
from ablations.schema import Table

__all__ = ["CHECKS", "RUN_CHECKS", "lint", "lint_runs"]

Finder = Callable[[LintedTable], list[Finding]]
Counts = dict[str, dict[str, int]]

#: The checks of a table file in order: id, what is checked, and what finds the faults.
CHECKS: dict[str, tuple[str, Finder]] = {
    "declared-keys": (
        "At every scale each row differs from its base in exactly the keys that it declares: its factor, or, as "
        "printed, what its `set` and `drop` say; a row that the paper printed with more changes has a controlled "
        "version.",
        lint_rows.declared_keys,
    ),
    "budget": ("At every scale all rows train equally long, on batches of one size.", lint_rows.budget),
    "data": ("All rows train on the same data, prepared in the same way.", lint_rows.data),
    "protocol": ("All rows are tested in the same way.", lint_rows.protocol),
    "selection": (
        "One rule, fixed before the run, picks every row's evaluated weights, and it never sees test data.",
        lint_rows.selection,
    ),
    "seeds": (
        "All rows run with the same seeds, so that rows are compared seed by seed; none brings its own.",
        lint_rows.seeds,
    ),
    "parameters": (
        "Networks are as large as the base row's, or the table says why: the paper prints the count, or "
        "`parameters_differ` gives the reason.",
        lint_cells.parameters,
    ),
    "cells": (
        "Every number that the paper prints has a cell of ours, and every cell a source: a metric that tests measure, "
        "or a network that is counted.",
        lint_cells.cells,
    ),
    "claims": ("Every claim is about cells that exist, of rows without a finding above.", lint_cells.claims),
}


def lint(table: Table, counts: dict[str, Counts]) -> list[Check]:
    """The checklist of a table file. `counts` are the paper-scale parameter counts by row and network.

    Raises `TableError` where a configuration of the table cannot be had at some scale.
    """
    linted = LintedTable(table, counts)
    found = []
    for name, (text, finder) in CHECKS.items():
        findings = finder(linted)
        faults = [finding for finding in findings if not finding.note]
        linted.accused |= {finding.row for finding in faults}
        shown = tuple(finding.text for finding in faults or findings)
        found.append(Check(name, text, "fail" if faults else "pass", shown))
    return found
