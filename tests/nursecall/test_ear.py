"""Listening at a free port: at speed after speed, nothing sent, the port let go of."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.serial_device import IN_USE
from nursecall.ear import BAUDS, NOISY, QUIET, Ear, Heard
from nursecall.wire.recognise import Guess
from tests.fakes.clock import FakeClock
from tests.nursecall.test_lines import FakeDevice

POLL = b"\x042\x05"
NOISE = b"\x00\xff\x11\x04\x7f\x00"


class Listening:
    """An ear at one port, at which the host's speed is known."""

    def __init__(self) -> None:
        self.clock, self.opened = FakeClock(), list[FakeDevice]()
        ear = Ear(Path("/dev"), cast(Any, None), self.clock, device=self._device)
        self._told = list[Heard]()
        Deferred.fromCoroutine(ear.listen("ttyUSB0")).addCallback(self._told.append)

    def _device(self, name: str, directory: Path, **told: Any) -> FakeDevice:
        self.opened.append(FakeDevice(name, directory, **told))
        return self.opened[-1]

    @property
    def heard(self) -> Heard:
        """The answer."""
        [told] = self._told
        return told

    def hear(self, baud: int, right: bytes = POLL) -> None:
        """Half-seconds pass in which a host of that speed sends; until there is an answer."""
        for _ in range(200):
            if self._told:
                return
            port = self.opened[-1]
            port.received(right if port.settings["baud"] == baud else NOISE)
            self.clock.advance(0.5)
        raise AssertionError("it listens for ever")


@pytest.mark.parametrize("baud", BAUDS)
def test_the_speed_is_found(baud: int) -> None:
    """Wherever in the list it stands; not a byte is sent, and every port is closed again."""
    line = Listening()
    line.hear(baud)
    found = line.heard
    assert (found.guess, found.baud) == (Guess("espa444", own="2"), baud)
    assert [port.settings["baud"] for port in line.opened] == list(BAUDS[: BAUDS.index(baud) + 1])
    assert not any(port.running or port.written for port in line.opened)


def test_silence_is_told_after_one_speed() -> None:
    """A silent line is so at every speed."""
    line = Listening()
    line.clock.twisted.pump([0.5] * int(QUIET.total_seconds() * 2))
    assert line.heard == Heard(Guess("silent"), BAUDS[0])
    assert len(line.opened) == 1


def test_what_never_makes_sense_ends_too() -> None:
    """After every speed."""
    line = Listening()
    line.hear(0)
    assert line.heard.guess.kind == "garbled"
    assert len(line.opened) == len(BAUDS)
    assert line.clock.steady() <= len(BAUDS) * NOISY.total_seconds()


def test_a_port_that_cannot_be_opened_says_why() -> None:
    """At once."""
    line = Listening()
    line.opened[0].lost(IN_USE)
    line.clock.advance(0.5)
    assert line.heard.fault == IN_USE
