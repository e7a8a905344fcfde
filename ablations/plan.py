"""What a table needs: its runs in the order of their inputs, which are shared, and which are done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ablations.configs import scale_changes
from ablations.data import DataChoice
from ablations.expand import RowPlan, StageRun, expand
from ablations.folder import result
from ablations.scales import Scale
from ablations.schema import Table


@dataclass(frozen=True)
class Plan:
    """A table at a scale on some data: every row's runs, and all distinct runs with inputs first."""

    table: Table
    scale: Scale
    data: DataChoice
    rows: list[RowPlan]
    stages: list[StageRun]
    scale_changes: list[str]

    def done(self) -> list[StageRun]:
        """The runs that need not run any more."""
        return [run for run in self.stages if result(run) is not None]

    def missing(self) -> list[StageRun]:
        """The runs that are still to be done (those that failed before included)."""
        return [run for run in self.stages if result(run) is None]

    def finished_rows(self) -> list[RowPlan]:
        """The rows whose every seed has its numbers."""
        return [row for row in self.rows if all(result(r) is not None for s in row.seeds for r in row.tests(s))]


def make_plan(
    table: Table, scale: Scale, data: DataChoice, seeds: int, runs_root: Path, inception: Path | None = None
) -> Plan:
    """Expands a table. Every argument of every configuration is checked here, before anything trains."""
    rows = expand(table, scale, data, seeds, runs_root, inception)
    distinct: dict[str, StageRun] = {}
    for row in rows:
        for runs in row.seeds.values():
            for run in runs.values():  # inputs first, in every row
                distinct.setdefault(run.key, run)
    return Plan(table, scale, data, rows, list(distinct.values()), scale_changes(table, scale))
