"""Commands that run a table and report its results: ablate, report, wandb-push."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from ablations.lint.names import require_names
from ablations.output.terminal import print_result
from ablations.planning.folder import require_writable
from ablations.planning.jobs import default_jobs, threads_each
from ablations.planning.plan import Plan
from ablations.planning.plan_options import command_line, plan_of_existing_runs, plan_to_run, settle_stale, tables
from ablations.results.collect import collect
from ablations.results.table_result import TableResult
from ablations.running.display import Display
from ablations.running.launchers import LAUNCHERS
from ablations.running.run import Interrupted, run_plan
from ablations.running.timing import time_rows
from common.errors import TableError


def ablate(options: argparse.Namespace) -> int:
    """Run missing stages, then write and print the report. Returns 0, or 1 if a stage failed, or 130 if interrupted."""
    for folder in (options.runs, options.reports):
        require_writable(folder)
    require_names(tables(options)[0])
    plan = plan_to_run(options)
    scale = plan.scale
    print(f"Table {plan.table.id}, {scale.name} scale ({plan.family_scale.about}), on {plan.data.label}", flush=True)
    settle_stale(plan, options.stale)
    jobs = options.jobs or default_jobs(plan)
    launcher = LAUNCHERS[options.launcher](jobs, threads_each(plan, jobs))
    try:
        with Display(plan, jobs) as display:
            outcome = run_plan(plan, launcher, display)
    except Interrupted:
        print("interrupted; finished stages are kept, and the same command resumes", file=sys.stderr)
        return 130
    time_rows(plan, options.runs, partial(print, flush=True))
    result = _publish(plan, options)
    if outcome.ran:
        _mirror(result, _folder(plan, options))
    for reason in dict.fromkeys(outcome.failed.values()):  # a fault of the data is the same for every stage
        print(f"error: {reason}", file=sys.stderr)
    return 0 if outcome.ok else 1


def report(options: argparse.Namespace) -> int:
    """Write and print the report from the finished stages."""
    require_writable(options.reports)
    plan = plan_of_existing_runs(options)
    if options.stale == "keep":
        plan.keep_stale()
    _publish(plan, options)
    return 0


def wandb_push(options: argparse.Namespace) -> int:
    """Rebuild the W&B runs of a table from the run folders: every finished stage, and the comparison."""
    from ablations.output.wandb_push import push

    plan = plan_of_existing_runs(options)
    if not plan.done():
        raise TableError(f"table {plan.table.id} has no finished stage; run `make ablate TABLE={plan.table.id}` first")
    pushed = push(plan, _result(plan, options), _folder(plan, options))
    print(f"W&B: {pushed} runs rebuilt from disk")
    return 0


def _result(plan: Plan, options: argparse.Namespace) -> TableResult:
    from ablations.resolving.parameters import paper_counts

    return collect(plan, paper_counts(plan.table), partial(command_line, options))


def _publish(plan: Plan, options: argparse.Namespace) -> TableResult:
    from ablations.report import write_index, write_report

    result = _result(plan, options)
    page = write_report(result, _folder(plan, options))
    index = write_index(options.reports)
    print_result(result)
    print(f"report: {page} (all tables: {index})")
    return result


def _folder(plan: Plan, options: argparse.Namespace) -> Path:
    name = plan.table.id if plan.scale.name == "toy" else f"{plan.table.id}-{plan.scale.name}"
    return Path(options.reports) / name


def _mirror(result: TableResult, folder: Path) -> None:
    from ablations.output.wandb_table import log_comparison

    log_comparison(result, folder)
