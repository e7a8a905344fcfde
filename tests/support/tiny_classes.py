"""The ablation of `tiny_ablation` for a family of classes: two generators, a classifier for one, a recogniser."""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

from support.tiny_ablation import EVERY, ITERATIONS, options

from ablations import ablate
from ablations.planning.data import DataChoice, TableData
from ablations.planning.plan import Plan, make_plan
from ablations.resolving.scales import load_scale
from ablations.running.launchers import warm
from ablations.tables.schema import ABLATIONS, load_table
from datamodules.catalogue import by_name

TEXT = """\
id: classes
title: A small table of classes
paper: {key: nobody-2031, where: Table 2}
columns:
  - {id: top1, label: Top-1, better: higher, metric: top1}
stages:
  classifier: {fit: ../recognition/classifier.yaml}
  gan: {fit: fm_cgan.yaml, needs: {classifier_checkpoint: classifier}}
  recogniser: {fit: ../recognition/recogniser.yaml}
  test: {test: gan, needs: {evaluation.recogniser_checkpoint: recogniser}}
rows:
  - {id: fm-cgan, label: FM-CGAN}
  - id: cvae
    label: CVAE
    baseline: true
    set: {gan.config: cvae.yaml, gan.needs.classifier_checkpoint: null}
"""


def tiny_plan(folder: Path) -> Plan:
    """Two rows, six stages, twelve iterations each, a checkpoint every four."""
    for family in ("conditional_gan", "recognition"):
        if not (folder / family).exists():
            shutil.copytree(ABLATIONS / family, folder / family)
    path = folder / "conditional_gan" / "table_classes.yaml"
    path.write_text(TEXT)
    scale = load_scale("ci")
    family_scale = scale.families["conditional_gan"]
    models = {name: {**values, "max_iterations": ITERATIONS} for name, values in family_scale.models.items()}
    family_scale = replace(family_scale, models=models, checkpoint={"every": EVERY})
    root = folder / "faces"
    data_set = by_name()["facescrub"]
    data_set.draw(root, 80, 0, lambda done, of: None)
    choice = DataChoice(root, "synthetic faces (80 faces)", True, data_set.layout.fingerprint(root))
    small = replace(scale, families={"conditional_gan": family_scale})
    return make_plan(load_table(path), small, TableData({"FaceScrub": choice}), 1, folder / "runs")


def main(folder: Path) -> int:
    """`make ablate` of the tiny table in a folder."""
    warm.STAGE_FUNCTION = "support.counted_stage:run_stage"
    given: argparse.Namespace = options(folder)
    plan = tiny_plan(folder)
    ablate.plan_to_run = lambda _: plan  # type: ignore[assignment]
    ablate.tables = lambda _: [plan.table]  # type: ignore[assignment]
    return ablate.ablate(given)
