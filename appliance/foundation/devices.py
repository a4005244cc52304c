"""The device a plan names: a serial port of this box, or one behind a serial server in the network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from twisted.internet.base import ReactorBase

from appliance.foundation.clock import Clock
from appliance.foundation.rfc2217 import ComPort
from appliance.foundation.serial_address import SERVER
from appliance.foundation.serial_device import SerialDevice
from appliance.foundation.serial_server import ServerDevice


class Device(Protocol):
    """What a line needs of its device."""

    def start(self) -> None: ...
    def write(self, data: bytes) -> None: ...
    def stop(self) -> None: ...


def device(
    name: str,
    directory: Path,
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
) -> Device:
    """The device called `name`, not started yet; where it is a relative path, it stands in `directory`.

    received, opened, lost: told as by a `SerialDevice`.
    """
    server = SERVER.fullmatch(name)
    if server is None:
        return SerialDevice(
            directory / name, reactor=reactor, clock=clock, received=received, opened=opened, lost=lost,
            baud=baud, data_bits=data_bits, parity=parity, stop_bits=stop_bits,
        )  # fmt: skip
    settings = partial(ComPort, baud=baud, data_bits=data_bits, parity=parity, stop_bits=stop_bits)
    return ServerDevice(
        server["host"].strip("[]"), int(server["port"]), com_port=settings if server["scheme"] == "rfc2217" else None,
        reactor=reactor, clock=clock, received=received, opened=opened, lost=lost,
    )  # fmt: skip
