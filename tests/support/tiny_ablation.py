"""A whole ablation as a command that can be killed: `main(FOLDER)`.

Real models and the real command behind it, over three rows of a small table; what it leaves in FOLDER is what
`make ablate` would leave.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from support.deepfashion_folder import names, write_folder
from support.small_table import small_table

from ablations import ablate
from ablations.planning.data import DataChoice, TableData
from ablations.planning.plan import Plan, make_plan
from ablations.resolving.scales import DataScale, load_scale
from ablations.running.launchers import warm

ITERATIONS, EVERY = 12, 4
#: Beside the run folders: for each, the numbers of the iterations that were executed, in the order they were.
EXECUTED = "executed"
#: What must not differ by a byte, however often it was interrupted.
TABLES = ("report.csv", "report.tex")


def options(folder: Path, stale: str = "ask") -> argparse.Namespace:
    """What the command line would hold."""
    return argparse.Namespace(
        table="small", scale="ci", data=None, seeds=1, inception=None, jobs=2, launcher="local", stale=stale,
        runs=folder / "runs", reports=folder / "reports",
    )  # fmt: skip


def tiny_plan(folder: Path) -> Plan:
    """Three rows, seven stages, twelve iterations each, a checkpoint every four."""
    scale = load_scale("ci")
    family = scale.families["fashion_completion"]
    models = {name: {**values, "max_iterations": ITERATIONS} for name, values in family.models.items()}
    data = DataScale(arguments={**family.data["DeepFashion"].arguments, "batch_size": 2, "test_count": 4})
    family = replace(family, models=models, data={"DeepFashion": data}, checkpoint={"every": EVERY})
    root = folder / "data"
    if not root.exists():
        write_folder(root, names(11), size=(64, 64))  # 7 for training: an epoch ends within an iteration count
    choice = DataChoice(root, "synthetic figures (11 flat figures)", True, "flat figures")
    scale = replace(scale, families={"fashion_completion": family})
    return make_plan(small_table(folder), scale, TableData({"DeepFashion": choice}), 1, folder / "runs")


def executed(folder: Path) -> dict[str, list[int]]:
    """The iterations that every training has executed, by run folder."""
    found = (folder / "runs" / EXECUTED).glob("*-fit-*")
    return {path.name: [int(line) for line in path.read_text().split()] for path in sorted(found)}


def what_counts(folder: Path) -> dict[str, bytes]:
    """The table and every number, image and panel behind it, by path."""
    files = [
        path for name in ("metrics.json", "history.jsonl", "panels.json") for path in (folder / "runs").rglob(name)
    ]
    files += (folder / "runs").rglob("samples/*.png")
    files += [path for name in TABLES for path in (folder / "reports").rglob(name)]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


def main(folder: Path) -> int:
    """`make ablate` of the tiny table in a folder."""
    warm.STAGE_FUNCTION = "support.counted_stage:run_stage"
    plan = tiny_plan(folder)
    ablate.plan_to_run = lambda _: plan  # type: ignore[assignment]
    ablate.tables = lambda _: [plan.table]  # type: ignore[assignment]
    return ablate.ablate(options(folder))
