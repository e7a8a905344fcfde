"""Headings of the report's table: printed and measured quantities, each under its own name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ablations.report.views.formatting import better
from ablations.results.table_result import Cell, RowResult, TableResult
from ablations.tables.table import SECONDS, Column, plain_metric

HeadingKind = Literal["paper", "ours", "measured", "own", "exact"]


@dataclass(frozen=True)
class Heading:
    """One column of the report's table.

    "paper": the printed values; "ours": the same quantity on the same data at the same scale; "measured": a different
    quantity, data or scale, under its own name; "own": not printed by the paper; "exact": printed and
    counted. `note` is shown below the label.
    """

    kind: HeadingKind
    column: Column
    label: str
    note: str = ""
    metric: str = ""
    span: tuple[float, float] | None = None
    """Lowest and highest value of any seed in the column: the scale of its seed dots."""
    instead_of: str = ""
    """For a substitute metric in a column that the paper does not print: the column's label, shown nowhere else."""

    @property
    def alone(self) -> str:
        """Label for formats without a group heading above it."""
        if self.kind == "exact":
            return self.column.label
        if self.instead_of:
            return f"for {self.instead_of}: {self.label}"
        return self.label if self.kind == "measured" else f"{self.column.label} {self.label}".strip()


def headings_of(result: TableResult, column: Column) -> list[Heading]:
    """Return the report's columns for one column of the table."""
    if column.exact:
        return [Heading("exact", column, column.label)]
    if column.time:
        printed = is_printed(result, column)
        paper = [Heading("paper", column, "paper ↓")] if printed else []
        return [*paper, Heading("own", column, "here ↓" if printed else "↓", "one machine, in turns", SECONDS)]
    cells = _measured_cells(result, column)
    if not is_printed(result, column):
        return _own_headings(result, column, cells)
    headings = [Heading("paper", column, f"paper {better(column.metric or '')}".strip())]
    if not any(cell.values for cell in cells):  # the measured quantity and its comparability are not known yet
        return [*headings, Heading("measured", column, "not measured yet", where_measured(result))]
    if any(cell.comparable for cell in cells):
        span = _span([cell for cell in cells if cell.comparable])
        headings.append(Heading("ours", column, "ours", where_measured(result), span=span))
    for name in dict.fromkeys(cell.metric for cell in cells if not cell.comparable):
        headings.append(_measured_as(result, column, name, [cell for cell in cells if not cell.comparable]))
    return headings


def where_measured(result: TableResult) -> str:
    """Scale and data, shown with every measured number: "toy scale, synthetic data"."""
    return f"{result.scale} scale, {'synthetic data' if result.synthetic else result.data_label}"


def where_sentence(result: TableResult) -> str:
    """Scale and data within a sentence: "toy scale, on synthetic data"."""
    return f"{result.scale} scale, on {'synthetic data' if result.synthetic else result.data_label}"


def printed_rows(result: TableResult) -> list[RowResult]:
    """Return the rows that are not points of a sweep."""
    return [row for row in result.rows if not row.row.sweep]


def table_rows(result: TableResult) -> list[RowResult]:
    """Return the rows of the table in printed order, including cited ones."""
    rows = [*printed_rows(result), *result.cited]
    return sorted(rows, key=lambda row: row.row.line) if result.cited else rows


def is_printed(result: TableResult, column: Column) -> bool:
    """True if the paper prints values of the column."""
    return any(column.id in row.row.paper for row in (*result.rows, *result.cited))


def all_comparable(result: TableResult, column: Column) -> bool:
    """True if all values of a column are the paper's quantity, or the paper does not print it."""
    return not is_printed(result, column) or all(cell.comparable for cell in _measured_cells(result, column))


def _measured_cells(result: TableResult, column: Column) -> list[Cell]:
    """Return the cells with values, or all cells if none has. (The metric of a row that has not run is unknown.)"""
    cells = [row.cell(column.id) for row in printed_rows(result)]
    return [cell for cell in cells if cell.values] or cells


def _own_headings(result: TableResult, column: Column, cells: Sequence[Cell]) -> list[Heading]:
    """Return headings of a column that the paper does not print: the metric under the column's name, a substitute under
    its own."""
    headings = []
    for name in dict.fromkeys(cell.metric for cell in cells):
        if plain_metric(name) == column.metric:
            span = _span([cell for cell in cells if cell.metric == name])
            headings.append(Heading("own", column, better(name), where_measured(result), name, span))
        else:
            heading = _measured_as(result, column, name, cells)
            headings.append(replace(heading, instead_of=column.label))
    return headings


def _measured_as(result: TableResult, column: Column, name: str, cells: Sequence[Cell]) -> Heading:
    """Return the heading of a column under its metric's name."""
    span = _span([cell for cell in cells if cell.metric == name])
    return Heading("measured", column, f"{name} {better(name)}".strip(), where_measured(result), name, span)


def _span(cells: Sequence[Cell]) -> tuple[float, float] | None:
    values = [value for cell in cells for value in cell.values if math.isfinite(value)]
    return (min(values), max(values)) if values else None
