"""The table with printed and measured values, as plain texts for HTML and Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ablations.report.views.formatting import (
    count_text,
    listing,
    metric_words,
    plain,
    plural,
    quantity_text,
    sentence_case,
    spread_text,
    time_text,
)
from ablations.report.views.headings import (
    Heading,
    HeadingKind,
    all_comparable,
    headings_of,
    is_printed,
    printed_rows,
    table_rows,
    where_measured,
    where_sentence,
)
from ablations.results.table_result import Cell, RowResult, TableResult
from ablations.tables.parity import Parity, parity
from ablations.tables.table import Column, PrintedValue, plain_metric

__all__ = [
    "STATES",
    "CellView",
    "Heading",
    "RowView",
    "TableView",
    "failed_reason",
    "first_line",
    "printed_rows",
    "table_rows",
    "table_view",
    "where_measured",
    "where_sentence",
]

_PARAMETER_NOTE = (
    "Parameters are those of the paper-scale networks, at every scale: printed, counted as in the paper, and live "
    "(trainable, with a gradient). ✓ the count rounds to the printed value (final zeros may be padding), † misprint, "
    "✗ differs."
)
_COST_NOTE = (
    "MACs, FLOPs and bytes are those of the paper-scale network: MACs of one forward pass for one image (convolutions, "
    "matrix products and attention), 2 FLOPs per MAC; bytes of the parameters in float32 or float16."
)
#: Text of a cell without value, by the row's status.
STATES = {"done": "", "failed": "failed", "missing": "not run", "stale": "stale", "cited": "cited"}


@dataclass(frozen=True)
class CellView:
    """Contents of a cell: the main text, and for exact quantities the count below it.

    `note` explains the mark. `seeds` are the finite values, shown as dots if there are at least two.
    """

    text: str
    kind: HeadingKind
    mark: str = ""
    verdict: str = ""
    note: str = ""
    counted: str = ""
    live: str = ""
    state: str = ""
    """The row's status if not done: "failed", "missing" or "stale"."""
    seeds: tuple[float, ...] = ()


@dataclass(frozen=True)
class RowView:
    """A row of the report's table. A controlled version follows the row that the paper printed."""

    id: str
    label: str
    base: bool
    baseline: bool
    status: str
    reason: str
    version: str = ""
    cells: list[CellView] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Text of the row's status, "" if it is done."""
        return STATES[self.status]


@dataclass(frozen=True)
class TableView:
    """The table: headings, rows in printed order, and notes."""

    headings: list[Heading]
    rows: list[RowView]
    notes: list[str]

    @property
    def has_dots(self) -> bool:
        """True if any cell has dots for its seeds."""
        return any(cell.seeds for row in self.rows for cell in row.cells)


def first_line(result: TableResult) -> str:
    """Return the first line of a report: scale and data sets, and whether values compare with the paper's."""
    where = f"{sentence_case(result.scale)} scale, on {result.data_label}"
    if not any(column.metric for column in result.columns):
        return f"{where}."
    if not any(cell.values for row in result.rows for cell in row.cells if result.table.column(cell.column_id).metric):
        return f"{where}: nothing has been measured yet."
    if not any(is_printed(result, column) for column in result.columns if column.metric):
        return f"{where}; the paper prints no numbers; all values are ours."
    printed = [column for column in result.columns if column.metric and is_printed(result, column)]
    foreign = [column.label for column in printed if not all_comparable(result, column)]
    labels = listing([column.label for column in printed])
    if not result.synthetic and not foreign:
        return f"{where}: comparable with the paper's {labels}."
    return f"{where}: not comparable with the paper's {listing(foreign) or labels}."


def table_view(result: TableResult) -> TableView:
    """Return the table as printed, without points of sweeps."""
    rows = table_rows(result)
    headings = [heading for column in result.columns for heading in headings_of(result, column)]
    views = [_row(result, row, headings) for row in rows]
    return TableView(
        headings,
        views,
        [*_metric_notes(result, headings), *_failed_notes(rows), *_count_notes(result), *_time_notes(result)],
    )


def _row(result: TableResult, row: RowResult, headings: Sequence[Heading]) -> RowView:
    cells = [_cell(row, row.cell(heading.column.id), heading) for heading in headings]
    base = row.row.id == result.table.base
    version = row.row.version
    return RowView(row.row.id, row.row.label, base, row.row.baseline, row.status, row.reason, version, cells)


def _cell(row: RowResult, cell: Cell, heading: Heading) -> CellView:
    printed = f"{cell.printed}{heading.column.unit if cell.paper is not None else ''}" if cell.printed else ""
    if heading.kind == "paper":
        return CellView(printed, "paper")
    if heading.kind == "exact":
        return _exact_cell(row, cell, heading.column, printed)
    state = "" if row.status == "done" else row.status
    if heading.column.time and cell.column_id in row.times:
        return CellView(time_text(row.times[cell.column_id], heading.column.unit), "own", state=state)
    if row.status == "cited":
        return CellView("–", heading.kind)
    if not cell.values:
        return CellView(STATES[row.status] or "–", heading.kind, state=state)
    named = cell.metric == heading.metric
    mine = {"ours": cell.comparable, "measured": named and not cell.comparable, "own": named}[heading.kind]
    if not mine:
        return CellView("–", heading.kind)
    finite = tuple(value for value in cell.values if math.isfinite(value))
    reason = failed_reason(row, cell.metric) if len(finite) < len(cell.values) else ""
    text = spread_text(cell.metric, cell.values)
    seeds = finite if len(cell.values) > 1 else ()
    return CellView(text, heading.kind, mark="‡" if reason else "", note=reason, state=state, seeds=seeds)


def failed_reason(row: RowResult, metric: str) -> str:
    """Return why a metric could not be computed, "" if unknown."""
    return str(dict(row.protocol.get("failed") or {}).get(metric, ""))


def _exact_cell(row: RowResult, cell: Cell, column: Column, printed: str) -> CellView:
    found = _parity(cell, column)
    live = row.parameter_counts.get(column.parameters or "", {}).get("live")
    return CellView(
        printed,
        "exact",
        mark=found.mark,
        verdict=found.verdict,
        note=found.note,
        counted=quantity_text(column, cell.values[0]) if cell.values else "",
        live=count_text(live) if live is not None else "",
    )


def _parity(cell: Cell, column: Column) -> Parity:
    printed = None if cell.printed is None else PrintedValue(cell.printed, cell.paper)
    return parity(printed, cell.values[0] if cell.values else None, column.unit, cell.misprint)


def _metric_notes(result: TableResult, headings: Sequence[Heading]) -> list[str]:
    notes = []
    for heading in (heading for heading in headings if not heading.column.time):
        name, label = heading.metric, heading.column.label
        if heading.kind == "own" and metric_words(name):
            notes.append(f"{label} is {name}: {metric_words(name)}.")
        if heading.kind != "measured" or not name:
            continue
        own = plain_metric(name) == heading.column.metric
        if own and heading.column.incomparable:
            notes.append(f"{name} must not be compared with the paper's {label}: {heading.column.incomparable}.")
        elif not is_printed(result, heading.column):
            words = metric_words(name)
            notes.append(f"{name} is the {words}: not {label}, which needs the standard Inception weights.")
        elif own:
            notes.append(f"{name} was measured at {where_sentence(result)}, unlike the paper's {label}.")
        else:
            notes.append(
                f"{name} is the {metric_words(name)}: a different quantity from the paper's {label}, which needs the "
                f"standard Inception weights. Compare rows within a column, not the two columns."
            )
    seeds = {len(row.seeds) for row in printed_rows(result) if row.seeds}
    if seeds:
        spread = "a single value has no spread" if seeds == {1} else "mean ± sample standard deviation over seeds"
        notes.append(f"{sentence_case(listing([plural(n, 'seed') for n in sorted(seeds)]))}: {spread}.")
    return notes


def _time_notes(result: TableResult) -> list[str]:
    """Return a note on the times of each process."""
    timings = {timing.process: timing for row in printed_rows(result) for timing in row.times.values()}
    return [
        f"Times are the medians of {len(timing.seconds)} forward passes for one image of the networks at "
        f"{result.scale} scale, on {timing.device} ({plain(timing.machine)}), in turns with the other rows in one "
        "process. They can be compared with each other, not with printed times."
        for timing in timings.values()
    ]


def _failed_notes(rows: Sequence[RowResult]) -> list[str]:
    """Return the reasons of undefined values in the table."""
    notes = []
    for row in rows:
        for cell in row.cells:
            reason = failed_reason(row, cell.metric)
            if reason and not all(math.isfinite(value) for value in cell.values):
                notes.append(f"‡ {row.row.label}, {cell.metric}: could not be computed: {reason}")
    return notes


def _count_notes(result: TableResult) -> list[str]:
    notes = [_PARAMETER_NOTE] if any(column.parameters for column in result.columns) else []
    notes += [_COST_NOTE] if any(column.cost for column in result.columns) else []
    for row in printed_rows(result):
        for cell in row.cells:
            column = result.table.column(cell.column_id)
            found = _parity(cell, column) if column.exact else None
            if found and found.verdict in ("misprint", "mismatch"):
                notes.append(f"{found.mark} {row.row.label}, {column.label}: {found.note}")
    return notes
