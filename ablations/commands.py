"""Commands that inspect tables without running them: list, plan, lint."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from ablations.lint.names import require_names
from ablations.planning.estimate import remaining, size_text, stage_cost, stage_seconds
from ablations.planning.expand import StageRun
from ablations.planning.folder import state
from ablations.planning.jobs import default_jobs
from ablations.planning.plan import Plan
from ablations.planning.plan_options import plans, tables
from ablations.resolving.configs import class_name
from ablations.resolving.scales import load_scale, scale_names
from ablations.running.display import clock
from ablations.tables.schema import load_table, table_files
from common.errors import TableError

_STYLES = {"done": "green", "failed": "red", "stale": "yellow", "running": "cyan", "missing": "dim"}
_MARKS = {"pass": "✓", "fail": "✗"}


def show_tables() -> int:
    """Print every table with its number of rows and claims, and the scales.

    Returns 0, or 2 if a file has a mistake: its error stands in the table's place, and the others are printed.
    """
    console, code = Console(highlight=False), 0
    for path in table_files().values():
        try:
            table = load_table(path)
        except TableError as error:
            print(f"error: {error}", file=sys.stderr, flush=True)
            code = 2
            continue
        counts = f"{len(table.rows)} rows, {len(table.claims)} claims"
        console.print(f"{table.id}: {table.title} ({table.family}; {counts})", markup=False, soft_wrap=True)
        console.print(f"    make ablate TABLE={table.id}", style="bold")
    console.print()
    for name in scale_names():
        families = load_scale(name).families.items()
        abouts = {scale.about: [f for f, other in families if other.about == scale.about] for _, scale in families}
        for about, having in abouts.items():
            of = f" ({', '.join(having)})" if len(abouts) > 1 else ""
            console.print(f"SCALE={name}{of}: {about}", soft_wrap=True)
    return code


def show_plan(options: argparse.Namespace) -> int:
    """Print the stages of a table, or of all tables as one graph: each stage once, with state, rows and cost."""
    console = Console(highlight=False)
    found = plans(options)
    for plan in found:
        require_names(plan.table, quick=True)
    grid = Grid("state", "stage", "model", "seed", "key", "time", "disk", "rows", box=None)
    shown: dict[str, StageRun] = {}
    for plan in found:
        for run in plan.stages:
            if run.key not in shown:
                shown[run.key] = run
                grid.add_row(*_line(run, plan))
    console.print(grid)
    for changes in dict.fromkeys(run.stale for run in shown.values() if run.stale):
        count = sum(run.stale == changes for run in shown.values())
        console.print(
            f"{count} {'stage is' if count == 1 else 'stages are'} stale: {changes}",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )
    for plan in found:
        console.print(_summary(plan), markup=False, soft_wrap=True)
    if len(found) > 1:
        together = sum(len(plan.stages) for plan in found)
        console.print(f"all tables: {len(shown)} stages, {together - len(shown)} shared between tables")
    return 0


def _line(run: StageRun, plan: Plan) -> tuple[Text | str, ...]:
    now = state(run)
    time, room = stage_seconds(run, plan.costs.seconds), stage_cost(run, plan.costs.size)
    return (
        Text(now, _STYLES[now]),
        run.stage,
        class_name(run.config),
        str(run.seed),
        run.key,
        "?" if time is None else clock(time),
        "?" if room is None else size_text(room),
        f"{len(run.labels)} rows: {'; '.join(run.labels)}" if len(run.labels) > 1 else run.labels[0],
    )


def _summary(plan: Plan) -> str:
    states = Counter(state(run) for run in plan.stages)
    counted = ", ".join(f"{count} {name}" for name, count in states.items())
    seeds = len(next(iter(plan.rows)).seeds)
    cells = f"{len(plan.rows)} rows x {seeds} seed{'' if seeds == 1 else 's'}"
    shared = sum(len(run.rows) > 1 for run in plan.stages)
    head = f"Table {plan.table.id} at {plan.scale.name} scale on {plan.data.label}: {cells}, {len(plan.stages)} stages"
    keys = "" if plan.data.is_generated else "; keys change once, when the data are generated"
    return f"{head} ({shared} shared by rows): {counted}; {_cost(plan)}{keys}"


def _cost(plan: Plan) -> str:
    missing = plan.missing()
    if not missing:
        return "nothing left to run"
    left = remaining(missing, [], plan.costs.seconds, default_jobs(plan))
    if left is None:
        return "time and disk space unknown before the first run"
    room = sum(stage_cost(run, plan.costs.size) or 0.0 for run in missing)
    return f"about {clock(left)} and {size_text(room)} left"


def lint_tables(options: argparse.Namespace) -> int:
    """Print the fairness checklist of a table, or of all tables. Returns 0 if all checks pass, else 1."""
    from ablations.lint import lint
    from ablations.resolving.parameters import paper_counts

    console = Console(highlight=False)
    failed = 0
    for table in tables(options):
        checks = lint(table, paper_counts(table))
        bad = sum(check.status == "fail" for check in checks)
        failed += bad
        console.print(f"Table {table.id}: {len(checks) - bad} of {len(checks)} checks pass", style="bold")
        for check in checks:
            style = "red" if check.status == "fail" else "green"
            console.print(Text.assemble((f"  {_MARKS[check.status]} ", style), check.text), soft_wrap=True)
            for finding in check.findings:
                console.print(f"      {finding}", markup=False, soft_wrap=True)
    return 1 if failed else 0
