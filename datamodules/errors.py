"""What goes wrong with data, said to the user in one line."""

from __future__ import annotations


class DataError(Exception):
    """A data set is missing, broken or inconsistent. The message is one line that names the file and the mend."""

    is_user_error = True
