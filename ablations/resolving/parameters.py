"""Parameter counts and other exact costs, always of the paper-scale networks, on the meta device."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from ablations.resolving.arguments import class_arguments
from ablations.resolving.configs import resolve
from ablations.resolving.scales import load_scale
from ablations.tables.graph import row_stages
from ablations.tables.schema import Row, StageSpec, Table

#: Network attribute of a module to {"paper": parameters, "live": parameters}, see lightning_modules.layers.counting,
#: and to its costs by name, for those that a column shows.
Counts = dict[str, dict[str, int]]


def paper_counts(table: Table) -> dict[str, Counts]:
    """Return the counts of every row's tested models, by row id, in both conventions. Imports torch if there are any.

    With several tests, the models of all are counted; a network that two of them have is the first one's.
    """
    columns: dict[str, set[str]] = {}
    for column in table.columns:
        if column.network:
            columns.setdefault(column.network, set()).add(column.exact)
    return {row.id: _row_counts(table, row, columns) for row in table.rows}


def _row_counts(table: Table, row: Row, columns: dict[str, set[str]]) -> Counts:
    found: Counts = {}
    if columns:
        for name in dict.fromkeys(stage.of for stage in row_stages(table, row) if stage.of is not None):
            found = {**_counts(table, row, table.stage(name), columns), **found}
    return found


def _counts(table: Table, row: Row, stage: StageSpec, columns: dict[str, set[str]]) -> Counts:
    import torch

    from lightning_modules.layers.counting import count_parameters

    config = resolve(table, row, stage, load_scale("paper"))
    with torch.device("meta"):
        module = import_class(config["model"]["class_path"])(**_parity(config))
    found: Counts = {}
    for name in sorted(columns):
        network = getattr(module, name, None)
        if network is not None:
            found[name] = {
                "paper": count_parameters(network, "paper"),
                "live": count_parameters(network, "live"),
            }
    for name, counts in found.items():
        costs = {"bytes": 4 * counts["paper"], "fp16_bytes": 2 * counts["paper"]}
        if columns[name] & {"macs", "flops"}:
            costs |= _operations(module, name, config)
        counts |= {cost: value for cost, value in costs.items() if cost in columns[name]}
    return found


def _operations(module: Any, network: str, config: dict[str, Any]) -> dict[str, int]:
    """Return MACs and FLOPs of a network's forward pass for one image; {} where its input is unknown."""
    import torch

    from lightning_modules.layers.counting import count_macs

    inputs = example_inputs(module, config, torch.device("meta"))
    if network not in inputs:
        return {}
    macs = count_macs(getattr(module, network), inputs[network])
    return {"macs": macs, "flops": 2 * macs}


def example_inputs(module: Any, config: Mapping[str, Any], device: Any) -> dict[str, Sequence[Any]]:
    """Return the inputs of a forward pass of each network of a model, for one image of its data's size; {} without one.

    The model is left in evaluation mode.
    """
    import torch

    size = image_size(config)
    if size is None:
        return {}
    with torch.no_grad():
        found: dict[str, Sequence[Any]] = module.eval().example_inputs(size, device)
    return found


def timed_networks(config: Mapping[str, Any]) -> list[str]:
    """Return the networks of a configuration's model whose passes can be counted and timed."""
    import torch

    with torch.device("meta"):
        module = import_class(config["model"]["class_path"])(**config["model"]["init_args"])
    names = example_inputs(module, config, torch.device("meta"))
    return [name for name in names if getattr(module, name, None) is not None]


def image_size(config: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return (H, W) of the images of a configuration's data, from `size` or `resolution`; None if neither is set."""
    arguments = config["data"]["init_args"]
    size = arguments.get("size", arguments.get("resolution"))
    if size is None:
        return None
    height, width = (size, size) if isinstance(size, int) else size
    return height, width


def _parity(config: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments, with unused parts of the paper's networks included if the class has that option."""
    arguments = dict(config["model"]["init_args"])
    if "count_parity" in class_arguments(config["model"]["class_path"]):
        arguments["count_parity"] = True
    return arguments


def import_class(path: str) -> Any:
    """Import the class of a `class_path` (and with a model, torch)."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)
