"""Whether a model and the data it is given are of the same classes and the same size."""

from __future__ import annotations

from typing import Any

from common.errors import ConfigurationError


def require_same_data(module: Any, classes: int, resolution: int) -> None:
    """Nothing, where the module's data module has so many classes and such images, or there is none.

    Raises:
        ConfigurationError: it has not; one line that names both keys.
    """
    data = getattr(module._trainer, "datamodule", None)
    for key, ours, name in (("classes", classes, "class_count"), ("resolution", resolution, "resolution")):
        theirs = getattr(data, name, ours)
        if theirs != ours:
            raise ConfigurationError(
                f"model.init_args.{key}: {ours}, and the data's is {theirs}; give model.init_args.{key} and "
                f"data.init_args.{key} the same value, or data.init_args.root the whole data set"
            )
