"""Figures of a verification table: its folds row by row, and the generated pictures that rows were trained on."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from ablations.report.charts.folds_chart import folds_chart
from ablations.report.views.drawn import Drawn
from ablations.report.views.formatting import count_text, plural
from ablations.report.views.pictures import PictureGrid
from ablations.results.table_result import RowResult, StageRecord, TableResult
from ablations.tables.table import Figure

#: After the first three columns of a new label, which belong together; and lines of pictures a row.
_GAP, _LINES = 4, 5


def folds_figure(result: TableResult, figure: Figure) -> Drawn:
    """Accuracy of each fold by row, the mean over seeds, and Student's paired t test for every two rows."""
    rows = {row_id: _folds(result.row(row_id)) for row_id in figure.rows}
    shown = [(result.row(row_id), folds) for row_id, folds in rows.items() if folds]
    without = [result.row(row_id).row.label for row_id, folds in rows.items() if not folds]
    if not shown:
        return Drawn("Accuracy of each fold of the pairs.", without)
    pairs = shown[0][0].protocol.get("pairs")
    counts = f"{count_text(pairs)} pairs in {plural(len(shown[0][1]), 'fold')}" if pairs else "pairs in folds"
    caption = (
        f"{counts}: a dot is the accuracy on one fold, with the threshold that is best on all the others"
        f"{', the mean over seeds' if any(len(row.seeds) > 1 for row, _ in shown) else ''}. Bars are means, lines join "
        "the same fold, numbers are mean and standard error over folds. Below: the difference of two rows, fold "
        "by fold, its standard error, and p of Student's paired t test. It is about these trained networks on other "
        "pairs; what another training would give, only seeds tell."
    )
    chart = folds_chart([(row.row.label, folds) for row, folds in shown], _comparisons(shown), figure.title)
    return Drawn(caption, without, chart)


def added_figure(result: TableResult, figure: Figure) -> Drawn:
    """Pictures that rows were trained on besides the real ones, of the first seed: a grid a row."""
    grids, without = [], []
    for row in (result.row(row_id) for row_id in figure.rows):
        record = next((record for record in _tests(row) if _added(record)["lines"]), None)
        if record is None:
            without.append(row.row.label)
            continue
        added = _added(record)
        words = added["lines"][:_LINES]
        cells = [[_picture(record, i, j) for j in range(len(added["columns"]))] for i in range(len(words))]
        gap = _GAP if len(added["columns"]) >= _GAP and not added["columns"][0].isdigit() else 0
        lines = [f"{row.row.label}: {line}" for line in words]
        grids.append(PictureGrid(added["columns"], cells, [], lines, gap))
    caption = (
        "Generated pictures, not chosen, as the recogniser saw them. Of an existing label: several codes. Of a new "
        "label: one code with the label of the first person, with the new one, and with that of the second person; "
        "then other codes of the new label."
    )
    return Drawn(caption, without, grids=grids)


def _picture(record: StageRecord, line: int, column: int) -> Path | None:
    path = record.folder / "samples" / f"added_{line:03d}_{column:02d}.png"
    return path if path.is_file() else None


def _tests(row: RowResult) -> list[StageRecord]:
    return sorted((record for record in row.records if record.kind == "test"), key=lambda record: record.seed)


def _added(record: StageRecord) -> dict[str, Any]:
    found: dict[str, Any] = record.metrics.get("added") or {"lines": [], "columns": []}
    return found


def _folds(row: RowResult) -> list[float]:
    """Accuracy of each fold in percent, the mean over seeds; [] where there is none."""
    found = [(record.metrics.get("folds") or {}).get("accuracies", []) for record in _tests(row)]
    return [statistics.fmean(seeds) for seeds in zip(*filter(None, found), strict=True)]


def _comparisons(rows: Sequence[tuple[RowResult, Sequence[float]]]) -> list[str]:
    """ "New labels − Existing labels: +0.21 ± 0.30 points, p = 0.49; higher in 6 of 10 folds"."""
    pairs = combinations(rows, 2)
    return [
        f"{after.row.label} − {before.row.label}: {_compared(first, second)}"
        for (before, first), (after, second) in pairs
        if len(first) == len(second) > 1
    ]


def _compared(first: Sequence[float], second: Sequence[float]) -> str:
    from lightning_modules.metrics.verification import Verification, compare  # imports torch

    found = compare(*(Verification(tuple(folds), ()) for folds in (second, first)))
    sign = "−" if found.difference < 0 else "+"
    effect = f"{sign}{abs(found.difference):.2f} ± {found.standard_error:.2f} points"
    if not found.standard_error:
        return f"{effect}, the same in every fold"
    higher = sum(b > a for a, b in zip(first, second, strict=True))
    return f"{effect}, {_p(found.p)}; higher in {higher} of {plural(len(first), 'fold')}"


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}" if value < 0.1 else f"p = {value:.2f}"
