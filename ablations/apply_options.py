"""Options of an application on the command line: one for each field of its dataclass, and one for each checkpoint."""

from __future__ import annotations

from argparse import SUPPRESS
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.errors import TableError, nearest

if TYPE_CHECKING:
    from jsonargparse import ArgumentParser

    from lightning_modules.evaluation.application import Application

#: Options of the command itself; an application cannot have fields of these names.
COMMAND_OPTIONS = ("run", "table", "row", "seed", "scale", "data", "runs", "out", "help")


@dataclass(frozen=True)
class ApplicationOptions:
    """Values from the command line.

    Attributes:
        fields: values of all fields of the application.
        checkpoints: paths of the checkpoints that were given, by the names in `context.checkpoints`.
    """

    fields: dict[str, Any]
    checkpoints: dict[str, Path]


def read_options(kind: type[Application], words: Sequence[str]) -> ApplicationOptions:
    """Parse the options of an application.

    Raises:
        TableError: an unknown option, or a value of a wrong type; one line that names the option.
    """
    from jsonargparse import ArgumentError

    from ablations.lightning_cli import refusal

    _check_names(kind, words)
    try:
        values = vars(option_parser(kind).parse_args(list(words)))
    except ArgumentError as error:
        raise TableError(f"{kind.name}: {refusal(str(error))}") from error
    given = {name: values.pop(name) for name in kind.context.checkpoints}
    return ApplicationOptions(values, {name: path for name, path in given.items() if path is not None})


def option_parser(kind: type[Application]) -> ArgumentParser:
    """Return a parser of an application's options; its help lists all, with the class docstring's descriptions."""
    from jsonargparse import ArgumentParser

    parser = ArgumentParser(usage=SUPPRESS, add_help=False, allow_abbrev=False, exit_on_error=False)
    names = parser.add_class_arguments(kind)
    for name, source in kind.context.checkpoints.items():
        text = f"checkpoint; null for {source} of the row's test"
        parser.add_argument(f"--{name}", type=Path | None, default=None, help=text)
    taken = set(COMMAND_OPTIONS) & {*names, *kind.context.checkpoints}
    if taken:
        raise TypeError(f"{kind.__name__}.{min(taken)}: the command has an option of that name; rename the field")
    return parser


def _check_names(kind: type[Application], words: Sequence[str]) -> None:
    """Raise `TableError` for the first unknown option, with the nearest known one; jsonargparse suggests none."""
    known = {name for action in option_parser(kind)._actions for name in action.option_strings}
    for word in words:
        name = word.partition("=")[0]
        if name.startswith("--") and name not in known:
            raise TableError(f"{name} is not an option of {kind.name}, {nearest(name, known)}")
