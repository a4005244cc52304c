"""Listening at a free serial port, without a byte of ours: what wire there seems to be, and at which speed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from twisted.internet.base import ReactorBase

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.devices import device as real_device
from nursecall.links import OpensDevice
from nursecall.wire.recognise import Guess, recognise

BAUDS = (9600, 19200, 4800, 2400, 1200, 38400, 115200, 57600, 600, 300)
"""The usual one first."""

QUIET = timedelta(seconds=20)
"""A line on which nothing came so long is silent, whatever its speed: time to go to a bed and press."""
NOISY = timedelta(seconds=4)
"""For each further speed, where something came that made no sense at the first."""
STEP = timedelta(seconds=0.5)
SETTLES = 3
"""Steps in which nothing new came, or the guess stayed the same, before it counts."""
MOST = 4096
"""Bytes; more say nothing new."""


@dataclass(frozen=True)
class Heard:
    """What was heard at a port. fault: a message id, why it could not be listened to."""

    guess: Guess
    baud: int = 0
    count: int = 0
    fault: str = ""


@dataclass
class Ear:
    """Listens at one port after the other. devices: where those with relative names stand."""

    devices: Path
    reactor: ReactorBase
    clock: Clock
    device: OpensDevice = field(default=real_device)

    async def listen(self, path: str) -> Heard:
        """At every speed that there is, until something makes sense. Takes seconds; at the most a minute."""
        heard = Heard(Guess("silent"))
        for baud in BAUDS:
            heard = await self._at(path, baud, QUIET if baud == BAUDS[0] else NOISY)
            if heard.fault or heard.guess.kind != "garbled":
                break
        return heard

    async def _at(self, path: str, baud: int, patience: timedelta) -> Heard:
        data, faults = bytearray(), list[str]()
        port = self.device(
            path, self.devices, reactor=self.reactor, clock=self.clock, received=data.extend, opened=faults.clear,
            lost=faults.append, baud=baud, data_bits=8, parity="none", stop_bits=1,
        )  # fmt: skip
        port.start()
        try:
            guess = await self._settled(data, faults, patience)
        finally:
            port.stop()
        return Heard(guess, baud, len(data), faults[0] if faults else "")

    async def _settled(self, data: bytearray, faults: list[str], patience: timedelta) -> Guess:
        guess, same = Guess("silent"), 0
        for _ in range(int(patience / STEP)):
            await sleep(self.clock, STEP)
            now = recognise(bytes(data))
            same = same + 1 if now == guess else 0
            guess = now
            if faults or len(data) > MOST or (same >= SETTLES and guess.kind not in ("silent", "garbled")):
                break
            if guess.kind == "garbled" and same >= 2 * SETTLES:
                break
        return guess
