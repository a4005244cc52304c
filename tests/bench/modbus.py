"""How long 32 input modules take to be polled once: our master beside pymodbus' client, on the same simulated bus."""

from __future__ import annotations

import itertools
import json
import logging
import os
import subprocess
import sys
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pymodbus.client import ModbusSerialClient
from pymodbus.exceptions import ModbusException

from appliance.foundation.clock import ReactorClock
from appliance.foundation.serial_device import SerialDevice
from nursecall.dialogue import Dialogue
from nursecall.wire.modbus import Event, Master
from tests.bench.figures import Figure, beside, milliseconds
from tests.bench.modbus_bus import BYTE_TIME, TURN_ROUND, UNITS
from tests.real_reactor import call, reactor, start

CYCLES = 25
GAP = 3.5 * BYTE_TIME


def measure() -> list[Figure]:
    """The figure."""
    ours, theirs = _cycles(_our_master), _cycles(_their_client)
    line = len(UNITS) * ((8 + 7) * BYTE_TIME + TURN_ROUND + GAP)
    return [
        Figure(
            f"Modbus RTU: one poll of {len(UNITS)} modules of 16 inputs at 9600 8N1, {CYCLES} cycles each",
            beside(
                milliseconds("our master, cycle", ours),
                milliseconds("pymodbus' synchronous client, cycle", theirs),
                "ours ÷ pymodbus",
            ),
            (
                f"The line's own time, with the 3.5 characters of silence after each answer: {line * 1000:.0f} ms.",
                f"pymodbus leaves that silence out ({len(UNITS) * GAP * 1000:.0f} ms a cycle); modules may need it.",
            ),
        )
    ]


def _cycles(poll: Callable[[Path], Callable[[], None]]) -> list[float]:
    """Seconds of each cycle. poll: begins to poll a device; returns what ends that."""
    with _bus() as (device, bus):
        end = poll(device)
        said, _ = bus.communicate(timeout=120)
        end()
    asked: list[float] = json.loads(said)
    return [later - sooner for sooner, later in itertools.pairwise(asked)]


@contextmanager
def _bus() -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    far, near = os.openpty()
    tty.setraw(near)
    command = [sys.executable, "-m", "tests.bench.modbus_bus", str(far), str(CYCLES)]
    bus = subprocess.Popen(command, pass_fds=(far,), stdout=subprocess.PIPE)
    try:
        yield Path(os.ttyname(near)), bus
    finally:
        bus.kill()
        bus.wait()
        os.close(far)
        os.close(near)


def _our_master(device: Path) -> Callable[[], None]:
    start()
    clock = ReactorClock(reactor)
    dialogue: Dialogue[Event] = Dialogue(
        Master(UNITS, byte_time=BYTE_TIME), clock=clock, write=lambda data: serial.write(data), happened=lambda _: None
    )
    serial = SerialDevice(
        device, reactor=reactor, clock=clock,
        received=dialogue.received, opened=dialogue.opened, lost=lambda _why: dialogue.closed(),
    )  # fmt: skip

    def stop() -> None:
        serial.stop()
        dialogue.closed()

    call(serial.start)
    return lambda: call(stop)


def _their_client(device: Path) -> Callable[[], None]:
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # It would tell of the bus's end.
    client = ModbusSerialClient(str(device), baudrate=9600, timeout=0.2, retries=0)
    over = threading.Event()

    def poll() -> None:
        client.connect()
        while not over.is_set():
            for unit in UNITS:
                try:
                    client.read_discrete_inputs(unit.first, count=unit.count, device_id=unit.address)
                except ModbusException:
                    break  # The bus has seen enough.
        client.close()  # type: ignore[no-untyped-call]

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()

    def stop() -> None:
        over.set()
        thread.join(30)

    return stop
