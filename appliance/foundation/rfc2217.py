"""RFC 2217, a serial port behind telnet, seen from the client and without I/O: bytes in, the port's bytes out.

Written here because what there is does not fit: twisted.conch.telnet turns CR LF and CR NUL of the data into other
bytes, as text terminals want it, and pyserial's client waits in threads of its own.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Literal

SE, SB, WILL, WONT, DO, DONT, IAC = 240, 250, 251, 252, 253, 254, 255
BINARY, SUPPRESS_GO_AHEAD, COM_PORT = 0, 3, 44
WANTED = (BINARY, SUPPRESS_GO_AHEAD, COM_PORT)
"""Options of both sides; COM_PORT is ours alone."""

SET_BAUDRATE, SET_DATASIZE, SET_PARITY, SET_STOPSIZE = 1, 2, 3, 4
SET_LINESTATE_MASK, SET_MODEMSTATE_MASK = 10, 11
ANSWER = 100
"""What the server adds to a command when it answers."""

PARITIES = {"none": 1, "odd": 2, "even": 3}

LONGEST = 256
"""Bytes of a subnegotiation; what is longer is cut."""


class ComPort:
    """One connection. `outgoing` is what to write after each `begin` and `feed`.

    state: `asking` until the server has taken every setting, then `ready`; `refused` when it will not;
        `no-port` when it is no server for serial ports at all.
    """

    def __init__(self, *, baud: int, data_bits: int, parity: str, stop_bits: int) -> None:
        self.state: Literal["asking", "ready", "refused", "no-port"] = "asking"
        self._settings = {
            SET_BAUDRATE: baud.to_bytes(4, "big"),
            SET_DATASIZE: bytes([data_bits]),
            SET_PARITY: bytes([PARITIES[parity]]),
            SET_STOPSIZE: bytes([stop_bits]),
        }
        self._open = dict(self._settings)
        self._asked: set[tuple[int, int]] = set()
        self._out = bytearray()
        self._words = self._machine()
        next(self._words)
        self._data = bytearray()

    def begin(self) -> None:
        """The connection is made."""
        for option in WANTED:
            self._ask(WILL, option)
        self._ask(DO, BINARY)
        self._ask(DO, SUPPRESS_GO_AHEAD)

    def feed(self, data: bytes) -> bytes:
        """Bytes from the server; returns those that came from the serial port."""
        for byte in data:
            self._words.send(byte)
        came = bytes(self._data)
        self._data.clear()
        return came

    def outgoing(self) -> bytes:
        """What is to be written; told once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    @staticmethod
    def sent(data: bytes) -> bytes:
        """`data` as it is written for the serial port."""
        return data.replace(b"\xff", b"\xff\xff")

    def _machine(self) -> Generator[None, int, None]:
        """Takes one byte at a time."""
        while True:
            byte = yield
            if byte != IAC:
                self._data.append(byte)
                continue
            command = yield
            if command == IAC:
                self._data.append(IAC)
            elif command in (WILL, WONT, DO, DONT):
                self._negotiate(command, (yield))
            elif command == SB:
                yield from self._subnegotiation()

    def _subnegotiation(self) -> Generator[None, int, None]:
        said = bytearray()
        while True:
            byte = yield
            if byte == IAC:
                byte = yield
                if byte == SE:
                    break
            if len(said) < LONGEST:
                said.append(byte)
        if len(said) > 1 and said[0] == COM_PORT:
            self._answered(said[1] - ANSWER, bytes(said[2:]))

    def _negotiate(self, command: int, option: int) -> None:
        if command in (DO, DONT):
            wanted, yes, no = option in WANTED, WILL, WONT
        else:
            wanted, yes, no = option in (BINARY, SUPPRESS_GO_AHEAD, COM_PORT), DO, DONT
        if command in (DONT, WONT):
            if (command, option) == (DONT, COM_PORT):
                self.state = "no-port"
            return
        self._ask(yes if wanted else no, option)
        if (command, option) == (DO, COM_PORT):
            self._set()

    def _ask(self, command: int, option: int) -> None:
        """Say so once: who answers every answer never ends."""
        if (command, option) not in self._asked:
            self._asked.add((command, option))
            self._out += bytes([IAC, command, option])

    def _set(self) -> None:
        for command, value in {**self._settings, SET_LINESTATE_MASK: b"\0", SET_MODEMSTATE_MASK: b"\0"}.items():
            self._out += bytes([IAC, SB, COM_PORT, command]) + self.sent(value) + bytes([IAC, SE])

    def _answered(self, command: int, value: bytes) -> None:
        if command not in self._open or self.state != "asking":
            return
        if value == self._open.pop(command):
            self.state = "asking" if self._open else "ready"
        else:
            self.state = "refused"
