"""Types of application options beyond int, float, str, bool, Path, Literal and tuples of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from common.errors import nearest

_LONG = 400  # letters of a hint that lists too many names


@dataclass(frozen=True)
class OptionType:
    """A kind of option: an annotation of a field's type, `Annotated[int, OptionType("N", read_count)]`.

    Attributes:
        metavar: placeholder of the value in the help.
        read: returns the value of a text; its second argument is the data module after `setup`. Raises ValueError.
    """

    metavar: str
    read: Callable[[str, Any], Any]


def read_count(text: str, data: Any) -> int:
    """Return a number from 1. Raises ValueError."""
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise ValueError(f"{text!r} is not a count; give 1 or more")
    return number


def read_label(text: str, data: Any) -> int:
    """Return the label of a class by its number, or by its name in any case of letters. Raises ValueError."""
    if text.isdecimal():
        return int(text)
    names = {name.casefold(): label for label, name in enumerate(data.class_names)}
    if text.casefold() not in names:
        hint = nearest(text, data.class_names)
        hint = hint if len(hint) < _LONG else f"give a number from 0 to {len(names) - 1}, or a name"
        raise ValueError(f"there is no class {text!r}, {hint}")
    return names[text.casefold()]


def read_path(text: str, data: Any) -> Path:
    """Return the path of a file that there is. Raises ValueError."""
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError(f"{path}: {'is a folder' if path.is_dir() else 'there is no such file'}; give a file's path")
    return path


#: A number from 1.
Count = Annotated[int, OptionType("N", read_count)]
#: A class of a data module of classes.
ClassLabel = Annotated[int, OptionType("CLASS", read_label)]
#: An image file of the user's; `ApplicationContext.load_image` reads it.
ImageInput = Annotated[Path, OptionType("IMAGE", read_path)]
#: Another file of the user's.
FileInput = Annotated[Path, OptionType("FILE", read_path)]
