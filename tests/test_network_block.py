"""No test reaches a network, and a test that tries is told so."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("files.invalid", 443)])
def test_connecting_out_is_refused(address: tuple[str, int]) -> None:
    with socket.socket() as outgoing, pytest.raises(OSError, match="tests use no network"):
        outgoing.connect(address)
    with socket.socket() as outgoing, pytest.raises(OSError, match="tests use no network"):
        outgoing.connect_ex(address)


def test_this_machine_is_reached() -> None:
    with socket.socket() as listening, socket.socket() as outgoing:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        outgoing.connect(listening.getsockname())
