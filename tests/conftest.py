"""Holds for every test: quiet threads, W&B offline, and no network."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

# `from support... import`: not `tests.support`, since torch-fidelity installs a package named `tests`.
sys.path.insert(0, str(Path(__file__).parent))

# Before anything imports torch. One thread: small images gain nothing from more, and beside other work lose much.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["WANDB_MODE"] = "offline"
os.environ["WANDB_SILENT"] = "true"
os.environ["WANDB_ERROR_REPORTING"] = "false"

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex


def _is_local(socket_: socket.socket, address: Any) -> bool:
    if socket_.family not in (socket.AF_INET, socket.AF_INET6):
        return True
    host = address[0]
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:  # a name: looking it up is already network
        return False


def _checked_connect(self: socket.socket, address: Any) -> Any:
    if not _is_local(self, address):
        raise OSError(f"tests use no network, and this one connects to {address!r}")
    return _connect(self, address)


def _checked_connect_ex(self: socket.socket, address: Any) -> Any:
    if not _is_local(self, address):
        raise OSError(f"tests use no network, and this one connects to {address!r}")
    return _connect_ex(self, address)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=4, help="SIGKILLs in the test that kills a table at random (4)")


def pytest_configure(config: pytest.Config) -> None:
    socket.socket.connect = _checked_connect  # type: ignore[assignment,method-assign]
    socket.socket.connect_ex = _checked_connect_ex  # type: ignore[assignment,method-assign]


def pytest_unconfigure(config: pytest.Config) -> None:
    socket.socket.connect = _connect  # type: ignore[method-assign]
    socket.socket.connect_ex = _connect_ex  # type: ignore[method-assign]
