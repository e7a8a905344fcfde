"""The data sets of the suite. A file in datamodules/layouts that declares a `DATA_SET` makes one known everywhere."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from datamodules import layouts
from datamodules.data_set import DataSet


def layout_names() -> list[str]:
    """Return the names of all layouts, without importing any."""
    return sorted(module.name for module in pkgutil.iter_modules(layouts.__path__))


@cache
def by_name() -> dict[str, DataSet]:
    """Return the data sets by the names that commands and data modules use. Imports every layout."""
    found = (getattr(import_module(f"{layouts.__name__}.{name}"), "DATA_SET", None) for name in layout_names())
    return {data_set.name: data_set for data_set in found if data_set is not None}


def data_set_folder(data_set: DataSet, choice: Path, alone: bool) -> Path | None:
    """Return the data set's folder: the one in `choice` with its official name or, if `alone`, `choice` itself.

    A marked folder takes precedence. None if there is neither.
    """
    inner = choice / data_set.folder
    places = [choice, inner] if alone else [inner]
    found = [place for place in places if data_set.is_marked(place)]
    if not found and data_set.accepts is not None:
        if any(other.is_marked(choice) for other in by_name().values()):
            places = [inner]  # `choice` is another set's
        found = [place for place in reversed(places) if data_set.accepts(place)]
    return next(iter(found), None)
