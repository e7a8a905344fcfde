"""The report on a terminal: the table with printed and measured values, and the verdict on every claim."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
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
    beside = _beside(rows)
    grid = _table(result, view, rows, beside)
    while beside and _width(grid, console) > console.width:  # the report shows all of them
        grid = _table(result, view, rows, beside := beside[:-1])
    console.print(grid)
    for line in view.rows:
        for cell in line.cells:
            if cell.note and cell.kind != "exact":
                console.print(f"  {cell.mark} {line.label}: {cell.note}", markup=False, soft_wrap=True)


def _beside(rows: Sequence[RowResult]) -> list[str]:
    """Return the names of the metrics shown beside the table's own columns."""
    names = dict.fromkeys(name for row in rows for name in row.metrics)
    return sorted((n for n in names if plain_metric(n) in _BESIDE), key=lambda n: _BESIDE.index(plain_metric(n)))


def _table(result: TableResult, view: TableView, rows: list[RowResult], beside: list[str]) -> Grid:
    values = [i for i, heading in enumerate(view.headings) if heading.kind != "exact"]
    counts = [i for i, heading in enumerate(view.headings) if heading.kind == "exact"]
    grid = _grid(f"{result.table.paper.where}: {result.table.title}\n{where_measured(result)}")
    texts = [
        [_value_text(line.cells[i]) for i in values] + [_value(row, name) for name in beside]
        for line, row in zip(view.rows, rows, strict=True)
    ]
    labels = [view.headings[i].alone for i in values] + [f"{name} {better(name)}" for name in beside]
    grid.add_column("")
    for label, column in zip(labels, zip(*texts, strict=True), strict=True):
        # On a narrow terminal headings and names are wrapped, numbers never.
        grid.add_column(Text(label), justify="right", min_width=max(map(len, column)), overflow="fold")
    if counts:
        grid.add_column(Text(" ".join(view.headings[i].label for i in counts)), no_wrap=True)
    for line, row, cells in zip(view.rows, rows, texts, strict=True):
        styled = [Text(text, _STYLES[row.status]) for text in cells]
        grid.add_row(_label(line, row, rows), *styled, Text(" ".join(_count(line.cells[i]) for i in counts)))
    return grid


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
    """Format a count as its mark; "/" if the paper prints no such network."""
    return cell.mark or cell.text or "–"


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
