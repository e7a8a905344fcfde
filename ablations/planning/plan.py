"""The plan of a table: its runs in the order of their inputs, shared between rows, and their state."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ablations.planning.data import TableData
from ablations.planning.expand import RowPlan, StageRun, expand
from ablations.planning.folder import result
from ablations.planning.run_registry import Costs, Record, Stale, find_stale, records
from ablations.resolving.configs import scale_changes
from ablations.resolving.scales import FamilyScale, Scale
from ablations.tables.schema import Table


@dataclass(frozen=True)
class Plan:
    """A table at a scale on given data: the runs of every row, and all distinct runs, inputs first.

    `stale` are earlier results of runs that are not done, by key; `records` all finished runs on disk.
    """

    table: Table
    scale: Scale
    data: TableData
    rows: list[RowPlan]
    stages: list[StageRun]
    scale_changes: list[str]
    records: list[Record] = field(default_factory=list)
    stale: dict[str, Stale] = field(default_factory=dict)

    @property
    def family_scale(self) -> FamilyScale:
        """The scale's settings for the table's family."""
        return self.scale.family(self.table.family)

    def done(self) -> list[StageRun]:
        """Return the finished runs."""
        return [run for run in self.stages if result(run) is not None]

    def missing(self) -> list[StageRun]:
        """Return the runs still to be done, including those that failed, inputs first.

        A finished training whose checkpoint has been removed is included only if a missing run needs it.
        """
        needed: list[StageRun] = []
        inputs: set[str] = set()
        for run in reversed(self.stages):
            if result(run) is None or (run.key in inputs and not run.weights.is_file()):
                needed.append(run)
                inputs |= {need.key for need in run.needs.values()}
        return needed[::-1]

    def finished_rows(self) -> list[RowPlan]:
        """Return the rows whose tests are done for every seed."""
        return [row for row in self.rows if all(result(r) is not None for s in row.seeds for r in row.tests(s))]

    @cached_property
    def costs(self) -> Costs:
        """Mean costs of finished runs, by kind."""
        return Costs.of(self.records)

    def keep_stale(self) -> list[StageRun]:
        """Keep out-of-date results, marked by `StageRun.stale`; return their runs.

        A kept run gets the folder of its earlier result. A training is kept only if all its users are kept or done;
        one that a missing test needs runs again.
        """
        kept: dict[str, StageRun] = {}
        for run in reversed(self.stages):  # tests before their trainings
            users = [user for user in self.stages if run.key in {need.key for need in user.needs.values()}]
            if run.key in self.stale and all(user.key in kept or result(user) is not None for user in users):
                run.folder, run.kept = self.stale[run.key].record.folder, True
                kept[run.key] = run
        return list(reversed(kept.values()))


def make_plan(
    table: Table,
    scale: Scale,
    data: TableData,
    seeds: int,
    runs_root: Path,
    inception: Path | None = None,
    known: dict[str, StageRun] | None = None,
) -> Plan:
    """Expand a table into a plan. Every argument of every configuration is checked here, before any training.

    `known` are runs of other tables by key; common runs are the same objects.
    """
    rows = expand(table, scale, data, seeds, runs_root, inception, known)
    distinct: dict[str, StageRun] = {}
    for row in rows:
        for runs in row.seeds.values():
            for run in runs.values():  # inputs first in every row
                distinct.setdefault(run.key, run)
    stages = list(distinct.values())
    found = records(runs_root)
    stale = find_stale(stages, found)
    for run in stages:
        run.stale = "; ".join(stale[run.key].changes) if run.key in stale else ""
    return Plan(table, scale, data, rows, stages, scale_changes(table, scale), found, stale)
