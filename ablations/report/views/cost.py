"""Cost of the rows, and savings by shared stages."""

from __future__ import annotations

from dataclasses import dataclass

from ablations.report.views.formatting import duration_text, plural
from ablations.results.table_result import RowResult, TableResult


@dataclass(frozen=True)
class CostLine:
    """Cost of a row run separately, split into its own stages and those shared with other rows.

    `part` is its time relative to that of the most expensive row, for the bar.
    """

    label: str
    total: str
    own: str
    shared: str
    runs: str
    part: float


@dataclass(frozen=True)
class Cost:
    """Cost of the table: a sentence on the savings by sharing ("" if times are unknown), and one line per row."""

    saving: str
    lines: list[CostLine]


def cost(result: TableResult) -> Cost:
    """Return the cost of every row, including points of sweeps."""
    longest = max((row.seconds for row in result.rows if row.seconds), default=0.0)
    return Cost(_saving(result), [_line(row, longest) for row in result.rows])


def _line(row: RowResult, longest: float) -> CostLine:
    own = [record.seconds for record in row.records if len(record.rows) <= 1]
    shared = [record.seconds for record in row.records if len(record.rows) > 1]
    part = row.seconds / longest if row.seconds and longest else 0.0
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
        f"The table took {duration_text(once)} of computing, with shared stages counted once. Run separately, its rows "
        f"would have taken {duration_text(apart)}, {apart / once:.2f} times as long."
    )
