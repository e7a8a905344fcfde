"""The parameter columns: always of the paper-scale networks, built without memory, whatever scale a row trains at."""

from __future__ import annotations

import importlib
from typing import Any

from ablations.resolving.arguments import class_arguments
from ablations.resolving.configs import resolve
from ablations.resolving.scales import load_scale
from ablations.tables.graph import row_stages
from ablations.tables.schema import Row, StageSpec, Table

#: Network attribute of a module to {"paper": count, "live": count}; see lightning_modules.layers.counting.
Counts = dict[str, dict[str, int]]


def paper_counts(table: Table) -> dict[str, Counts]:
    """The counts of every row's tested models, by row id, under both conventions. Imports torch where there are any.

    Of several tests each counts the model that it tests; a network that two of them have is the first one's.
    """
    networks = {column.parameters for column in table.columns if column.parameters}
    return {row.id: _row_counts(table, row, networks) for row in table.rows}


def _row_counts(table: Table, row: Row, networks: set[str]) -> Counts:
    found: Counts = {}
    if networks:
        for name in dict.fromkeys(stage.of for stage in row_stages(table, row) if stage.of is not None):
            found = {**_counts(table, row, table.stage(name), networks), **found}
    return found


def _counts(table: Table, row: Row, stage: StageSpec, networks: set[str]) -> Counts:
    import torch

    from lightning_modules.layers.counting import count_parameters

    config = resolve(table, row, stage, load_scale("paper"))
    with torch.device("meta"):
        module = imported_class(config["model"]["class_path"])(**_parity(config))
    found: Counts = {}
    for name in sorted(networks):
        network = getattr(module, name, None)
        if network is not None:
            found[name] = {
                "paper": count_parameters(network, "paper"),
                "live": count_parameters(network, "live"),
            }
    return found


def _parity(config: dict[str, Any]) -> dict[str, Any]:
    """The arguments, with the parts that the paper's networks held and never used where the class knows of such."""
    arguments = dict(config["model"]["init_args"])
    if "count_parity" in class_arguments(config["model"]["class_path"]):
        arguments["count_parity"] = True
    return arguments


def imported_class(path: str) -> Any:
    """The class of a `class_path`. Imports torch, as all models do."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)
