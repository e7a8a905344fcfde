"""A network that measures a model must not have trained it: compared by weights, against all that the model was given.

Paths tell nothing: a copy, or the same network saved in another format, has another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from common.errors import ConfigurationError
from lightning_modules.checkpoint_file import read_checkpoint
from lightning_modules.recognition.weight_files import file_kind, stored_weights
from lightning_modules.weights import have_common_matrix, matrix_digests

SUFFIX = "_checkpoint"


def require_independent(key: str, path: str | Path, weights: Mapping[str, Tensor], module: Any) -> None:
    """Compare a network with the model that it is to measure, and with every checkpoint that the model was given.

    Args:
        key: the setting that named the network's file, for messages.
        path: the network's file.
        weights: the network's.
        module: the model; see `given_checkpoints`.

    Raises:
        ConfigurationError: they share a weight matrix (see `have_common_matrix`), or the network has none that could
            be compared; one line.
    """
    given = dict(given_checkpoints(module))
    if given and not matrix_digests(weights):
        raise ConfigurationError(
            f"{key}: {path} has no weight matrices of floating point numbers, so it cannot be checked whether the "
            "model was trained against it; give it with its weights as they were trained"
        )
    for argument, other in given.items():
        if have_common_matrix(weights, stored_weights(other, argument)):
            raise ConfigurationError(
                f"{key}: {path} has weights of a network that the model was trained against ({argument}: {other}); "
                "give one that was trained apart"
            )
    if have_common_matrix(weights, module.state_dict()):
        raise ConfigurationError(
            f"{key}: {path} has weights of the model that it is to measure; give one that was trained apart"
        )


def given_checkpoints(module: Any) -> Iterator[tuple[str, str]]:
    """Yield the files of other trainings that went into a model, each once, by the argument that named it.

    These are the model's arguments that end in `_checkpoint`, those recorded in the checkpoint that a test has loaded,
    and those recorded in each of them: a teacher's checkpoints are among those of its student.

    Raises:
        ConfigurationError: one of them no longer exists, so nothing can be compared with it; one line.
    """
    tested = getattr(getattr(module, "_trainer", None), "ckpt_path", None)
    waiting = [
        *_checkpoint_arguments(vars(module)),
        *_checkpoint_arguments(getattr(module, "hparams", {})),
        *_recorded_checkpoints("ckpt_path", tested),
    ]
    seen: set[Path] = set()
    while waiting:
        argument, path = waiting.pop(0)
        if Path(path).resolve() not in seen:
            seen.add(Path(path).resolve())
            if not Path(path).is_file():
                raise ConfigurationError(
                    f"{argument}: {path}, which the model was trained with, no longer exists, so it cannot be checked "
                    "whether the measuring network is independent of it; put it back, or train the model again"
                )
            yield argument, path
            waiting += _recorded_checkpoints(argument, path)


def _checkpoint_arguments(arguments: Mapping[str, Any], within: str = "model.init_args") -> list[tuple[str, str]]:
    return [
        (f"{within}.{name}", str(path))
        for name, path in arguments.items()
        if name.endswith(SUFFIX) and isinstance(path, str | Path) and str(path)
    ]


def _recorded_checkpoints(argument: str, path: str | Path | None) -> list[tuple[str, str]]:
    if not path or not Path(path).is_file() or file_kind(path) != "checkpoint":
        return []
    return _checkpoint_arguments(read_checkpoint(path, argument).get("hyper_parameters", {}), argument)
