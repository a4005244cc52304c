"""A host line: its readings and its health, on a device that is not real and in time that is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.serial_device import UNPLUGGED
from nursecall.lines import DISTURBED, NO_BED, SILENT, Lines, byte_time
from nursecall.plan_lines import EspaLine
from nursecall.reading import Ended, Press, Reading
from nursecall.wire.espa444 import Call, Reset
from tests.fakes.clock import FakeClock

POLL = b"\x042\x05"
SELECT = b"\x041\x052\x05"


def line(**more: Any) -> EspaLine:
    """We are polled."""
    return EspaLine.model_validate({"id": "w1", "ward": "a", "device": "w1", **more})


class FakeDevice:
    """What Lines opened: its callbacks, and what was written."""

    def __init__(self, path: Path, **told: Any) -> None:
        self.path = path
        self.settings = told
        self.received: Callable[[bytes], None] = told["received"]
        self.opened: Callable[[], None] = told["opened"]
        self.lost: Callable[[str], None] = told["lost"]
        self.written = b""
        self.running = False

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    def write(self, data: bytes) -> None:
        self.written += data


class House:
    """Lines, and all they told."""

    def __init__(self, *lines: EspaLine) -> None:
        self.clock, bus = FakeClock(), Bus()
        self.heard: list[tuple[str, Reading]] = []
        self.health: list[tuple[State, str]] = []
        self.devices: list[FakeDevice] = []
        bus.subscribe(HealthChanged, self._changed)
        self.lines = Lines(
            lines,
            Path("/devices"),
            reactor=cast(Any, None),
            clock=self.clock,
            bus=bus,
            heard=self._heard,
            device=self._device,
        )
        self.lines.start()

    def _device(self, path: Path, **told: Any) -> FakeDevice:
        self.devices.append(FakeDevice(path, **told))
        return self.devices[-1]

    def _changed(self, event: HealthChanged) -> None:
        assert event.part == "line:w1"
        self.health.append((event.state, event.detail))

    def _heard(self, line: EspaLine, reading: Reading) -> None:
        self.heard.append((line.id, reading))

    @property
    def device(self) -> FakeDevice:
        return self.devices[0]

    def polled(self, seconds: int) -> None:
        """A host that polls every second."""
        for _ in range(seconds):
            self.clock.advance(1)
            self.device.received(POLL)


def test_a_press_and_a_reset_are_heard_with_their_line() -> None:
    """And acknowledged on the wire."""
    house = House(line())
    house.device.opened()
    house.device.received(SELECT + Call(text="28床 呼叫").encode("gb18030"))
    house.device.received(Reset(text="28床").encode("gb18030") + b"\x04")
    assert house.heard == [("w1", Press("a", "28", "call")), ("w1", Ended("a", "28", None))]
    assert house.device.written == b"\x06\x06\x06"


def test_a_line_is_up_when_its_host_speaks() -> None:
    """An open device proves nothing; edges only."""
    house = House(line())
    house.device.opened()
    assert house.health == [(State.STARTING, "")]
    house.polled(120)
    assert house.health == [(State.STARTING, ""), (State.UP, "")]


def test_an_unplugged_line_is_down_until_its_host_speaks_again() -> None:
    """Told at once, with the reason."""
    house = House(line())
    house.device.opened()
    house.polled(1)
    house.device.lost(UNPLUGGED)
    assert house.health[-1] == (State.DOWN, UNPLUGGED)
    house.clock.advance(100)
    house.device.opened()
    assert house.health[-1] == (State.DOWN, UNPLUGGED)
    house.polled(2)
    assert house.health[-1] == (State.UP, "")
    assert len(house.health) == 4


def test_a_silent_host_is_down() -> None:
    """The cord is in, the device is there, and nobody speaks."""
    house = House(line(silence=30))
    house.device.opened()
    house.polled(1)
    for _ in range(30):
        house.clock.advance(1)
    assert house.health[-1] == (State.UP, "")
    house.clock.advance(1)
    assert house.health[-1] == (State.DOWN, SILENT)
    house.polled(1)
    assert house.health[-1] == (State.UP, "")


def test_a_host_that_never_spoke_is_down_too() -> None:
    """Wrong baud rate, or nothing at the other end."""
    house = House(line(silence=10))
    house.device.opened()
    for _ in range(11):
        house.clock.advance(1)
    assert house.health == [(State.STARTING, ""), (State.DOWN, SILENT)]


def test_a_disturbed_line_is_degraded_and_does_not_flap() -> None:
    """One edge there, one back, however much rubbish comes."""
    house = House(line())
    house.device.opened()
    house.polled(1)
    for _ in range(60):
        house.device.received(b"\xff\xfe" * 300)
        house.polled(1)
    assert house.health[2:] == [(State.DEGRADED, DISTURBED)]
    house.polled(20)
    assert house.health[2:] == [(State.DEGRADED, DISTURBED), (State.UP, "")]


def test_a_call_without_a_bed_degrades_its_line() -> None:
    """It cannot be shown, so IT must know."""
    house = House(line())
    house.device.opened()
    house.device.received(SELECT + Call(text="呼叫").encode("gb18030"))
    assert house.heard == []
    assert house.health[-1] == (State.DEGRADED, NO_BED)


def test_a_fault_in_hearing_does_not_stop_the_line() -> None:
    """Logged; the next call is heard, and both are acknowledged."""
    house = House(line())
    heard, house.heard = house.heard, cast(Any, None)
    house.device.opened()
    house.device.received(SELECT + Call(text="1床").encode())
    house.heard = heard
    house.device.received(Call(text="2床").encode("gb18030"))
    assert house.heard == [("w1", Press("a", "2", "call"))]
    assert house.device.written == b"\x06" * 3


def test_a_control_line_polls_only_while_open() -> None:
    """Our host at 1, we at 2."""
    house = House(line(role="control"))
    house.clock.advance(5)
    assert house.device.written == b""
    house.device.opened()
    house.clock.advance(0)
    assert house.device.written == b"\x041\x05"
    house.device.received(b"\x04")
    house.clock.advance(0.25)
    assert house.device.written == b"\x041\x05" * 2
    house.device.lost(UNPLUGGED)
    house.clock.advance(100)
    assert house.device.written == b"\x041\x05" * 2


def test_settings_and_device_come_from_the_plan() -> None:
    """A relative device stands in the devices directory, an absolute one where it says."""
    house = House(line(baud=1200, data_bits=7, parity="even", stop_bits=2))
    assert house.device.path == Path("/devices/w1")
    assert {key: house.device.settings[key] for key in ("baud", "data_bits", "parity", "stop_bits")} == {
        "baud": 1200,
        "data_bits": 7,
        "parity": "even",
        "stop_bits": 2,
    }
    assert House(line(device="/dev/ttyS0")).device.path == Path("/dev/ttyS0")


def test_stopped_lines_leave_nothing_behind() -> None:
    """No timer, no device."""
    house = House(line(role="control"), line(id="w2", device="w2").model_copy(update={"id": "w1"}))
    for device in house.devices:
        device.opened()
    house.lines.stop()
    assert not any(device.running for device in house.devices)
    assert house.clock.twisted.getDelayedCalls() == []


@pytest.mark.parametrize(("more", "bits"), [({}, 10), ({"data_bits": 7, "parity": "even", "stop_bits": 2}, 11)])
def test_a_bytes_time_counts_every_bit(more: dict[str, Any], bits: int) -> None:
    """Start, data, parity, stop."""
    assert byte_time(line(**more)) == pytest.approx(bits / 9600)
