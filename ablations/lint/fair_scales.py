"""Checks of learning rates and sizes: scales shrink all compared models alike, and baselines train as published."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from ablations.lint.linted_table import Finding, LintedTable
from ablations.resolving.arguments import class_arguments
from ablations.resolving.configs import class_name
from ablations.resolving.files import Config
from ablations.resolving.scales import Scale
from ablations.tables.graph import row_fits
from ablations.tables.schema import Row, StageSpec

#: End of the names of learning rates, and the arguments that set a network's size.
LEARNING_RATE, SIZES = "learning_rate", ("width", "max_width", "levels", "latent_dim", "latent_channels")
_PAPER = "paper"


def published_rates(linted: LintedTable) -> list[Finding]:
    """Check that a baseline of another class than its base trains with its class's learning rates at paper scale.

    The defaults of a class are the paper's values, so that another one needs to be the row's factor.
    """
    found: list[Finding] = []
    scale = _paper_scale(linted)
    if scale is None:
        return found
    for row, base in linted.pairs():
        for stage in row_fits(linted.table, row):
            model = linted.config(scale, row, stage)["model"]
            alike = stage.name not in base.drop and (
                linted.config(scale, base, stage)["model"]["class_path"] == model["class_path"]
            )
            for name, argument in {} if alike and not row.baseline else class_arguments(model["class_path"]).items():
                value = model["init_args"].get(name, argument.default)
                key = f"{stage.name}.model.{name}"
                if name.endswith(LEARNING_RATE) and value != argument.default and key not in row.factor:
                    text = f"{row.id}: {key} is {value} at paper scale, that of its paper (the default)"
                    found.append(
                        Finding(row.id, f"{text} {argument.default}; remove it, or make it the row's 'factor'")
                    )
    return found


def equal_scaling(linted: LintedTable) -> list[Finding]:
    """Check that a scale changes the learning rates and equal sizes of all models of a stage alike."""
    paper = _paper_scale(linted)
    found: dict[str, Finding] = {}
    for scale in linted.scales:
        if paper is None or scale is paper:
            continue
        for stage in linted.table.stages:
            for (row, mine), (_, theirs) in combinations(_models(linted, stage, scale, paper), 2):
                for name, text in _unequal(mine, theirs):
                    where = f"scale {scale.name!r}: {stage.name}.model.{name}"
                    finding = Finding(row.id, f"{where}: {text}; change {linted.table.family}/scales/{scale.name}.yaml")
                    found.setdefault(finding.text, finding)
    return list(found.values())


def _paper_scale(linted: LintedTable) -> Scale | None:
    return next((scale for scale in linted.scales if scale.name == _PAPER), None)


Scaled = tuple[Config, Config]


def _models(linted: LintedTable, stage: StageSpec, scale: Scale, paper: Scale) -> Iterator[tuple[Row, Scaled]]:
    """Yield the first row of every model class that a stage trains, with its configurations at both scales."""
    seen = set()
    for row in linted.table.rows:
        if stage.kind != "fit" or stage.name in row.drop:
            continue
        config = linted.config(scale, row, stage)
        if config["model"]["class_path"] not in seen and not _own_settings(row, stage):
            seen.add(config["model"]["class_path"])
            yield row, (config, linted.config(paper, row, stage))


def _own_settings(row: Row, stage: StageSpec) -> bool:
    """True if a row sets sizes or rates itself, which `declared_keys` checks."""
    return any(
        setting.stage == stage.name and (setting.key in SIZES or setting.key.endswith(LEARNING_RATE))
        for setting in row.settings
    )


def _unequal(mine: Scaled, theirs: Scaled) -> Iterator[tuple[str, str]]:
    """Yield the arguments that a scale changes differently in two models, with what it makes of them."""
    names = [class_name(mine[0]), class_name(theirs[0])]
    values = [[config["model"]["init_args"] for config in scaled] for scaled in (mine, theirs)]
    common = [name for name in values[0][1] if name in values[1][1]]
    for name in common:
        (here, before), (there, after) = ((pair[0].get(name), pair[1].get(name)) for pair in values)
        if name in SIZES and before == after and here != there:
            yield name, f"{names[0]} has {here}, {names[1]} {there}, and both {before} in the paper"
        if name.endswith(LEARNING_RATE) and _numbers(here, before, there, after):
            factors = here / before, there / after
            if not math.isclose(*factors, rel_tol=1e-6):
                words = (f"{name_} trains with {factor:g} times" for name_, factor in zip(names, factors, strict=True))
                yield name, f"{', '.join(words)} its paper's"


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and value for value in values)
