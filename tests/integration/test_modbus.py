"""Modbus RTU over a real pseudo terminal: our master asks pymodbus' server, pymodbus' client asks our slaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymodbus.client import ModbusSerialClient
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from appliance.foundation.clock import ReactorClock
from appliance.simulator.pty import Pty
from nursecall.dialogue import Dialogue
from nursecall.wire.modbus import Changed, Event, Garbled, Master, Slaves, Unit, UnitAlive, UnitDead
from nursecall.wire.party import Party
from tests.real_reactor import Heard, call, reactor, run, start

BYTE_TIME = 10 / 9600


class TheirServer:
    """pymodbus' own serial server with so many modules of 16 discrete inputs, in a thread of its own."""

    def __init__(self, device: Path, addresses: Sequence[int]) -> None:
        self._device = device
        self._addresses = addresses
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        """Returns when it listens."""
        self._thread.start()
        assert self._up.wait(30)

    def stop(self) -> None:
        """Returns when it has gone."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    def set_contact(self, address: int, number: int, closed: bool) -> None:
        """Close or open a contact."""
        setting = self._server.async_setValues(address, 2, number, [closed])
        asyncio.run_coroutine_threadsafe(setting, self._loop).result(30)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._up.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = ModbusSerialServer(
            [_module(address) for address in self._addresses],
            port=str(self._device),
            baudrate=9600,
            ignore_missing_devices=True,
        )
        await self._server.serve_forever(background=True)

    async def _close(self) -> None:
        await self._server.shutdown()  # type: ignore[no-untyped-call]


def _module(address: int) -> SimDevice:
    inputs = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    coils = [SimData(0, values=[False], datatype=DataType.BITS)]
    registers = [SimData(0, values=0, datatype=DataType.REGISTERS)]
    return SimDevice(address, simdata=(coils, inputs, registers, registers))


class Line:
    """A party of ours at one end of a pseudo terminal."""

    def __init__(self, link: Path, party: Party[Any]) -> None:
        self.heard: Heard[Event] = Heard()
        self._pty = Pty(link, reactor=reactor, received=lambda data: self._dialogue.received(data))
        self._dialogue = Dialogue(party, clock=ReactorClock(reactor), write=self._pty.write, happened=self._happened)

    def _happened(self, event: Event) -> None:
        self.heard.append(event)

    def plug(self) -> None:
        """Make the device."""
        self._pty.open()

    def begin(self) -> None:
        """Speak."""
        self._dialogue.opened()

    def end(self) -> None:
        """Fall silent; the device stays."""
        self._dialogue.closed()

    def close(self) -> None:
        """Unplug."""
        self._dialogue.closed()
        self._pty.close()

    def until(self, *wanted: Event) -> None:
        """Wait for these, in any order."""

        async def come() -> None:
            await self.heard.until(lambda heard: all(event in heard for event in wanted))

        run(come())


@contextmanager
def plugged(line: Line) -> Iterator[Line]:
    """Its device is there."""
    start()
    call(line.plug)
    try:
        yield line
    finally:
        call(line.close)


@contextmanager
def serving(device: Path, addresses: Sequence[int]) -> Iterator[TheirServer]:
    """Their server at the far end."""
    server = TheirServer(device, addresses)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def test_our_master_reads_their_modules(tmp_path: Path) -> None:
    """Presses, releases, a contact closed before we asked; nothing garbled, nobody dead."""
    units = [Unit(address, 0, 16) for address in (1, 2, 247)]
    link = tmp_path / "bus"
    with plugged(Line(link, Master(units, byte_time=BYTE_TIME))) as line, serving(link, (1, 2, 247)) as modules:
        modules.set_contact(2, 3, True)
        call(line.begin)
        line.until(UnitAlive(1), UnitAlive(2), UnitAlive(247), Changed(2, 3, True))
        modules.set_contact(247, 15, True)
        line.until(Changed(247, 15, True))
        modules.set_contact(247, 15, False)
        modules.set_contact(2, 3, False)
        line.until(Changed(247, 15, False), Changed(2, 3, False))
        assert not [event for event in line.heard if isinstance(event, Garbled | UnitDead)]
        assert len(line.heard) == 7


def test_a_module_that_refuses_is_told_with_its_exception(tmp_path: Path) -> None:
    """The plan says 24 inputs, theirs has 16: illegal data address."""
    units = [Unit(1, 0, 16), Unit(2, 0, 24)]
    link = tmp_path / "bus"
    with plugged(Line(link, Master(units, byte_time=BYTE_TIME))) as line, serving(link, (1, 2)):
        call(line.begin)
        line.until(UnitAlive(1), UnitDead(2, 2))


def test_an_outage_of_the_line_loses_no_press(tmp_path: Path) -> None:
    """Pressed while nobody asked."""
    link = tmp_path / "bus"
    with plugged(Line(link, Master([Unit(1, 0, 16)], byte_time=BYTE_TIME))) as line, serving(link, (1,)) as modules:
        call(line.begin)
        line.until(UnitAlive(1))
        call(line.end)
        modules.set_contact(1, 7, True)
        call(line.begin)
        line.until(Changed(1, 7, True))


def test_their_client_reads_our_slaves(tmp_path: Path) -> None:
    """What the simulated modules answer is Modbus to somebody else as well; so are their refusals and their silence."""
    slaves = Slaves([Unit(1, 0, 16), Unit(32, 8, 8)])
    link = tmp_path / "bus"
    with plugged(Line(link, slaves)) as line:
        call(line.begin)
        call(lambda: slaves.set_contact(32, 9, True))
        client = ModbusSerialClient(str(link), baudrate=9600, timeout=5, retries=0)
        try:
            assert client.connect()
            assert client.read_discrete_inputs(0, count=16, device_id=1).bits == [False] * 16
            assert client.read_discrete_inputs(8, count=8, device_id=32).bits == [False, True, *[False] * 6]
            assert client.read_discrete_inputs(0, count=8, device_id=32).exception_code == 2
            assert client.read_holding_registers(0, count=1, device_id=32).exception_code == 1
        finally:
            client.close()  # type: ignore[no-untyped-call]
