"""Parameters and other exact costs: always of the paper-scale networks, built without memory, at any scale."""

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
#: and to its costs by name, those that a column shows.
Counts = dict[str, dict[str, int]]


def paper_counts(table: Table) -> dict[str, Counts]:
    """The counts of every row's tested models, by row id, under both conventions. Imports torch where there are any.

    Of several tests each counts the model that it tests; a network that two of them have is the first one's.
    """
    wanted: dict[str, set[str]] = {}
    for column in table.columns:
        if column.network:
            wanted.setdefault(column.network, set()).add(column.exact)
    return {row.id: _row_counts(table, row, wanted) for row in table.rows}


def _row_counts(table: Table, row: Row, wanted: dict[str, set[str]]) -> Counts:
    found: Counts = {}
    if wanted:
        for name in dict.fromkeys(stage.of for stage in row_stages(table, row) if stage.of is not None):
            found = {**_counts(table, row, table.stage(name), wanted), **found}
    return found


def _counts(table: Table, row: Row, stage: StageSpec, wanted: dict[str, set[str]]) -> Counts:
    import torch

    from lightning_modules.layers.counting import count_parameters

    config = resolve(table, row, stage, load_scale("paper"))
    with torch.device("meta"):
        module = imported_class(config["model"]["class_path"])(**_parity(config))
    found: Counts = {}
    for name in sorted(wanted):
        network = getattr(module, name, None)
        if network is not None:
            found[name] = {
                "paper": count_parameters(network, "paper"),
                "live": count_parameters(network, "live"),
            }
    for name, counts in found.items():
        costs = {"bytes": 4 * counts["paper"], "fp16_bytes": 2 * counts["paper"]}
        if wanted[name] & {"macs", "flops"}:
            costs |= _operations(module, name, config)
        counts |= {cost: value for cost, value in costs.items() if cost in wanted[name]}
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
        module = imported_class(config["model"]["class_path"])(**config["model"]["init_args"])
    names = example_inputs(module, config, torch.device("meta"))
    return [name for name in names if getattr(module, name, None) is not None]


def image_size(config: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return (H, W) of the images of a configuration's data, from `size` or `resolution`; None where neither is set."""
    arguments = config["data"]["init_args"]
    size = arguments.get("size", arguments.get("resolution"))
    if size is None:
        return None
    height, width = (size, size) if isinstance(size, int) else size
    return height, width


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
