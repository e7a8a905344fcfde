"""Reading checkpoints: whole ones only, of the model they are meant for, with the weights that were recorded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ablations.planning.folder import METRICS, read_json
from common.errors import TableError
from lightning_modules.weights import state_digest


def read_checkpoint(path: Path, argument: str = "ckpt_path") -> dict[str, Any]:
    """A checkpoint's content: tensors and plain values only. Raises `TableError` where it is missing or not whole."""
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        content["state_dict"]
    except OSError as error:
        raise TableError(f"{argument}: {path}: cannot be read ({error.strerror}); train it first") from error
    except Exception as error:  # whatever torch meets in a file that is no checkpoint
        raise TableError(f"{argument}: {path}: is not a whole checkpoint; train it again") from error
    return content


def require_fit(path: Path, module: nn.Module) -> None:
    """Raises `TableError` where a checkpoint is of another model or configuration than a module."""
    theirs, mine = _shapes(read_checkpoint(path)["state_dict"]), _shapes(module.state_dict())
    for name in sorted({*mine, *theirs}):
        if theirs.get(name) != mine.get(name):
            raise TableError(
                f"ckpt_path: {path}: is of another model or configuration than this {type(module).__name__} "
                f"({name}: {theirs.get(name, 'nothing')} in the file, {mine.get(name, 'nothing')} here)"
            )


def input_digests(paths: Mapping[str, Path]) -> dict[str, str]:
    """The sha256 of the weights in each input's checkpoint, by argument.

    Raises `TableError` where a training's `metrics.json` records other weights than its checkpoint holds now.
    """
    found = {}
    for argument, path in paths.items():
        found[argument] = state_digest(read_checkpoint(path, argument)["state_dict"])
        recorded = (read_json(path.parent.parent / METRICS) or {}).get("weights_sha256", found[argument])
        if recorded != found[argument]:
            raise TableError(f"{argument}: {path}: holds other weights than its metrics.json records; train it again")
    return found


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, list[int]]:
    return {name: list(tensor.shape) for name, tensor in weights.items()}
