"""Check that a model and its data have the same number of classes and the same image size."""

from __future__ import annotations

from typing import Any

from common.errors import ConfigurationError


def require_same_data(module: Any, classes: int, resolution: int) -> None:
    """Check the number of classes and the image side of the module's data module, if there is one.

    Raises:
        ConfigurationError: they differ; one line that names both keys.
    """
    data = getattr(module._trainer, "datamodule", None)
    for key, ours, name in (("classes", classes, "class_count"), ("resolution", resolution, "resolution")):
        theirs = getattr(data, name, ours)
        if theirs != ours:
            raise ConfigurationError(
                f"model.init_args.{key}: {ours}, but the data's is {theirs}; give model.init_args.{key} and "
                f"data.init_args.{key} the same value, or data.init_args.root the whole data set"
            )
