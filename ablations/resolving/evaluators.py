"""The evaluator that a model class declares, read from its source, without importing torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ablations.resolving.arguments import class_arguments, class_attribute, class_lineage
from common.errors import TableError
from common.files import file_digest

#: The class attribute of a model that names its evaluator, and that of an evaluator with its machine-only arguments.
EVALUATOR, MACHINE_SETTINGS = "evaluator", "machine_settings"


def evaluator_path(model: str) -> str:
    """Return the dotted path of the evaluator that a model class declares. Raises `TableError` if it has none."""
    path = class_attribute(model, EVALUATOR)
    if not isinstance(path, str):
        raise TableError(f"{model}: declares no evaluator; set its attribute `evaluator` to the dotted path of one")
    class_arguments(path)  # raises if there is no such class
    return path


def evaluator_of(config: Mapping[str, Any]) -> str:
    """Return the dotted path of the evaluator of a configuration's model."""
    return evaluator_path(config["model"]["class_path"])


def takes_features(config: Mapping[str, Any]) -> bool:
    """Return True if tests of the model use a feature network."""
    return "features" in class_arguments(evaluator_of(config))


def result_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the evaluator's settings that may change a result: all but those of the machine.

    A user's file, the `path` of a setting that is a mapping, is there by its content. Raises `TableError` where it is
    missing.
    """
    machine = class_attribute(evaluator_of(config), MACHINE_SETTINGS) or ()
    settings = {name: value for name, value in config.get("evaluation", {}).items() if name not in machine}
    return {name: _by_content(name, value) if isinstance(value, dict) else value for name, value in settings.items()}


def _by_content(name: str, setting: dict[str, Any]) -> dict[str, Any]:
    path = setting.get("path")
    if not path or not Path(path).is_file():
        raise TableError(f"evaluation.{name}.path: {path}: there is no such file; give the path of one")
    rest = {key: value for key, value in setting.items() if key != "path"}
    return {**rest, "sha256": _digest(path, Path(path).stat().st_mtime_ns)}


@cache
def _digest(path: str, changed: int) -> str:
    return file_digest(path)


def evaluator_names(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names under which a scale sets a model's evaluator: those of its bases first, its own last."""
    yield from reversed(class_lineage(evaluator_of(config)))
