"""The far end of a serial line: a pseudo terminal, found under a name in the devices directory."""

from __future__ import annotations

import errno
import os
import tty
from collections.abc import Callable
from pathlib import Path
from typing import cast

from twisted.internet.abstract import FileDescriptor
from twisted.internet.base import ReactorBase
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.main import CONNECTION_LOST
from twisted.logger import Logger
from twisted.python.failure import Failure

MOST_UNREAD = 64 * 1024
"""Bytes kept for a reader that does not read; what comes on top is lost, as on a real line."""


class Pty:
    """Plugged in by `open`, unplugged by `close`, any number of times; each time a new device under the same link.

    link: the symbolic link made to the device. received: bytes the near end wrote.
    """

    def __init__(self, link: Path, *, reactor: ReactorBase, received: Callable[[bytes], None]) -> None:
        self.link = link
        self._reactor = reactor
        self._received = received
        self._end: _FarEnd | None = None

    @property
    def is_open(self) -> bool:
        """Whether the line is plugged in."""
        return self._end is not None

    def open(self) -> None:
        """Plug in. Changes nothing when it is. Raises FileExistsError: a real device is never replaced."""
        if self._end is None:
            if self.link.exists() and not self.link.is_symlink():
                raise FileExistsError(f"{self.link} is there already, and no link")
            self._end = _FarEnd(self._reactor, self._received)
            self.link.parent.mkdir(parents=True, exist_ok=True)
            _point(self.link, self._end.name)

    def write(self, data: bytes) -> None:
        """Send `data` to the near end. Lost when unplugged, or when the near end reads nothing."""
        if self._end is not None:
            self._end.send(data)

    def close(self) -> None:
        """Unplug: the near end sees the device vanish, the link is gone."""
        if self._end is not None:
            self.link.unlink(missing_ok=True)
            self._end.unplug()
            self._end = None


def _point(link: Path, target: str) -> None:
    beside = link.with_name(f".{link.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(link)


class _FarEnd(FileDescriptor):
    """The master side. Our own hold on the slave keeps the line up while nobody else has it open."""

    log = Logger()

    def __init__(self, reactor: ReactorBase, received: Callable[[bytes], None]) -> None:
        super().__init__(cast(IReactorFDSet, reactor))
        self._received = received
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.name = os.ttyname(self._slave)
        os.set_blocking(self._master, False)
        self._unread = 0
        self.connected = True
        self.startReading()  # type: ignore[no-untyped-call]

    def fileno(self) -> int:
        return self._master if self.connected else -1

    def doRead(self) -> Exception | None:
        try:
            data = os.read(self._master, 4096)
        except OSError as why:
            return None if why.errno in (errno.EAGAIN, errno.EIO) else CONNECTION_LOST
        try:
            self._received(data)
        except Exception:
            self.log.failure("the far end of a serial line failed")
        return None

    def writeSomeData(self, data: bytes) -> int | Exception:
        try:
            written = os.write(self._master, data)
        except OSError as why:
            return 0 if why.errno == errno.EAGAIN else CONNECTION_LOST
        self._unread -= written
        return written

    def send(self, data: bytes) -> None:
        """As much of `data` as there is room for."""
        data = data[: MOST_UNREAD - self._unread]
        self._unread += len(data)
        self.write(data)

    def unplug(self) -> None:
        """At once; what was not read is lost."""
        if self.connected:
            self.connected = False
            self.stopReading()  # type: ignore[no-untyped-call]
            self.stopWriting()  # type: ignore[no-untyped-call]
            self.connectionLost(Failure(ConnectionDone()))  # type: ignore[no-untyped-call]
            os.close(self._master)
            os.close(self._slave)
