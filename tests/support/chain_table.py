"""A table whose trainings feed each other, two deep: shape, texture, last; in a row another way, in one not at all."""

from __future__ import annotations

from pathlib import Path

from support.small_table import DATA, small_table

from ablations.planning.data import TableData
from ablations.planning.plan import Plan, make_plan
from ablations.resolving.scales import load_scale
from ablations.tables.schema import Table

CHAIN = """\
id: small
title: A chain
paper: {key: nobody-2031, where: Table 1}
columns:
  - {id: fid, label: FID, better: lower, metric: fid, stand_in: fd_effnetlite0}
stages:
  last: {fit: finet_texture.yaml, needs: {shape_checkpoint: texture}}
  texture: {fit: texture.yaml, needs: {shape_checkpoint: shape}}
  test: {test: last}
  shape: {fit: shape.yaml}
rows:
  - id: full
    label: full
  - id: other
    label: other
    factor: [last.needs.shape_checkpoint]
    set: {last.needs.shape_checkpoint: shape}
  - id: without
    label: without
    factor: [last.needs.shape_checkpoint]
    set: {last.needs.shape_checkpoint: null}
"""


def chain_table(folder: Path, text: str = CHAIN) -> Table:
    """The table, read."""
    return small_table(folder, text)


def chain_plan(folder: Path, text: str = CHAIN, seeds: int = 1, data: TableData = DATA) -> Plan:
    """Its plan at CI scale, runs under `folder/runs`."""
    return make_plan(chain_table(folder, text), load_scale("ci"), data, seeds, folder / "runs")
