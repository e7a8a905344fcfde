"""The report on a terminal: the table as printed with ours beside it, and the direction of every claim."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table as Grid

from ablations.report.formatting import better, spread_text
from ablations.report.table_view import CellView, first_line, table_view, where_measured
from ablations.results import TableResult

_BESIDE = ("ssim", "psnr")  # what a reader asks for next


def print_result(result: TableResult, console: Console | None = None) -> None:
    """Prints a table's result as far as it has run."""
    console = console or Console(highlight=False)
    view = table_view(result)
    values = [i for i, heading in enumerate(view.headings) if heading.kind != "parameters"]
    counts = [i for i, heading in enumerate(view.headings) if heading.kind == "parameters"]
    beside = [name for name in _BESIDE if any(name in row.metrics for row in result.rows)]

    grid = Grid(
        title=f"{result.table.paper.where}: {result.table.title}\n{where_measured(result)}", title_justify="left"
    )
    grid.add_column("")
    for i in values:
        heading = view.headings[i]
        label = heading.label if heading.kind == "measured" else f"{heading.column.label} {heading.label}"
        grid.add_column(label, justify="right", no_wrap=True)
    for name in beside:
        grid.add_column(f"{name} {better(name)}", justify="right")
    if counts:
        grid.add_column("parameters " + " ".join(view.headings[i].label for i in counts))
    for row, measured in zip(view.rows, result.rows, strict=True):
        texts = [row.cells[i].text for i in values]
        texts += [spread_text(name, measured.metrics.get(name, [])) or "–" for name in beside]
        grid.add_row(row.label, *texts, " ".join(_count(row.cells[i]) for i in counts))
    console.print(grid)
    console.print(first_line(result), markup=False)
    for claim in result.claims:
        console.print(f"  {claim.claim.text}: {claim.sentence()}", markup=False, soft_wrap=True)
    for measured in result.rows:
        if measured.reason:
            console.print(f"  {measured.row.label} {measured.status}: {measured.reason}", markup=False, soft_wrap=True)


def _count(cell: CellView) -> str:
    """A count's mark; "/" where the paper prints no such network."""
    return cell.mark or cell.text or "–"
