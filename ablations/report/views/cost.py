"""What the rows took, and what sharing their stages saved."""

from __future__ import annotations

from dataclasses import dataclass

from ablations.report.views.formatting import duration_text, plural
from ablations.results.table_result import RowResult, TableResult


@dataclass(frozen=True)
class CostLine:
    """A row: its runs together as if run apart, and of that what is its own and what other rows use too.

    `part` is its time as a part of the dearest row's, to be drawn.
    """

    label: str
    total: str
    own: str
    shared: str
    runs: str
    part: float


@dataclass(frozen=True)
class Cost:
    """The table's cost: a sentence on what sharing saved, "" where times are not known; and a line a row."""

    saving: str
    lines: list[CostLine]


def cost(result: TableResult) -> Cost:
    """The cost of every row, points of sweeps included."""
    dearest = max((row.seconds for row in result.rows if row.seconds), default=0.0)
    return Cost(_saving(result), [_line(row, dearest) for row in result.rows])


def _line(row: RowResult, dearest: float) -> CostLine:
    own = [record.seconds for record in row.records if len(record.rows) <= 1]
    shared = [record.seconds for record in row.records if len(record.rows) > 1]
    part = row.seconds / dearest if row.seconds and dearest else 0.0
    total = "–" if row.seconds is None else duration_text(row.seconds)
    return CostLine(
        row.row.label, total, _sum(own), _sum(shared), plural(len(row.records), "run") if row.records else "–", part
    )


def _sum(seconds: list[float | None]) -> str:
    known = [value for value in seconds if value is not None]
    return duration_text(sum(known)) if known else "–"


def _saving(result: TableResult) -> str:
    once, apart = result.seconds_once, result.seconds_apart
    if not once or not apart:
        return ""
    return (
        f"The table took {duration_text(once)} of computing, every shared stage counted once. Its rows run apart would "
        f"have taken {duration_text(apart)}, {apart / once:.2f} times as long."
    )
