"""Fairness checklist of a table file."""

from __future__ import annotations

from collections.abc import Callable

from ablations.lint import cells, rows
from ablations.lint.linted_table import Finding, LintedTable
from ablations.tables.checks import Check
from ablations.tables.schema import Table

Finder = Callable[[LintedTable], list[Finding]]
Counts = dict[str, dict[str, int]]

#: The checks of a table file in order: id, requirement, and its finder.
CHECKS: dict[str, tuple[str, Finder]] = {
    "declared-keys": (
        "At every scale each row differs from its base in exactly the keys that it declares: its factor, or as printed "
        "its `set` and `drop`. A row that the paper printed with more changes has a controlled version.",
        rows.declared_keys,
    ),
    "budget": (
        "At every scale all rows have the same number of iterations and the same batch size. Baselines train with "
        "their papers' learning rates, and a scale changes rates and sizes of all models alike.",
        rows.budget,
    ),
    "data": ("All rows train on the same data, prepared in the same way.", rows.data),
    "protocol": ("All rows are tested in the same way, by networks that trained none of them.", rows.protocol),
    "selection": (
        "One rule, fixed before the run, selects the evaluated weights of every row, without test data.",
        rows.selection,
    ),
    "seeds": (
        "All rows run with the same seeds, so that rows are compared seed by seed; no row sets its own.",
        rows.seeds,
    ),
    "parameters": (
        "Networks are as large as the base row's, or the table says why: the paper prints the count, or "
        "`parameters_differ` gives the reason.",
        cells.parameters,
    ),
    "cells": (
        "Every printed number has a cell of ours, and every cell a source: a metric that a test measures, or a network "
        "that is counted or timed.",
        cells.cells,
    ),
    "claims": ("Every claim refers to existing cells of rows that pass the checks above.", cells.claims),
}


def lint(table: Table, counts: dict[str, Counts]) -> list[Check]:
    """Return the checklist of a table file. `counts` are the paper-scale parameter counts by row and network.

    Raises `TableError` if a configuration of the table is invalid at some scale.
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
