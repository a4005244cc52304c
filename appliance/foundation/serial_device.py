"""A serial device that may be missing, unplugged and come back: opened again every second, never an exception."""

from __future__ import annotations

import errno
import os
import termios
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from typing import Protocol as Interface

import serial
from twisted.internet.base import ReactorBase
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.serialport import SerialPort
from twisted.logger import Logger
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock, Timer

RETRY = timedelta(seconds=1)

MISSING = "The serial device is missing."
UNPLUGGED = "The serial device was unplugged."
FORBIDDEN = "The serial device may not be opened: no permission."
IN_USE = "The serial device is in use by another program."
UNUSABLE = "The serial device cannot be opened with these settings."
REASONS = {
    errno.ENOENT: MISSING,
    errno.ENODEV: MISSING,
    errno.ENXIO: MISSING,
    # Opening a pseudo terminal whose far end is gone.
    errno.EIO: MISSING,
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.EBUSY: IN_USE,
    errno.EAGAIN: IN_USE,
}


class SerialDevice:
    """Bytes in and out of the device at `path`, for as long as it is there.

    path: a device or a symbolic link to one; when the link comes to point elsewhere, the new target is opened.
    received: bytes as they come. opened: the device can be used. lost: it cannot, and why: one of this module's
        sentences, an English message id. Told once for each loss, also when the device is missing at the start.
    """

    log = Logger()

    def __init__(
        self,
        path: Path,
        *,
        reactor: ReactorBase,
        clock: Clock,
        received: Callable[[bytes], None],
        opened: Callable[[], None],
        lost: Callable[[str], None],
        baud: int = 9600,
        data_bits: int = 8,
        parity: str = "none",
        stop_bits: int = 1,
    ) -> None:
        self.path = path
        self._reactor = reactor
        self._clock = clock
        self._received = received
        self._opened = opened
        self._lost = lost
        self._baud = baud
        self._frame = (data_bits, parity[0].upper(), stop_bits)
        self._wire: _Wire | None = None
        self._timer: Timer | None = None
        self._missed = False

    @property
    def is_open(self) -> bool:
        """Whether bytes can be written now."""
        return self._wire is not None

    def start(self) -> None:
        """Open the device; when that fails or it is lost, try again every second until stopped."""
        if self._timer is None:
            self._look()

    def write(self, data: bytes) -> None:
        """Send `data`. Dropped while the device is not open, or takes nothing any more."""
        if self._wire is not None:
            self._wire.write(data)

    def stop(self) -> None:
        """Close the device at once. `lost` is not told."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        self._missed = True
        if self._wire is not None:
            self._wire.close(ConnectionDone())
        self._missed = False

    def _look(self) -> None:
        self._timer = self._clock.later(RETRY, self._look)
        if self._wire is not None and not self._wire.is_at(self.path):
            self._wire.close(ConnectionLost())
        if self._wire is None and self._timer is not None:
            self._open()

    def _open(self) -> None:
        try:
            _Port(  # type: ignore[no-untyped-call]
                _Wire(self._made, self._data, self._closed),
                str(self.path),
                self._reactor,
                self._baud,
                *self._frame_of(self.path),
            )
        except (OSError, ValueError, termios.error) as why:
            self._told_lost(_reason(why), str(why))

    def _frame_of(self, path: Path) -> tuple[int, str, int]:
        # A pseudo terminal knows neither parity nor 7-bit characters, and Linux refuses to be asked.
        return (8, "N", 1) if path.resolve().is_relative_to("/dev/pts") else self._frame

    def _made(self, wire: _Wire) -> None:
        self._wire = wire
        self._missed = False
        self.log.info("{path} is open", path=self.path)
        self._tell(self._opened)

    def _data(self, data: bytes) -> None:
        self._tell(partial(self._received, data))

    def _closed(self, wire: _Wire) -> None:
        if self._wire is wire:
            self._wire = None
            self._told_lost(UNPLUGGED if self.path.exists() else MISSING, "it was closed")

    def _told_lost(self, why: str, detail: str) -> None:
        if self._missed:
            return
        self._missed = True
        self.log.warn("{path}: {why} ({detail})", path=self.path, why=why, detail=detail)
        self._tell(partial(self._lost, why))

    def _tell(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            self.log.failure("what came of {path} was not taken", path=self.path)


class _Locked(serial.Serial):
    """Two programs never share the bytes of one line."""

    def __init__(self, *settings: Any, **more: Any) -> None:
        super().__init__(*settings, **{"exclusive": True, **more})


class _Port(SerialPort):
    _serialFactory = _Locked


class _Transport(Interface):
    """What we use of a `SerialPort`."""

    def write(self, data: bytes) -> None: ...
    def fileno(self) -> int: ...
    def registerProducer(self, producer: object, streaming: bool) -> None: ...
    def connectionLost(self, reason: Failure) -> None: ...


class _Wire(Protocol):
    """One opening of the device."""

    def __init__(
        self, made: Callable[[_Wire], None], data: Callable[[bytes], None], closed: Callable[[_Wire], None]
    ) -> None:
        self._made = made
        self._data = data
        self._closed = closed
        self._full = False

    @property
    def _port(self) -> _Transport:
        return cast(_Transport, self.transport)

    def connectionMade(self) -> None:
        # As a producer we are told when the far end takes nothing any more.
        self._port.registerProducer(self, True)
        self._made(self)

    def dataReceived(self, data: bytes) -> None:
        self._data(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._closed(self)

    def pauseProducing(self) -> None:
        self._full = True

    def resumeProducing(self) -> None:
        self._full = False

    def stopProducing(self) -> None:
        self._full = True

    def write(self, data: bytes) -> None:
        if not self._full:
            self._port.write(data)

    def is_at(self, path: Path) -> bool:
        """Whether `path` still leads to this device."""
        try:
            return os.path.samestat(os.fstat(self._port.fileno()), path.stat())
        except OSError:
            return False

    def close(self, why: Exception) -> None:
        """At once, leaving unsent what the device did not take."""
        self._port.connectionLost(Failure(why))  # type: ignore[no-untyped-call]


def _reason(why: Exception) -> str:
    return REASONS.get(why.errno or 0, UNUSABLE) if isinstance(why, OSError) else UNUSABLE
