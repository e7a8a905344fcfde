"""Identity of a machine and of its process numbers."""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = "/proc/self/ns/pid"


@cache
def machine_identity() -> str:
    """Return the name of this machine, an identifier of its current boot, and the namespace of its process numbers.

    Two machines with one name have other boots, and two containers of one machine other namespaces. Without Linux's
    /proc the hardware address of its network stands for the boot.
    """
    parts = [socket.gethostname() or "unnamed"]
    try:
        parts.append(_BOOT.read_text(encoding="ascii").strip())
    except OSError:
        parts.append(f"{uuid.getnode():012x}")
    with suppress(OSError):
        parts.append(os.readlink(_NAMESPACE))
    return " ".join(parts)
