"""The error that a person can mend."""

from __future__ import annotations


class ConfigurationError(Exception):
    """A setting, or a file that a setting names, cannot be used.

    The message is one line that names the file or key and the mend; the command line prints it without a traceback.
    """

    is_user_error = True


def one_line(error: BaseException) -> str:
    """What an error says, in one line; its kind where it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__
