"""A serial device on real pseudo terminals; only its patience is not real."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.serial_device import IN_USE, MISSING, UNPLUGGED, UNUSABLE, SerialDevice
from appliance.simulator.pty import Pty
from tests.fakes.clock import FakeClock
from tests.real_reactor import Heard, reactor, run

Frame = tuple[str, int, int]


class Ends:
    """A device, all it told, and the far end of its line."""

    def __init__(self, directory: Path, frame: Frame = ("none", 8, 1)) -> None:
        self.path = directory / "line"
        self.clock = FakeClock()
        self.told: Heard[str] = Heard()
        self.near: Heard[bytes] = Heard()
        self.far: Heard[bytes] = Heard()
        self.pty = Pty(self.path, reactor=reactor, received=self.far.append)
        self.device = self.another(self.told, frame)

    def another(self, told: Heard[str], frame: Frame = ("none", 8, 1)) -> SerialDevice:
        """A device on the same path."""
        parity, data_bits, stop_bits = frame
        return SerialDevice(
            self.path,
            reactor=reactor,
            clock=self.clock,
            received=self.near.append,
            opened=lambda: told.append("opened"),
            lost=told.append,
            parity=parity,
            data_bits=data_bits,
            stop_bits=stop_bits,
        )

    async def has_told(self, *expected: str) -> None:
        """Wait until so much was told, and it is this."""
        await self.told.until(lambda told: len(told) >= len(expected))
        assert tuple(self.told) == expected

    def close(self) -> None:
        self.device.stop()
        self.pty.close()


async def holds(pieces: Heard[bytes], expected: bytes) -> None:
    """Wait until so many bytes came, and they are these."""
    await pieces.until(lambda pieces: len(b"".join(pieces)) >= len(expected))
    assert b"".join(pieces) == expected


def told_by(directory: Path, story: Callable[[Ends], Coroutine[Deferred[Any], Any, None]], **more: Any) -> None:
    """Run `story` in the reactor."""

    async def whole() -> None:
        ends = Ends(directory, **more)
        try:
            await story(ends)
        finally:
            ends.close()

    run(whole())


@pytest.mark.parametrize("frame", [("none", 8, 1), ("even", 7, 1), ("even", 7, 2), ("odd", 8, 1)])
def test_every_byte_passes_both_ways_with_every_setting(tmp_path: Path, frame: Frame) -> None:
    """A pseudo terminal knows no parity; asking for it still opens it, and nothing is changed on the way."""
    everything = bytes(range(256))

    async def story(ends: Ends) -> None:
        ends.pty.open()
        ends.device.start()
        await ends.has_told("opened")
        ends.pty.write(everything)
        await holds(ends.near, everything)
        ends.device.write(everything)
        await holds(ends.far, everything)

    told_by(tmp_path, story, frame=frame)


def test_a_missing_device_is_told_once_and_opened_when_it_comes(tmp_path: Path) -> None:
    """Nothing is plugged in at the start; looking again every second does not repeat the trouble."""

    async def story(ends: Ends) -> None:
        ends.device.start()
        for _ in range(3):
            ends.clock.advance(1)
        ends.device.write(b"nobody hears this")
        await ends.has_told(MISSING)
        ends.pty.open()
        ends.clock.advance(1)
        await ends.has_told(MISSING, "opened")
        ends.pty.write(b"hello")
        await holds(ends.near, b"hello")

    told_by(tmp_path, story)


def test_an_unplugged_device_comes_back(tmp_path: Path) -> None:
    """Each time it is another pseudo terminal under the same name."""

    async def story(ends: Ends) -> None:
        ends.pty.open()
        ends.device.start()
        for _ in range(3):
            await ends.told.until(lambda told: told[-1] == "opened")
            before = len(ends.told)
            ends.pty.close()
            await ends.told.until(lambda told, before=before: len(told) > before)  # type: ignore[misc]
            assert ends.told[-1] == MISSING
            assert not ends.device.is_open
            ends.pty.open()
            ends.clock.advance(1)
        await ends.told.until(lambda told: told[-1] == "opened")
        ends.device.write(b"back")
        await holds(ends.far, b"back")

    told_by(tmp_path, story)


def test_a_link_that_leads_elsewhere_is_followed(tmp_path: Path) -> None:
    """By-id names are links; the old device may still be there."""

    async def story(ends: Ends) -> None:
        ends.pty.open()
        ends.device.start()
        await ends.has_told("opened")
        there: Heard[bytes] = Heard()
        elsewhere = Pty(tmp_path / "elsewhere", reactor=reactor, received=there.append)
        elsewhere.open()
        ends.path.unlink()
        ends.path.symlink_to(tmp_path / "elsewhere")
        ends.clock.advance(1)
        await ends.has_told("opened", UNPLUGGED, "opened")
        ends.device.write(b"here")
        await holds(there, b"here")
        elsewhere.close()

    told_by(tmp_path, story)


def test_a_device_in_use_is_told_so(tmp_path: Path) -> None:
    """Two programs would share the bytes of one line; the second waits until the first is gone."""

    async def story(ends: Ends) -> None:
        ends.pty.open()
        ends.device.start()
        await ends.has_told("opened")
        told: Heard[str] = Heard()
        second = ends.another(told)
        second.start()
        assert told == [IN_USE]
        ends.device.stop()
        ends.clock.advance(1)
        assert told == [IN_USE, "opened"]
        second.stop()

    told_by(tmp_path, story)


def test_what_is_no_serial_device_is_told_so(tmp_path: Path) -> None:
    """A plan that names a file."""

    async def story(ends: Ends) -> None:
        ends.path.write_text("not a device")
        ends.device.start()
        assert ends.told == [UNUSABLE]
        ends.path.unlink()

    told_by(tmp_path, story)


def test_a_far_end_that_reads_nothing_costs_no_memory(tmp_path: Path) -> None:
    """What it does not take is dropped, and the device still stops."""

    async def story(ends: Ends) -> None:
        master, slave = os.openpty()
        ends.path.symlink_to(os.ttyname(slave))
        ends.device.start()
        assert ends.told == ["opened"]
        for _ in range(1000):
            ends.device.write(b"x" * 1024)
        wire = ends.device._wire
        assert wire is not None
        assert wire._full
        ends.device.stop()
        assert ends.told == ["opened"]
        os.close(master)
        os.close(slave)
        ends.path.unlink()

    told_by(tmp_path, story)


def test_a_stopped_device_stays_stopped(tmp_path: Path) -> None:
    """No timer is left, nothing is told, and it may be started anew."""

    async def story(ends: Ends) -> None:
        ends.pty.open()
        ends.device.start()
        ends.device.stop()
        ends.device.stop()
        assert ends.told == ["opened"]
        assert ends.clock.twisted.getDelayedCalls() == []
        ends.device.start()
        assert ends.told == ["opened", "opened"]

    told_by(tmp_path, story)


def test_a_fault_in_what_is_told_never_reaches_the_reactor(tmp_path: Path) -> None:
    """It is logged, and the next bytes come all the same."""

    async def story(ends: Ends) -> None:
        heard: Heard[bytes] = Heard()

        def taken(data: bytes) -> None:
            heard.append(data)
            raise RuntimeError("cannot take this")

        def opened() -> None:
            raise RuntimeError("cannot take this either")

        device = SerialDevice(
            ends.path, reactor=reactor, clock=ends.clock, received=taken, opened=opened, lost=ends.told.append
        )
        ends.pty.open()
        device.start()
        for data in (b"one", b"two"):
            ends.pty.write(data)
            await heard.until(lambda pieces, data=data: pieces[-1:] == [data])  # type: ignore[misc]
        assert device.is_open
        device.stop()
        assert ends.told == []

    told_by(tmp_path, story)
