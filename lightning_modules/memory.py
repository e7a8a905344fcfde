"""Reuse of freed memory: training allocates the same large tensors in every step."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_ONE_GIB = 1 << 30


def keep_freed_memory() -> bool:
    """Set glibc's malloc to keep freed blocks under 1 GiB in the process; return True if it was possible.

    By default each large tensor is mapped, zeroed page by page and unmapped again, every time. It changes no result.
    Without Linux and glibc it does nothing.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _ONE_GIB) and mallopt(_TRIM_THRESHOLD, _ONE_GIB))
