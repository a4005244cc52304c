"""A serial port behind the network: raw TCP, and RFC 2217 as pyserial's own server speaks it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import serial
import serial.rfc2217
from twisted.internet.defer import Deferred

from appliance.foundation.devices import Device, device
from appliance.foundation.serial_device import MISSING, SerialDevice
from appliance.foundation.serial_server import CLOSED, NO_RFC2217, REFUSED, UNREACHABLE, ServerDevice
from tests.fakes.clock import FakeClock
from tests.real_reactor import Heard, reactor, run

EVERYTHING = bytes(range(256)) * 2 + b"\r\n\r\0\xff\xff"


class Server:
    """Takes one connection after another, each in a thread of its own, until closed."""

    def __init__(self, serve: Callable[[socket.socket], None], port: int = 0) -> None:
        self._serve = serve
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listening.getsockname()[1]
        self.connections: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self._serve(connection)

    def hang_up(self) -> None:
        """End every connection."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def close(self) -> None:
        """Listen no longer."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.hang_up()


def echo(connection: socket.socket) -> None:
    """A serial line whose far end says back what it hears."""
    while data := connection.recv(4096):
        connection.sendall(data)


class Redirector:
    """pyserial's RFC 2217 server over its loop port, as in its rfc2217_server example."""

    def __init__(self, port: Any = None) -> None:
        self.serial = port or serial.serial_for_url("loop://", timeout=0.02)

    def serve(self, connection: socket.socket) -> None:
        """One client."""

        class Locked:
            lock = threading.Lock()

            def write(self, data: bytes) -> None:
                with self.lock:
                    connection.sendall(data)

        wire = Locked()
        make: Any = serial.rfc2217.PortManager
        manager = make(self.serial, wire)
        alive = True

        def read() -> None:
            while alive:
                if data := self.serial.read(self.serial.in_waiting or 1):
                    wire.write(b"".join(manager.escape(data)))

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        try:
            while data := connection.recv(1024):
                self.serial.write(b"".join(manager.filter(data)))
        finally:
            alive = False


class Ends:
    """The device and all it told."""

    def __init__(self, name: str, **settings: Any) -> None:
        self.clock = FakeClock()
        self.told: Heard[str] = Heard()
        self.came: Heard[bytes] = Heard()
        self.device: Device = device(
            name,
            Path("/nowhere"),
            reactor=reactor,
            clock=self.clock,
            received=self.came.append,
            opened=lambda: self.told.append("opened"),
            lost=self.told.append,
            **settings,
        )

    async def has_told(self, *expected: str) -> None:
        """Wait until so much was told, and it is this."""
        await self.told.until(lambda told: len(told) >= len(expected))
        assert tuple(self.told) == expected

    async def holds(self, expected: bytes) -> None:
        """Wait until so many bytes came, and they are these."""
        await self.came.until(lambda pieces: len(b"".join(pieces)) >= len(expected))
        assert b"".join(self.came) == expected


def told_by(ends: Ends, story: Callable[[Ends], Coroutine[Deferred[Any], Any, None]]) -> None:
    """Run `story` in the reactor."""

    async def whole() -> None:
        ends.device.start()
        try:
            await story(ends)
        finally:
            ends.device.stop()
            assert ends.clock.twisted.getDelayedCalls() == []

    run(whole())


@contextmanager
def served(serve: Callable[[socket.socket], None]) -> Iterator[Server]:
    """A server for the time of a test."""
    server = Server(serve)
    try:
        yield server
    finally:
        server.close()


def test_every_byte_passes_over_raw_tcp() -> None:
    """Both ways."""

    async def story(ends: Ends) -> None:
        await ends.has_told("opened")
        ends.device.write(EVERYTHING)
        await ends.holds(EVERYTHING)

    with served(echo) as server:
        told_by(Ends(f"socket://127.0.0.1:{server.port}"), story)


def test_a_server_that_hangs_up_is_called_again() -> None:
    """Told once with its reason; what is written meanwhile goes nowhere."""

    async def story(ends: Ends) -> None:
        await ends.has_told("opened")
        ends.device.write(b"there ")
        await ends.holds(b"there ")
        server.hang_up()
        await ends.has_told("opened", CLOSED)
        ends.device.write(b"lost")
        ends.clock.advance(1)
        await ends.has_told("opened", CLOSED, "opened")
        ends.device.write(b"back")
        await ends.holds(b"there back")

    with served(echo) as server:
        told_by(Ends(f"socket://127.0.0.1:{server.port}"), story)


def test_a_server_that_is_not_there_is_told_once_and_found_when_it_comes() -> None:
    """Tried again every second."""
    place = Server(echo)
    place.close()
    later: list[Server] = []

    async def story(ends: Ends) -> None:
        await ends.has_told(UNREACHABLE)
        later.append(Server(echo, place.port))
        ends.clock.advance(1)
        await ends.has_told(UNREACHABLE, "opened")

    told_by(Ends(f"socket://127.0.0.1:{place.port}"), story)
    later[0].close()


def test_a_stopped_device_stays_stopped() -> None:
    """No connection, no timer, nothing told."""

    async def story(ends: Ends) -> None:
        await ends.has_told("opened")
        ends.device.stop()
        assert ends.told == ["opened"]
        assert ends.clock.twisted.getDelayedCalls() == []
        ends.device.start()
        await ends.has_told("opened", "opened")

    with served(echo) as server:
        told_by(Ends(f"socket://127.0.0.1:{server.port}"), story)


def test_pyserials_server_takes_our_settings_and_passes_every_byte() -> None:
    """As the plan says them: 1200 7E2."""
    redirector = Redirector()

    async def story(ends: Ends) -> None:
        await ends.has_told("opened")
        port = redirector.serial
        assert (port.baudrate, port.bytesize, port.parity, port.stopbits) == (1200, 7, "E", 2)
        ends.device.write(EVERYTHING)
        await ends.holds(EVERYTHING)

    with served(redirector.serve) as server:
        settings = {"baud": 1200, "data_bits": 7, "parity": "even", "stop_bits": 2}
        told_by(Ends(f"rfc2217://localhost:{server.port}", **settings), story)


def test_a_port_that_cannot_do_the_settings_is_told_so() -> None:
    """pyserial answers with the rate it has kept."""

    class Slow(serial.serial_for_url("loop://").__class__):  # type: ignore[misc]
        def _reconfigure_port(self) -> None:
            if self._baudrate > 9600:
                raise ValueError("too fast")

    async def story(ends: Ends) -> None:
        await ends.has_told(REFUSED)

    redirector = Redirector(Slow("loop://", timeout=0.02))
    with served(redirector.serve) as server:
        told_by(Ends(f"rfc2217://127.0.0.1:{server.port}", baud=115200), story)


def test_a_server_that_speaks_no_rfc_2217_is_told_so() -> None:
    """It hears us, and takes no settings."""
    asked: Heard[bytes] = Heard()

    def deaf(connection: socket.socket) -> None:
        while data := connection.recv(4096):
            reactor.callFromThread(asked.append, data)

    async def story(ends: Ends) -> None:
        await asked.until(lambda pieces: len(pieces) > 0)
        assert ends.told == []
        ends.clock.advance(5)
        await ends.has_told(NO_RFC2217)

    with served(deaf) as server:
        told_by(Ends(f"rfc2217://127.0.0.1:{server.port}"), story)


@pytest.mark.parametrize("name", ["ward", "/dev/serial/by-id/usb-x", "dev/tty:0"])
def test_what_is_no_server_is_a_device_of_this_box(name: str, tmp_path: Path) -> None:
    """Relative to the directory of devices."""
    told: list[str] = []
    made = device(
        name, tmp_path, reactor=reactor, clock=FakeClock(), received=print, opened=lambda: None, lost=told.append
    )
    assert isinstance(made, SerialDevice)
    assert made.path == tmp_path / name
    made.start()
    made.stop()
    assert told == [MISSING]


def test_an_address_in_brackets_is_an_ipv6_address() -> None:
    """As in any URL."""
    made = Ends("socket://[::1]:4001").device
    assert isinstance(made, ServerDevice)
    assert made._name == "::1:4001"
