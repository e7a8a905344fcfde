"""Limits of argument values that their types do not express, checked before anything runs.

A run has one process, which alone holds its folder's lock and writes its files: several devices are refused. Widths,
counts and learning rates have the same names in all classes, and so the same limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from ablations.resolving.arguments import Argument, class_arguments

TRAINER = "pytorch_lightning.trainer.trainer.Trainer"

#: Whole numbers that must be at least 1; all others may be 0.
_POSITIVE = re.compile(
    r"(\w+_)?(width|levels|channels|resolution|size|classes|per_class|every|block|output_scales|latent_dim)"
    r"|max_iterations|batch_size|seeds"
)
_MAY_BE_ZERO = ("validate_every",)
_ONE_PROCESS = "data-parallel training is not supported, so remove this key; `--jobs` runs several stages in parallel"


@cache
def limited_arguments(class_path: str) -> dict[str, Argument]:
    """Return the arguments of a class as `class_arguments`, whose `refusal` also refuses values beyond their limits.

    Raises `TableError` if there is no such class.
    """
    limit = device_refusal if class_path == TRAINER else number_refusal
    return {name: replace(argument, limit=limit) for name, argument in class_arguments(class_path).items()}


def section_refusal(class_path: str, values: Mapping[str, Any]) -> str | None:
    """Return the first refusal of a class's arguments, which starts with the name; None if all are within limits."""
    limit = device_refusal if class_path == TRAINER else number_refusal
    refused = ((name, limit(name, value)) for name, value in values.items())
    return next((f"{name}: {refusal}" for name, refusal in refused if refusal), None)


def device_refusal(name: str, value: Any) -> str | None:
    """Return why a trainer argument would start several processes, None if it would not.

    Allowed are one device, by count (1) or index ([3]), one node, and the strategy `auto`.
    """
    if name == "devices" and value not in (1, "1") and not (isinstance(value, list | tuple) and len(value) == 1):
        return f"must be 1, or a list of one device, not {value!r}; {_ONE_PROCESS}"
    if name == "num_nodes" and value != 1:
        return f"must be 1, not {value!r}; {_ONE_PROCESS}"
    if name == "strategy" and value != "auto":
        return f"must be auto, not {value!r}; {_ONE_PROCESS}"
    return None


def number_refusal(name: str, value: Any) -> str | None:
    """Return why a number is outside the limits of an argument of this name, None if it is not.

    Learning rates are greater than 0, sizes and iterations at least 1, other whole numbers at least 0, betas in [0, 1).
    """
    if name == "betas" and isinstance(value, list | tuple):
        good = all(isinstance(beta, int | float) and 0 <= beta < 1 for beta in value)
        return None if good else f"must be from 0 to below 1, not {list(value)}"
    if isinstance(value, list | tuple):
        refused = (number_refusal(name, entry) for entry in value)
        return next((f"{refusal} in {list(value)}" for refusal in refused if refusal), None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if name.endswith("learning_rate"):
        return None if value > 0 else f"must be greater than 0, not {value}"
    if isinstance(value, float):
        return None
    least = 1 if _POSITIVE.fullmatch(name) and name not in _MAY_BE_ZERO else 0
    return None if value >= least else f"must be at least {least}, not {value}"
