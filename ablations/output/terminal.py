"""The report on a terminal: the table with printed and measured values, and the verdict on every claim."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from ablations.output.terminal_claims import print_claims, print_lint
from ablations.report.views.formatting import better, spread_text
from ablations.report.views.sweeps import point_keys, value_text
from ablations.report.views.table_view import (
    CellView,
    RowView,
    TableView,
    first_line,
    table_rows,
    table_view,
    where_measured,
)
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.matrix import short_names
from ablations.tables.table import Sweep, plain_metric

Item = TypeVar("Item")
_BESIDE = ("ssim", "psnr")  # shown beside the table's own metrics
_STYLES = {"done": "", "failed": "red", "missing": "dim", "stale": "yellow", "cited": "dim"}
_WORDS = {"missing": "incomplete"}


def print_result(result: TableResult, console: Console | None = None) -> None:
    """Print a table's result, complete or not."""
    console = console or Console(highlight=False)
    _print_table(result, console)
    console.print(first_line(result), markup=False)
    for sweep in result.table.sweeps:
        _print_sweep(result, sweep, console)
    print_claims(result, console)
    for row in (*result.rows, *result.cited):
        if row.reason:
            console.print(Text(f"  {row.row.label} {row.status}: {row.reason}", _STYLES[row.status]), soft_wrap=True)
    print_lint(result.lint, console)


def _print_table(result: TableResult, console: Console) -> None:
    view, rows = table_view(result), table_rows(result)
    for grid in _grids(result, view, rows, console):
        console.print(grid)
    for line in view.rows:
        for cell in line.cells:
            if cell.note and cell.kind != "exact":
                console.print(f"  {cell.mark} {line.label}: {cell.note}", markup=False, soft_wrap=True)


def _beside(rows: Sequence[RowResult]) -> list[str]:
    """Return the names of the metrics shown beside the table's own columns."""
    names = dict.fromkeys(name for row in rows for name in row.metrics)
    return sorted((n for n in names if plain_metric(n) in _BESIDE), key=lambda n: _BESIDE.index(plain_metric(n)))


def _grids(result: TableResult, view: TableView, rows: list[RowResult], console: Console) -> list[Grid]:
    """Return the table, and what does not fit beside it on this terminal in further tables of the same rows."""
    values = [i for i, heading in enumerate(view.headings) if heading.kind != "exact"]
    counts = [i for i, heading in enumerate(view.headings) if heading.kind == "exact"]
    title = f"{result.table.paper.where}: {result.table.title}\n{where_measured(result)}"

    def table(title: str, values: list[int], counts: list[int], beside: list[str]) -> Grid:
        return _table(title, view, rows, values, counts, beside)

    beside = _beside(rows)
    more: list[str] = []
    while beside and _width(table(title, values, counts, beside), console) > console.width:
        beside, more = beside[:-1], [beside[-1], *more]
    alone = bool(values and counts) and _is_cut(table(title, values, counts, beside), console)
    kept, rest = values, list[int]()
    while len(kept) > 1 and _is_cut(table(title, kept, [] if alone else counts, beside), console):
        kept, rest = kept[:-1], [kept[-1], *rest]
    found = [table(title, kept, [] if alone else counts, beside)]
    found += _blocks(rest, lambda some: table("", some, [], []), console)
    found += [table("", [], counts, [])] if alone else []
    return found + _blocks(more, lambda some: table("Also measured", [], [], some), console)


def _blocks(columns: list[Item], table: Callable[[list[Item]], Grid], console: Console) -> list[Grid]:
    """Return tables of as many columns each as fit beside each other, at least one."""
    blocks: list[list[Item]] = []
    for column in columns:
        if blocks and _width(table([*blocks[-1], column]), console) <= console.width:
            blocks[-1].append(column)
        else:
            blocks.append([column])
    return [table(block) for block in blocks]


def _table(
    title: str, view: TableView, rows: list[RowResult], values: list[int], counts: list[int], beside: list[str]
) -> Grid:
    grid = _grid(title)
    texts = [
        [_value_text(line.cells[i]) for i in values] + [_value(row, name) for name in beside]
        for line, row in zip(view.rows, rows, strict=True)
    ]
    labels = [view.headings[i].alone for i in values] + [f"{name} {better(name)}" for name in beside]
    grid.add_column("")
    for label, column in zip(labels, zip(*texts, strict=True), strict=True):
        # On a narrow terminal headings and names are wrapped, numbers never.
        grid.add_column(Text(label), justify="right", min_width=max(map(len, column)), overflow="fold")
    quantities = [" ".join(_count(line.cells[i]) for i in counts) for line in view.rows]
    if counts:
        heading = " ".join(view.headings[i].label for i in counts)
        grid.add_column(Text(heading), no_wrap=True, min_width=max(map(len, (heading, *quantities))))
    for line, row, cells, quantity in zip(view.rows, rows, texts, quantities, strict=True):
        styled = [Text(text, _STYLES[row.status]) for text in cells]
        grid.add_row(_label(line, row, rows), *styled, *([Text(quantity)] if counts else []))
    return grid


def _is_cut(grid: Grid, console: Console) -> bool:
    """True if a number of the table would be cut or broken at the terminal's width; names may be wrapped."""
    narrow = Console(file=io.StringIO(), width=console.width, highlight=False)
    with narrow.capture() as shown:
        narrow.print(grid)
    text = shown.get()
    numbers = Counter(str(cell) for column in grid.columns[1:] for cell in column.cells)
    is_wide = any(cell_len(line) > console.width for line in text.splitlines())
    return is_wide or any(text.count(number) < count for number, count in numbers.items())


def _width(grid: Grid, console: Console) -> int:
    return console.measure(grid, options=console.options.update(max_width=10_000)).maximum


def _grid(title: str) -> Grid:
    return Grid(title=Text(title, "bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def _value_text(cell: CellView) -> str:
    """Format a value; a mark refers to the note below the table if some seeds have none."""
    return f"{cell.text.partition(' (')[0]} {cell.mark}" if cell.mark else cell.text


def _label(line: RowView, row: RowResult, rows: list[RowResult]) -> Text:
    """Format the row's name, with its state if not done; a controlled version follows its printed one."""
    before = rows[rows.index(row) - 1].row.id
    label = Text("└ controlled" if row.row.version == "controlled" and before == row.row.twin else line.label)
    if row.status == "cited" or (row.seeds and row.status != "done"):
        label.append(f" ({_WORDS.get(row.status, row.status)})", _STYLES[row.status])
    return label


def _value(row: RowResult, metric: str) -> str:
    return spread_text(metric, row.metrics.get(metric, [])) or "–"


def _count(cell: CellView) -> str:
    """Format a count as its mark beside the printed one, as itself if none is printed; "/" for no such network."""
    return cell.mark or cell.text or cell.counted or "–"


def _print_sweep(result: TableResult, sweep: Sweep, console: Console) -> None:
    """Print the points of a sweep, one per line, with the metrics of the table's columns."""
    rows = [row for row in result.rows if row.row.sweep == sweep.id]
    measured = [
        cell.metric for row in rows for cell in row.cells if cell.values and result.table.column(cell.column_id).metric
    ]
    metrics = [*dict.fromkeys(measured), *_beside(rows)]
    base = result.table.row(sweep.base).label
    grid = _grid(f"Sweep of {base}: {', '.join(sweep.axes)}")
    keys = point_keys(sweep, rows)
    for name in short_names(keys).values():
        grid.add_column(Text(name), justify="right")
    for name in metrics:
        grid.add_column(f"{name} {better(name)}".strip(), justify="right")
    grid.add_column("")
    for row in rows:
        points = [Text(value_text(row.row.point[key]) if key in row.row.point else "–") for key in keys]
        state = f"as {base}" if not row.config_diff and row.status == "done" else row.status
        texts = [Text(_value(row, name), _STYLES[row.status]) for name in metrics]
        grid.add_row(*points, *texts, Text("" if state == "done" else state, _STYLES[row.status]))
    console.print(grid)
