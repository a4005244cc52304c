"""Ports of 127.0.0.1 for what tests start, given to one test process at a time.

A program binds its ports some time after they were found free, and those for speech anew with each call: meanwhile
another test process would find them free too, and who sends sound to one that has long hung up would be heard in the
calls of the other. So a process first takes hold of a block of ports, by a name that dies with it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import threading
from collections.abc import Iterator

SINGLE = range(61_000, 65_500, 100)
"""First ports of blocks for single ones; Linux takes those of clients from below."""
SPEECH = range(34_000, 60_000, 2_000)
"""First ports of blocks for ranges: where Linux takes the ports of clients from as well, so they are for UDP only."""
HOUSES = range(3_000, 18_000, 2_000)
"""What a whole appliance adds to every port, with 2000 for speech up to 32 999."""

_held: dict[str, socket.socket] = {}


def mine(name: str) -> bool:
    """Whether nobody, in this or another test process, has `name` yet; it is ours then until we let it go or end."""
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        lock.bind(f"\0nightbell-tests-{name}")
    except OSError:
        lock.close()
        return False
    _held[name] = lock
    return True


def let_go(name: str) -> None:
    """Others may have it again."""
    if (lock := _held.pop(name, None)) is not None:
        lock.close()


BOTH = (socket.SOCK_DGRAM, socket.SOCK_STREAM)


def is_free(port: int, kinds: tuple[socket.SocketKind, ...] = BOTH) -> bool:
    """Whether nobody uses it, for UDP or TCP."""
    with contextlib.ExitStack() as held:
        try:
            for kind in kinds:
                held.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Blocks:
    """Blocks of ports, each taken hold of when those before are used up; when there are `most`, round and round."""

    def __init__(self, starts: range, most: int, kinds: tuple[socket.SocketKind, ...] = BOTH) -> None:
        self._starts, self._most, self._kinds = starts, most, kinds
        self._ours: list[range] = []
        self._ports = self._given_out()
        self._one_at_a_time = threading.Lock()

    def take(self, count: int) -> range:
        """The next of them that are in a row and free; if there are more than one, the first is even."""
        with self._one_at_a_time:
            row = range(0)
            for port in itertools.islice(self._ports, 2 * self._most * self._starts.step):
                first = row.start if port == row.stop else port
                row = (
                    range(first, port + 1)
                    if is_free(port, self._kinds) and (count == 1 or first % 2 == 0)
                    else range(0)
                )
                if len(row) == count:
                    return row
        raise AssertionError(f"no {count} free ports in a row")

    def _given_out(self) -> Iterator[int]:
        turn = os.getpid() % len(self._starts)
        for start in (*self._starts[turn:], *self._starts[:turn]):
            if len(self._ours) < self._most and mine(f"ports-{start}"):
                self._ours.append(range(start, start + self._starts.step))
                yield from self._ours[-1]
        yield from itertools.cycle(itertools.chain.from_iterable(self._ours))


_processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_single = Blocks(SINGLE, most=max(1, min(10, len(SINGLE) // _processes)))
# A thousand TCP connections that ended in the last minute leave no hundred ports in a row that TCP calls free.
_speech = Blocks(SPEECH, most=max(1, min(3, len(SPEECH) // _processes)), kinds=(socket.SOCK_DGRAM,))


def free_port() -> int:
    """One that nobody uses for UDP or TCP."""
    return _single.take(1).start


def free_ports(count: int) -> list[int]:
    """Some of them."""
    return [free_port() for _ in range(count)]


def free_pair() -> int:
    """The first of two in a row that nobody uses for UDP or TCP: a telephone's for SIP, and beside it for TLS."""
    return _single.take(2).start


def free_range(count: int) -> tuple[int, int]:
    """First and last of `count` for speech in a row, free for UDP, the first even; the same only after thousands."""
    found = _speech.take(count)
    return found.start, found.stop - 1
