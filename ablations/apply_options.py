"""Options of an application on the command line: one for each field of its dataclass, and one for each checkpoint."""

from __future__ import annotations

import argparse
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from common.errors import TableError, nearest

if TYPE_CHECKING:
    from lightning_modules.evaluation.application import Application
    from lightning_modules.evaluation.option_types import OptionType

#: Options of the command itself, which an application cannot have.
COMMAND_OPTIONS = ("run", "table", "row", "seed", "scale", "data", "runs", "out", "help")
_PLAIN: dict[type, str] = {int: "N", float: "X", str: "TEXT", Path: "PATH"}


@dataclass(frozen=True)
class Given:
    """Options that were given on the command line.

    Attributes:
        settings: values of fields; texts where a data module has to read them, see `read`.
        checkpoints: paths by the names in `context.checkpoints`.
        kinds: by field, the types that read texts.
    """

    settings: dict[str, Any]
    checkpoints: dict[str, Path]
    kinds: dict[str, OptionType]

    def read(self, data: Any) -> dict[str, Any]:
        """Return the values of all fields that were given. Raises `TableError` naming the option."""
        return {name: self._value(name, value, data) for name, value in self.settings.items()}

    def _value(self, name: str, value: Any, data: Any) -> Any:
        if name not in self.kinds:
            return value
        try:
            return self.kinds[name].read(value, data)
        except ValueError as error:
            raise TableError(f"{flag(name)}: {error}") from error


def given_options(kind: type[Application], words: Sequence[str]) -> Given:
    """Return what the words of a command line say of an application's options.

    Raises:
        TableError: an unknown option, or a value of another type; one line that names the option.
    """
    parser, own = option_parser(kind), {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    found, rest = parser.parse_known_args(list(words))
    if rest:
        raise TableError(_unknown(kind, rest[0]))
    values = {name: value for name, value in vars(found).items() if value is not None}
    hints = _hints(kind)
    kinds = {name: option for name in own if (option := _option_type(hints[name])) is not None}
    settings = {name: _as_declared(hints[name], value) for name, value in values.items() if name in own}
    return Given(settings, {name: value for name, value in values.items() if name not in own}, kinds)


def option_parser(kind: type[Application]) -> argparse.ArgumentParser:
    """Return a parser of an application's options; options that are not given are None. Its help lists all."""
    parser = _Parser(prog=kind.name, usage=argparse.SUPPRESS, add_help=False, allow_abbrev=False)
    group = parser.add_argument_group(f"options of {kind.name}")
    hints, texts = _hints(kind), _descriptions(kind)
    for field in fields(kind):  # type: ignore[arg-type]  # each is a dataclass
        if field.name in COMMAND_OPTIONS:
            raise TypeError(f"{kind.__name__}.{field.name}: the command has an option of that name; rename the field")
        text = field.metadata.get("help") or texts.get(field.name, "")
        group.add_argument(flag(field.name), help=_help(text, field), **_argument(kind, field, hints[field.name]))
    for name, source in kind.context.checkpoints.items():
        text = f"checkpoint (default: what the row's test took as {source})"
        group.add_argument(flag(name), dest=name, type=Path, metavar="FILE", help=text)
    return parser


def flag(name: str) -> str:
    """Return the option of a field."""
    return f"--{name.replace('_', '-')}"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise TableError(f"{self.prog}: {message.removeprefix('argument ')}")


def _unknown(kind: type[Application], word: str) -> str:
    if not word.startswith("-"):
        return f"{kind.name}: {word!r} belongs to no option; options begin with --"
    names = [flag(field.name) for field in fields(kind)] + [flag(name) for name in kind.context.checkpoints]  # type: ignore[arg-type]
    return f"{word.partition('=')[0]} is no option of {kind.name}, {nearest(word.partition('=')[0], names)}"


def _argument(kind: type[Application], field: Field[Any], hint: Any) -> dict[str, Any]:
    """The keywords of `add_argument` for a field's type."""
    required = field.default is MISSING and field.default_factory is MISSING
    shared: dict[str, Any] = {"dest": field.name, "default": None, "required": required}
    hint, option = _without_none(hint), _option_type(hint)
    if option is not None:
        return {**shared, "metavar": option.metavar}
    if hint is bool:
        return {**shared, "action": argparse.BooleanOptionalAction}
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        return {**shared, "choices": choices, "type": type(choices[0])}
    if get_origin(hint) is tuple:
        item, *others = get_args(hint)
        count: int | str = "+" if others == [Ellipsis] else 1 + len(others)
        if item in _PLAIN and (count == "+" or set(others) <= {item}):
            return {**shared, "nargs": count, "type": _reader(item), "metavar": _PLAIN[item]}
    if hint in _PLAIN:
        return {**shared, "type": _reader(hint), "metavar": _PLAIN[hint]}
    raise TypeError(
        f"{kind.__name__}.{field.name}: no option can be made of {hint}; "
        "see docs/add-an-application.md for the types that can"
    )


def _reader(kind: type) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        return Path(text).expanduser() if kind is Path else kind(text)

    read.__name__ = kind.__name__  # argparse names it in its message
    return read


def _as_declared(hint: Any, value: Any) -> Any:
    return tuple(value) if get_origin(_without_none(hint)) is tuple else value


def _help(text: str, field: Field[Any]) -> str:
    default = "" if field.default in (MISSING, None) else f" (default: {field.default})"
    return f"{text}{default}".strip().replace("%", "%%")


def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        rest = [part for part in get_args(hint) if part is not type(None)]
        if len(rest) == 1:
            return rest[0]
    return hint


def _option_type(hint: Any) -> OptionType | None:
    hint = _without_none(hint)
    if get_origin(hint) is not Annotated:
        return None
    return next((extra for extra in get_args(hint)[1:] if hasattr(extra, "read")), None)


def _descriptions(kind: type) -> dict[str, str]:
    """What the class docstring says of each field, in one line."""
    return dict(_parameters(kind))


def _parameters(kind: type) -> Iterator[tuple[str, str]]:
    from docstring_parser import parse

    for parameter in parse(kind.__doc__ or "").params:
        yield parameter.arg_name, " ".join((parameter.description or "").split())
