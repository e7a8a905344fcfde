"""Plans from command line options: one table or all, number of seeds, handling of stale results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from ablations.planning.data import TableData, ensure_data, existing_data, planned_data
from ablations.planning.estimate import clock, remaining
from ablations.planning.expand import StageRun
from ablations.planning.folder import result
from ablations.planning.jobs import default_jobs
from ablations.planning.plan import Plan, make_plan
from ablations.planning.run_registry import records
from ablations.resolving.inception import require_inception
from ablations.resolving.scales import Scale, load_scale
from ablations.tables.schema import Table, find_table, load_table, table_files
from common.errors import TableError


def tables(options: argparse.Namespace) -> list[Table]:
    """Return the selected table, or all tables."""
    return [find_table(options.table)] if options.table else [load_table(path) for path in table_files().values()]


def plans(options: argparse.Namespace) -> list[Plan]:
    """Return the plans of the selected tables, without generating data; common stages are the same objects."""
    scale, known = load_scale(options.scale), dict[str, StageRun]()
    chosen = [table for table in tables(options) if options.table or table.family in scale.families]
    return [_plan(options, table, scale, planned_data(options.data, table, scale), known) for table in chosen]


def plan_to_run(options: argparse.Namespace) -> Plan:
    """Return the plan of one table; missing synthetic data are generated."""
    table, scale = find_table(options.table), load_scale(options.scale)
    return _plan(options, table, scale, ensure_data(options.data, table, scale), {})


def plan_of_existing_runs(options: argparse.Namespace) -> Plan:
    """Return the plan of one table on existing data. Raises `TableError` if there are none, so nothing has run."""
    table, scale = find_table(options.table), load_scale(options.scale)
    data = existing_data(options.data, table, scale)
    if data is None:
        raise TableError(
            f"table {table.id} has not run at {scale.name} scale; use `make ablate TABLE={table.id}` first"
        )
    return _plan(options, table, scale, data, {})


def _plan(options: argparse.Namespace, table: Table, scale: Scale, data: TableData, known: dict[str, StageRun]) -> Plan:
    require_inception(options.inception)

    def plan(seeds: int, shared: dict[str, StageRun]) -> Plan:
        return make_plan(table, scale, data, seeds, options.runs, options.inception, shared)

    return plan(options.seeds or _existing_seeds(plan, options, table), known)


def _existing_seeds(plan: Callable[[int, dict[str, StageRun]], Plan], options: argparse.Namespace, table: Table) -> int:
    """Return the number of seeds that have run for the table, out of date or not, at least 1.

    (Counting only current results would silently reduce three seeds to one after a change of the code.)
    """
    origin = (table.id, options.scale)
    found = [r for r in records(options.runs) if (r.origin.get("table"), r.origin.get("scale")) == origin]
    most = max((record.content.get("seed", 0) for record in found), default=0)
    tests = [run for run in plan(most + 1, {}).stages if run.kind == "test"] if most else []
    return max((run.seed for run in tests if run.stale or result(run) is not None), default=0) + 1


def command_line(options: argparse.Namespace, seeds: int) -> str:
    """Return the make command for a table with that many seeds."""
    words = [f"make ablate TABLE={options.table}"]
    words += [f"SCALE={options.scale}"] if options.scale != "toy" else []
    words += [f"DATA={options.data}"] if options.data else []
    words += [f"SEEDS={seeds}"] if seeds != 1 else []
    words += [f"INCEPTION={options.inception}"] if options.inception else []
    return " ".join(words)


def settle_stale(plan: Plan, wish: str, say: Callable[[str], None] = print) -> None:
    """List the stale stages with the reasons, and refresh or keep them according to `wish` ("ask", "refresh", "keep").

    Kept results stay in the table, marked as stale, and their claims are undecided. "ask" without a terminal means
    "refresh": by default a table shows results of the current code and configuration.
    """
    stale = [run for run in plan.stages if run.stale]
    if not stale:
        return
    for changes in dict.fromkeys(run.stale for run in stale):
        titles = [run.title for run in stale if run.stale == changes]
        more = f" and {len(titles) - 2} more" if len(titles) > 2 else ""
        say(f"stale: {', '.join(titles[:2])}{more}: {changes}")
    left = remaining(stale, [], plan.costs.seconds, default_jobs(plan))
    cost = f", about {clock(left)}" if left else ""
    if wish == "ask":
        wish = _ask(f"Run {len(stale)} stale stages again{cost}? [Y/n] ")
    if wish == "keep":
        plan.keep_stale()
        say("stale results are kept and marked in the report; claims about them are undecided")
    else:
        say(f"running {len(stale)} stale stages again{cost} (`--stale keep` would keep and mark their results)")


def _ask(question: str) -> str:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "refresh"
    try:
        return "keep" if input(question).strip().lower().startswith("n") else "refresh"
    except EOFError:
        return "refresh"
