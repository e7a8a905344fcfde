"""The commands on tables: list, plan, run, report."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table as Grid

from ablations.collect import collect
from ablations.configs import class_name
from ablations.data import DataChoice, drawn_data, ensure_data
from ablations.display import Display
from ablations.errors import TableError
from ablations.estimate import clock, remaining, seconds_a_unit, stage_seconds
from ablations.folder import require_writable, state
from ablations.plan import Plan, make_plan
from ablations.results import TableResult
from ablations.run import Interrupted, default_jobs, run_plan
from ablations.scales import load_scale, scale_names
from ablations.schema import find_table, load_table, table_files
from ablations.terminal import print_result


def show_tables() -> int:
    """Lists every table with its rows, and the scales."""
    console = Console(highlight=False)
    grid = Grid("table", "family", "rows", "what", "command", box=None)
    for path in table_files().values():
        table = load_table(path)
        grid.add_row(table.id, table.family, str(len(table.rows)), table.title, f"make ablate TABLE={table.id}")
    console.print(grid)
    console.print()
    for name in scale_names():
        console.print(f"SCALE={name}: {load_scale(name).about}")
    return 0


def show_plan(options: argparse.Namespace) -> int:
    """Prints the stages of a table: state, rows that share them, time where runs of the kind have shown it."""
    table, scale = find_table(options.table), load_scale(options.scale)
    data = drawn_data(options.data, table, scale)
    if data is None:
        count = scale.family(table.family).synthetic
        data = DataChoice(Path("data/synthetic"), f"{count} synthetic people, not drawn yet", True, "not drawn yet")
    plan = make_plan(table, scale, data, options.seeds, options.runs, options.inception)
    rates = seconds_a_unit(plan.done())
    grid = Grid("state", "stage", "model", "seed", "key", "time", "rows", box=None)
    for run in plan.stages:
        expected = stage_seconds(run, rates)
        time = "?" if expected is None else clock(expected)
        grid.add_row(state(run), run.stage, class_name(run.config), str(run.seed), run.key, time, ", ".join(run.labels))
    console = Console(highlight=False)
    console.print(grid)
    states = Counter(state(run) for run in plan.stages)
    left = remaining(plan.missing(), [], plan.done(), default_jobs(plan))
    time_left = "" if not plan.missing() else f"; about {clock(left)} left" if left else "; time not known before a run"
    counted = ", ".join(f"{count} {name}" for name, count in states.items())
    console.print(f"Table {table.id} at {scale.name} scale on {data.label}: {counted}{time_left}")
    return 0


def ablate(options: argparse.Namespace) -> int:
    """Runs what is missing, then writes and prints the report. 0: all rows have numbers; 1: some failed."""
    table, scale = find_table(options.table), load_scale(options.scale)
    for folder in (options.runs, options.reports):
        require_writable(folder)
    data = ensure_data(options.data, table, scale)
    plan = make_plan(table, scale, data, options.seeds, options.runs, options.inception)
    print(f"Table {table.id}, {scale.name} scale ({scale.about}), on {data.label}", flush=True)
    jobs = options.jobs or default_jobs(plan)
    try:
        with Display(plan, jobs) as display:
            outcome = run_plan(plan, jobs, display)
    except Interrupted:
        print("interrupted; finished stages are kept, the same command goes on from here", file=sys.stderr)
        return 130
    _publish(plan, options, mirror=outcome.ran > 0)
    for reason in dict.fromkeys(outcome.failed.values()):  # what is wrong with the data is wrong for every stage
        print(f"error: {reason}", file=sys.stderr)
    return 0 if outcome.ok else 1


def report(options: argparse.Namespace) -> int:
    """Writes and prints the report from what has run."""
    table, scale = find_table(options.table), load_scale(options.scale)
    require_writable(options.reports)
    data = drawn_data(options.data, table, scale)
    if data is None:
        raise TableError(f"table {table.id} has not run at {scale.name} scale; `make ablate TABLE={table.id}` runs it")
    _publish(make_plan(table, scale, data, options.seeds, options.runs, options.inception), options, mirror=False)
    return 0


def _publish(plan: Plan, options: argparse.Namespace, mirror: bool) -> None:
    from ablations.parameters import paper_counts
    from ablations.report import write_report

    result = collect(plan, paper_counts(plan.table), _command(options))
    folder = options.reports / (plan.table.id if plan.scale.name == "toy" else f"{plan.table.id}-{plan.scale.name}")
    page = write_report(result, folder)
    print_result(result)
    if mirror:
        _mirror(result, folder)
    print(f"report: {page}")


def _mirror(result: TableResult, folder: Path) -> None:
    from ablations.wandb_table import log_comparison

    log_comparison(result, folder)


def _command(options: argparse.Namespace) -> str:
    """The make line that gives this table."""
    words = [f"make ablate TABLE={options.table}"]
    words += [f"SCALE={options.scale}"] if options.scale != "toy" else []
    words += [f"DATA={options.data}"] if options.data else []
    words += [f"SEEDS={options.seeds}"] if options.seeds != 1 else []
    words += [f"INCEPTION={options.inception}"] if options.inception else []
    return " ".join(words)
