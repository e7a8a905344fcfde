"""Stages forked from a warm process against stages that each start Python: the same small stages, in turn."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ablations.planning.data import ensure_data, existing_data
from ablations.planning.plan import Plan, make_plan
from ablations.resolving.scales import load_scale
from ablations.running.display import Display
from ablations.running.launchers import CommandLauncher, Launcher, WarmLauncher
from ablations.running.run import run_plan
from ablations.tables.schema import find_table

ROUNDS = 3
ROWS = ("bicyclegan",)  # a training and a test: stages short enough that starting them is most of it


def plan(folder: Path, rows: tuple[str, ...]) -> Plan:
    """Some rows of Table 4-1 at the scale of CI: three iterations of tiny networks."""
    table, scale = find_table("4-1"), load_scale("ci")
    kept = tuple(row for row in table.rows if row.id in rows)
    table = replace(table, rows=kept, claims=(), figures=(), base=kept[0].id)
    data = existing_data(None, table, scale) or ensure_data(None, table, scale)
    return make_plan(table, scale, data, 1, folder)


def seconds(make: Callable[[], Launcher], rows: tuple[str, ...]) -> tuple[float, int]:
    """What it takes to run the rows from nothing, and how many stages that is."""
    folder = Path(tempfile.mkdtemp())
    try:
        made = plan(folder, rows)
        begun = time.monotonic()
        with Display(made, 1, Console(file=io.StringIO()), plain_every=1e9) as display:
            outcome = run_plan(made, make(), display)
        taken = time.monotonic() - begun
        assert outcome.ok and outcome.ran == len(made.stages), outcome.failed
        return taken, len(made.stages)
    finally:
        shutil.rmtree(folder)


def main() -> None:
    os.environ["WANDB_MODE"] = "disabled"
    warm: list[float] = []
    cold: list[float] = []
    seconds(lambda: WarmLauncher(1, threads=1), ROWS)  # the warm process starts once a table, here before the clock
    stages = 0
    for _ in range(ROUNDS):
        taken, stages = seconds(lambda: WarmLauncher(1, threads=1), ROWS)
        warm.append(taken)
        cold.append(seconds(lambda: CommandLauncher(1, threads=1), ROWS)[0])
    fastest_warm, fastest_cold = min(warm) / stages, min(cold) / stages
    print(f"a small stage, warm: {fastest_warm:.2f} s; as a command of its own: {fastest_cold:.2f} s")
    print(f"warm is {fastest_cold / fastest_warm:.2f} times as fast")


if __name__ == "__main__":
    main()
