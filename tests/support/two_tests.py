"""A table whose rows are tested twice, on other images: two columns of one metric, each of its own test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.finished_runs import finish
from support.small_table import DATA, write_table

from ablations.planning.plan import Plan, make_plan
from ablations.resolving.scales import load_scale
from ablations.tables.schema import load_table

TWO_TESTS = """\
id: small
title: Two tests
paper: {key: nobody-2031, where: Table 1}
columns:
  - {id: paired, label: Paired FID, better: lower, metric: fid, stand_in: fd_effnetlite0, test: paired}
  - {id: unpaired, label: Unpaired FID, better: lower, metric: fid, stand_in: fd_effnetlite0, test: unpaired}
  - {id: ssim, label: SSIM, better: higher, metric: ssim, test: paired}
stages:
  shape: {fit: shape.yaml}
  texture: {fit: texture.yaml}
  paired: {test: texture, needs: {shape_checkpoint: shape}}
  unpaired: {test: texture, needs: {shape_checkpoint: shape}, config: unpaired.yaml}
rows:
  - id: full
    label: full
    paper: {paired: 10.5, unpaired: 20.5}
  - id: plain
    label: w/o Attention
    factor: [texture.model.attention]
    set: {texture.model.attention: false}
claims:
  - {text: attention helps, expect: full.paired < plain.paired}
  - {text: also unpaired, expect: full.unpaired < plain.unpaired}
"""


def two_tests_file(folder: Path, text: str = TWO_TESTS) -> Path:
    """Writes the table file and what its second test is configured by."""
    path = write_table(folder, text)
    (path.parent / "unpaired.yaml").write_text("evaluation: {diversity_inputs: 0}\n")
    return path


def two_tests_plan(folder: Path, text: str = TWO_TESTS, seeds: int = 2) -> Plan:
    """Its plan at CI scale, runs under `folder/runs`."""
    return make_plan(load_table(two_tests_file(folder, text)), load_scale("ci"), DATA, seeds, folder / "runs")


def finish_test(plan: Plan, row: str, stage: str, metrics: dict[str, list[Any]], **content: Any) -> None:
    """Finishes a row's trainings and one of its tests; `metrics` have one value a seed, `content` replaces fields."""
    for seed, runs in next(r for r in plan.rows if r.row.id == row).seeds.items():
        for run in runs.values():
            if run.kind == "fit":
                finish(run)
        finish(runs[stage], {name: values[seed] for name, values in metrics.items()})
        path = runs[stage].folder / "metrics.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "variants": {}, **content}))


def finish_both(plan: Plan, row: str, paired: list[float], unpaired: list[float]) -> None:
    """Finishes a row: its fd_effnetlite0 in both tests, with 8 images in one and 5 in the other."""
    finish_test(plan, row, "paired", {"fd_effnetlite0": paired, "ssim": [0.5, 0.5]})
    finish_test(plan, row, "unpaired", {"fd_effnetlite0": unpaired}, protocol={"generated": 5})
