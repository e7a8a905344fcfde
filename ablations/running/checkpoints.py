"""Checks that checkpoints fit the model, and hold the recorded weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from ablations.planning.folder import KEY, METRICS, read_json
from common.errors import ConfigurationError, TableError
from lightning_modules.checkpoint_file import read_checkpoint
from lightning_modules.weights import state_digest


def require_fit(path: Path, module: nn.Module) -> None:
    """Raise `TableError` if a checkpoint belongs to another model or configuration than `module`.

    A missing or damaged file is a `ConfigurationError`.
    """
    theirs, mine = _shapes(read_checkpoint(path)["state_dict"]), _shapes(module.state_dict())
    for name in sorted({*mine, *theirs}):
        if theirs.get(name) != mine.get(name):
            raise TableError(
                f"ckpt_path: {path}: does not fit this {type(module).__name__} "
                f"({name}: {theirs.get(name, 'nothing')} in the file, {mine.get(name, 'nothing')} in the model); "
                "use the configuration that it was trained with"
            )


def input_digests(paths: Mapping[str, Path]) -> dict[str, str]:
    """Return the sha256 of the weights in each input's checkpoint, by argument.

    Raises `ConfigurationError` for a missing file, `TableError` for a damaged one, or one whose weights differ from
    those in the training's `metrics.json`. That of a table's training is then set aside, so that the table's next call
    trains it again.
    """
    found = {}
    for argument, path in paths.items():
        try:
            found[argument] = state_digest(read_checkpoint(path, argument)["state_dict"])
            recorded = (read_json(path.parent.parent / METRICS) or {}).get("weights_sha256", found[argument])
            if recorded != found[argument]:
                raise TableError(
                    f"{argument}: {path}: differs from the weights recorded in metrics.json; train it again"
                )
        except (ConfigurationError, TableError) as error:
            if not path.is_file() or not (path.parent.parent / KEY).is_file():
                raise
            aside = path.with_name(f"{path.name}.damaged")
            path.replace(aside)
            raise TableError(f"{error}: it is now {aside.name}, so the table's command trains it again") from error
    return found


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, list[int]]:
    return {name: list(tensor.shape) for name, tensor in weights.items()}
