"""Ports that are taken."""

from __future__ import annotations

import os
import socket

from appliance.taken import Wanted, taken


def test_a_taken_port_names_who_has_it() -> None:
    """“Port 8080 is taken by python (123)” saves an hour."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        [gone] = taken([Wanted("panel.port", "127.0.0.1", other.getsockname()[1])])
    assert gone.wanted.key == "panel.port"
    assert gone.by is not None
    assert f"({os.getpid()})" in gone.by


def test_a_free_port_is_free_for_both_kinds() -> None:
    """Nothing is reported for a port nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    free = [Wanted("a", "127.0.0.1", port), Wanted("b", "127.0.0.1", port, socket.SOCK_DGRAM)]
    assert taken(free) == []


def test_a_taken_datagram_port_is_found() -> None:
    """SIP listens on UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        [gone] = taken([Wanted("exchange.sip_port", "127.0.0.1", port, socket.SOCK_DGRAM)])
    assert gone.by is not None
    assert f"({os.getpid()})" in gone.by
