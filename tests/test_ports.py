"""Ports are given to one test process at a time."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from pathlib import Path

from tests.ports import free_pair, free_port, free_ports, free_range, is_free, let_go, mine


def test_no_port_is_given_twice() -> None:
    """Neither at once nor one after the other."""
    ports = [*free_ports(5), free_port(), free_port()]
    assert len(set(ports)) == 7


def test_a_port_in_use_is_not_free() -> None:
    """Whoever uses it: TCP or UDP."""
    port = free_port()
    assert is_free(port)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as taker:
            taker.bind(("127.0.0.1", port))
            assert not is_free(port)


def test_another_process_has_other_ports() -> None:
    """As long as ours lives."""
    program = "import json; from tests.ports import free_ports, mine; print(json.dumps([free_ports(100), mine('x')]))"
    ours, held = {*free_ports(100)}, mine("x")
    house = Path(__file__).parent.parent
    told = subprocess.run([sys.executable, "-c", program], cwd=house, capture_output=True, check=True).stdout
    theirs, had = json.loads(told)
    assert not ours & {*theirs}
    assert (held, had) == (True, False)


def test_a_range_is_in_a_row_and_even() -> None:
    """As speech wants it, and not in the next one."""
    first, last = free_range(11)
    assert (first % 2, last - first) == (0, 10)
    assert free_range(11) != (first, last)


def test_a_range_has_no_port_in_use() -> None:
    """Speech begins behind it."""
    at = free_range(1)[1]
    in_use = at + 3
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        taker.bind(("127.0.0.1", in_use))
        first, last = free_range(6)
    assert not first <= in_use <= last


def test_connections_that_ended_take_no_range() -> None:
    """Their ports stay taken for TCP for a minute, and lie all over those for speech."""
    first, last = free_range(40)
    with socket.create_server(("127.0.0.1", free_port())) as server:
        for port in range(first, last + 1):
            with contextlib.ExitStack() as ends, contextlib.suppress(OSError):  # one that ended has it already
                here = socket.create_connection(server.getsockname(), source_address=("127.0.0.1", port))
                ends.enter_context(server.accept()[0])
                ends.enter_context(here)  # whoever closes first keeps the port
    assert not any(is_free(port) for port in range(first, last + 1))
    assert all(is_free(port, (socket.SOCK_DGRAM,)) for port in range(first, last + 1))


def test_a_pair_is_in_a_row() -> None:
    """Free for both kinds."""
    first = free_pair()
    assert first % 2 == 0
    assert is_free(first)
    assert is_free(first + 1)


def test_what_was_let_go_others_may_have() -> None:
    """Such as the ports of a house that has ended."""
    assert mine("a house")
    assert not mine("a house")
    let_go("a house")
    assert mine("a house")
