"""The one error of this layer that a user can mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TableError(Exception):
    """A mistake in a table, a scale, a configuration or a command; the message is one line that names the mend."""

    is_user_error = True


def nearest(word: str, options: Iterable[str]) -> str:
    """A hint that follows a wrong name: the option most like it, or all options where none is alike."""
    names = sorted(options)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"choose from: {', '.join(names)}" if names else "nothing is allowed here"
