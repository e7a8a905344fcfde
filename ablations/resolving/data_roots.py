"""Folders of the data sets that a data module reads: its argument `root`, and every `<x>_root`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ablations.resolving.arguments import class_arguments, class_attribute
from common.errors import TableError

#: A data module's declaration: the data set of the catalogue by the argument that is its folder.
DATA_SETS = "data_sets"
#: The argument that is the folder of a data module's data set, and how that of a further data set ends.
ROOT, ROOT_SUFFIX = "root", "_root"


def is_root(argument: str) -> bool:
    """Return whether an argument of a data module is the folder of a data set."""
    return argument == ROOT or argument.endswith(ROOT_SUFFIX)


def root_arguments(class_path: str) -> list[str]:
    """Return the arguments of a data module that are folders of data sets; [] where it reads no files."""
    return [name for name in class_arguments(class_path) if is_root(name)]


def declared_data_sets(class_path: str) -> dict[str, str]:
    """Return what a data module, or its nearest base, declares: the name of a data set by argument.

    Raises `TableError` where a declared name is none of the class's arguments for folders.
    """
    declared, roots = class_attribute(class_path, DATA_SETS) or {}, root_arguments(class_path)
    if not isinstance(declared, dict):
        raise TableError(f'{class_path}: {DATA_SETS}: must map arguments to data sets, such as {{"root": "facescrub"}}')
    for name in declared:
        if name not in roots:
            raise TableError(
                f"{class_path}: {DATA_SETS}: {name!r} is no argument for a data set's folder; these are "
                f"{', '.join(roots) or 'none'} ({ROOT} and <x>{ROOT_SUFFIX})"
            )
    return declared


def given_roots(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the folders that a stage's configuration sets, by argument of its data module."""
    arguments = config["data"]["init_args"]
    return {name: value for name, value in arguments.items() if is_root(name) and value is not None}
