"""Errors that a user can fix: the command line prints their one line without a traceback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """An error that a user can fix. The message is one line that names the file or key, and the fix."""


class ConfigurationError(UserError):
    """A setting, or a file that a setting names, cannot be used."""


class DataError(UserError):
    """A data set is missing, broken or inconsistent."""


class TableError(UserError):
    """A mistake in a table, a scale, a configuration or a command."""


def one_line(error: BaseException) -> str:
    """Return the message of an error in one line; its class name where it has none."""
    return " ".join(str(error).split()) or type(error).__name__


def nearest(word: str, options: Iterable[str]) -> str:
    """Return a hint for a wrong name: the most similar option, or all options where none is similar."""
    names = sorted(options)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"choose from: {', '.join(names)}" if names else "nothing is allowed here"
