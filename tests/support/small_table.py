"""A table of three rows in a folder of its own, with the real models behind it: short to expand and to run."""

from __future__ import annotations

import shutil
from pathlib import Path

from ablations.planning.data import DataChoice, TableData
from ablations.planning.plan import Plan, make_plan
from ablations.resolving.scales import load_scale
from ablations.tables.schema import ABLATIONS, Table, load_table

TEXT = """\
id: small
title: A small table
paper: {key: nobody-2031, where: Table 1}
columns:
  - {id: fid, label: FID, better: lower, metric: fid, stand_in: fd_effnetlite0}
  - {id: params_G, label: G, parameters: generator, unit: M}
stages:
  shape: {fit: shape.yaml}
  texture: {fit: texture.yaml}
  test: {test: texture, needs: {shape_checkpoint: shape}}
rows:
  - id: full
    label: full
    paper: {fid: 23.07, params_G: 3.0506e6}
  - id: plain
    label: w/o Attention
    paper: {fid: 27.32, params_G: /}
    set: {texture.model.attention: false}
  - id: direct
    label: w/o two-stage
    paper: {fid: 24.28}
    set: {texture.model.two_stage: false}
    drop: [shape]
claims:
  - {text: attention helps, expect: full.fid < plain.fid}
"""

CHOICE = DataChoice(Path("data/somewhere"), "synthetic people (32 people)", True, "fingerprint-1")
DATA = TableData({"DeepFashion": CHOICE})


def write_table(folder: Path, text: str = TEXT) -> Path:
    """Writes the table file, with the configurations it names, into `folder/fashion_completion`."""
    family = folder / "fashion_completion"
    family.mkdir(parents=True, exist_ok=True)
    for name in ("shape.yaml", "texture.yaml", "finet_texture.yaml"):
        shutil.copy(ABLATIONS / "fashion_completion" / name, family / name)
    path = family / "table_small.yaml"
    path.write_text(text)
    return path


def small_table(folder: Path, text: str = TEXT) -> Table:
    """The table, read."""
    return load_table(write_table(folder, text))


def small_plan(folder: Path, text: str = TEXT, seeds: int = 1, data: TableData = DATA) -> Plan:
    """The table's plan at CI scale, runs under `folder/runs`."""
    return make_plan(small_table(folder, text), load_scale("ci"), data, seeds, folder / "runs")
