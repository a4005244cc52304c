"""A host line: its readings and its health, on a device that is not real and in time that is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.serial_device import UNPLUGGED
from nursecall.line_ends import byte_time, units
from nursecall.line_health import DISTURBED, FLOODS, MISADDRESSED, NO_BED, QUIET, SILENT, UNITS_DEAD
from nursecall.lines import Lines
from nursecall.plan_lines import AnyLine, EspaLine, ModbusLine, TapLine, TextLine
from nursecall.reading import Asked, Ended, Presence, Press, Reading, Terminal
from nursecall.standing import Standing
from nursecall.traces import Traces
from nursecall.wire.espa444 import Call, Reset
from nursecall.wire.modbus import Slaves
from nursecall.wire.tap import encode_page
from tests.fakes.clock import FakeClock

POLL = b"\x042\x05"
SELECT = b"\x041\x052\x05"


def line(**more: Any) -> EspaLine:
    """We are polled."""
    return EspaLine.model_validate({"id": "w1", "ward": "a", "device": "w1", **more})


class FakeDevice:
    """What Lines opened: its callbacks, and what was written."""

    def __init__(self, name: str, directory: Path, **told: Any) -> None:
        self.path = directory / name
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

    def __init__(self, *lines: AnyLine) -> None:
        self.clock, bus = FakeClock(), Bus()
        self.traces = Traces(self.clock, bus)
        self.heard: list[tuple[str, Reading]] = []
        self.health: list[tuple[State, str]] = []
        self.facts: dict[str, str] = {}
        self.devices: list[FakeDevice] = []
        self.standings: dict[Asked, Standing | None] = {}
        bus.subscribe(HealthChanged, self._changed)
        self.lines = Lines(
            lines,
            Path("/devices"),
            keep=Path("/nowhere"),
            reactor=cast(Any, None),
            clock=self.clock,
            bus=bus,
            heard=self._heard,
            stands=lambda asked: self.standings.get(asked, Standing.TERMINATED),
            becomes=lambda _asked: None,
            traces=self.traces,
            device=self._device,
        )
        self.heard_before: Deferred[None] | None = None
        self.lines.start()

    def _device(self, name: str, directory: Path, **told: Any) -> FakeDevice:
        self.devices.append(FakeDevice(name, directory, **told))
        return self.devices[-1]

    def _changed(self, event: HealthChanged) -> None:
        assert event.part == "line:w1"
        self.health.append((event.state, event.detail))
        self.facts = dict(event.facts)

    def _heard(self, line: AnyLine, reading: Reading) -> Deferred[None] | None:
        self.heard.append((line.id, reading))
        return self.heard_before

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


def told(house: House) -> list[Reading]:
    """What was heard, whatever the line."""
    return [reading for _, reading in house.heard]


def text_line(**more: Any) -> TextLine:
    """A host that prints."""
    said = {"id": "w1", "ward": "a", "device": "w1", "protocol": "text", "encoding": "utf-8", "silence": 86_400}
    return TextLine.model_validate(said | more)


def test_a_text_host_is_heard_and_answered_when_its_call_is_on_record() -> None:
    """Frames with a check; the answer waits, the bad frame gets none."""
    house = House(text_line(check="xor", check_as="hex", answer="\x06", types={"WC": "wc"}, ends=["reset"]))
    house.device.opened()
    house.heard_before = Deferred()
    house.device.received(b"bed 28 WC7D\r\nbed 2")
    assert told(house) == [Press("a", "28", "wc")]
    assert house.device.written == b""
    house.heard_before.callback(None)
    assert house.device.written == b"\x06"
    house.heard_before = None
    house.device.received(b"9 WC00\r\n")
    assert house.device.written == b"\x06"
    assert house.health[-1] == (State.DEGRADED, DISTURBED)


def test_codes_say_what_a_frame_means() -> None:
    """Bytes, the bed in hexadecimal: every meaning that a code can have; what is to be ignored is."""
    codes = {"01": "call", "02": "present", "03": "absent", "04": "reset", "05": "fault", "06": "mended", "07": "wc"}
    pattern = "AA(?P<bed>[0-9A-F]{2})(?P<code>[0-9A-F]{2})"
    frames = {"framing": "fixed", "length": 3, "check": "xor", "encoding": "hex", "bed_as": "hex"}
    house = House(text_line(**frames, codes=codes, bed_pattern=pattern, ignore=["^AA00"]))
    house.device.opened()
    for code in (*range(1, 8), 0):
        data = bytes([0xAA, 0x1C if code else 0, code])
        house.device.received(data + bytes([data[0] ^ data[1] ^ data[2]]))
    bed = ("a", "28")
    assert told(house) == [
        Press(*bed, "call"),
        Presence(*bed, True),
        Presence(*bed, False),
        Ended(*bed, None),
        Terminal(*bed, False),
        Terminal(*bed, True),
        Press(*bed, "wc"),
    ]
    assert house.health[-1] == (State.UP, "")


def test_words_say_who_is_there_and_what_is_broken() -> None:
    """And of which ward."""
    more = {"present": ["nurse in"], "absent": ["nurse out"], "faults": ["unplugged"], "mended": ["plugged"]}
    pattern = r"(?:W(?P<ward>\d) )?bed (?P<bed>\d+)"
    house = House(text_line(**more, ends=["done"], bed_pattern=pattern, wards={"2": "b"}))
    house.device.opened()
    said = "W2 bed 5 nurse in|bed 5 nurse out|bed 6 unplugged|bed 6 plugged|W9 bed 7 done"
    house.device.received(said.replace("|", "\n").encode() + b"\n")
    assert told(house) == [
        Presence("b", "5", True),
        Presence("a", "5", False),
        Terminal("a", "6", False),
        Terminal("a", "6", True),
        Ended("a", "7", None),
    ]


def test_a_host_that_speaks_only_when_called_is_up_when_its_device_is() -> None:
    """It says so: a cable pulled out at the other end cannot be noticed. Garbled, it is seen all the same."""
    house = House(text_line())
    house.device.opened()
    house.clock.advance(1)
    assert house.health[-1] == (State.UP, QUIET)
    house.device.received(b"\xff\xfe\n")
    assert house.health[-1] == (State.DEGRADED, NO_BED)
    for _ in range(20):
        house.clock.advance(1)
        house.device.received(b"x" * 700)
    assert house.health[-1] == (State.DEGRADED, DISTURBED)


def test_a_page_is_a_press_and_is_taken_when_it_is_on_record() -> None:
    """TAP, without a logon, as some hosts do."""
    line = {"id": "w1", "ward": "a", "device": "w1", "protocol": "tap", "types": {"CODE": "code"}, "encoding": "ascii"}
    house = House(TapLine.model_validate(line))
    house.device.opened()
    house.heard_before = Deferred()
    (block,) = encode_page("123", "BED 28 CODE")
    house.device.received(block + b"\r")
    assert told(house) == [Press("a", "28", "code")]
    assert house.device.written == b""
    house.heard_before.callback(None)
    assert b"\x06" in house.device.written


MODBUS = {
    "id": "w1", "ward": "a", "device": "w1", "protocol": "modbus",
    "units": [
        {"address": 5, "contacts": [
            {"input": 2, "bed": "1", "means": "call"}, {"input": 3, "bed": "1", "means": "present"},
            {"input": 4, "bed": "1", "means": "reset"},
            {"input": 5, "bed": "1", "means": "fault", "normally": "closed"},
            {"input": 6, "bed": "2", "means": "wc", "ward": "b"}]},
        {"address": 6, "contacts": [{"input": 0, "bed": "3", "means": "call"}]},
    ],
}  # fmt: skip


class Bus485(House):
    """The units at the other end."""

    def __init__(self) -> None:
        line = ModbusLine.model_validate(MODBUS)
        super().__init__(line)
        self.slaves = Slaves(units(line))
        self.device.opened()

    def go_on(self, seconds: float) -> list[Reading]:
        """Let the line run; what was heard meanwhile."""
        self.heard.clear()
        for _ in range(int(seconds * 100)):
            asked, self.device.written = self.device.written, b""
            self.slaves.feed(asked, 0.0)
            if answer := self.slaves.outgoing():
                self.device.received(answer)
            self.clock.advance(0.01)
        return told(self)


def test_contacts_are_calls_presence_reset_and_fault() -> None:
    """A button that is let go means nothing; a contact that rests closed is at fault when it opens."""
    house = Bus485()
    assert house.go_on(2) == [Terminal("a", "1", True), Terminal("b", "2", True), Terminal("a", "3", True)]
    assert house.health[-1] == (State.UP, "")
    expected: list[tuple[int, bool, list[Reading]]] = [
        (2, True, [Press("a", "1", "call")]),
        (2, False, []),
        (3, True, [Presence("a", "1", True)]),
        (3, False, [Presence("a", "1", False)]),
        (4, True, [Ended("a", "1", None)]),
        (4, False, []),
        (5, False, [Terminal("a", "1", False)]),
        (5, True, [Terminal("a", "1", True)]),
        (6, True, [Press("b", "2", "wc")]),
    ]
    for contact, closed, readings in expected:
        house.slaves.set_contact(5, contact, closed)
        assert house.go_on(1) == readings


def test_an_input_module_that_dies_is_named_and_speaks_for_its_beds() -> None:
    """The others go on, and are not held up by a call that is not on record yet."""
    house = Bus485()
    house.go_on(2)
    house.slaves.dead(6)
    assert house.go_on(12) == [Terminal("a", "3", False)]
    assert house.health[-1] == (State.DEGRADED, UNITS_DEAD)
    house.heard_before = Deferred()
    house.slaves.set_contact(5, 2, True)
    house.slaves.set_contact(5, 3, True)
    assert house.go_on(1) == [Press("a", "1", "call"), Presence("a", "1", True)]
    house.slaves.set_contact(5, 3, False)
    assert house.go_on(1) == [Presence("a", "1", False)]
    house.slaves.dead(6, is_dead=False)
    assert house.go_on(70) == [Terminal("a", "3", True)]
    assert house.health[-1] == (State.UP, "")


def test_a_line_that_floods_is_degraded_and_every_bed_is_heard() -> None:
    """Bed 1 a thousand times; sixty others in ten seconds meanwhile, each of them heard at once."""
    house = House(text_line())
    house.device.opened()
    for bed in range(2, 62):
        for _ in range(17):
            house.device.received(b"1\n")
        house.device.received(b"%d\n" % bed)
        assert house.heard[-1] == ("w1", Press("a", str(bed), "call"))
        house.clock.advance(10 / 60)
    assert sum(reading == Press("a", "1", "call") for reading in told(house)) < 40
    assert house.health[-1] == (State.DEGRADED, FLOODS)
    for _ in range(20):
        house.clock.advance(1)
    assert house.health[-1][0] is State.UP


def test_what_was_held_back_is_told_in_the_end() -> None:
    """The last word of a bed that chattered."""
    house = House(text_line(ends=["end"]))
    house.device.opened()
    for _ in range(50):
        house.device.received(b"1\n1 end\n")
    assert told(house)[-1] == Press("a", "1", "call")
    house.clock.advance(1)
    assert told(house)[-1] == Ended("a", "1", None)


def test_trouble_is_seen_within_half_a_minute() -> None:
    """Unplugged, silent, garbled: with the plan's defaults."""
    for trouble in ("unplugged", "silent", "garbled"):
        house = House(line())
        house.device.opened()
        house.polled(3)
        if trouble == "unplugged":
            house.device.lost(UNPLUGGED)
        for _ in range(30):
            house.clock.advance(1)
            if trouble == "garbled":
                house.device.received(b"\xff\xfe" * 300)
        assert house.health[-1][0] in (State.DOWN, State.DEGRADED), trouble


def test_a_line_keeps_a_trace() -> None:
    """Both ways, with what came of it."""
    house = House(line())
    house.device.opened()
    house.device.received(SELECT + Call(text="28").encode())
    house.device.lost(UNPLUGGED)
    pieces = house.traces.of("w1").pieces()
    assert [(piece.way, piece.data[:1]) for piece in pieces] == [
        ("note", b""),
        ("in", b"\x04"),
        ("out", b"\x06"),
        ("note", b""),
    ]
    assert pieces[1].told == (Press("a", "28", "call"),)
    assert pieces[3].told == ("lost", UNPLUGGED)


def test_a_host_that_calls_another_address_is_told_in_one_sentence_and_it_clears_by_itself() -> None:
    """By polls only, so that nothing valid comes for us: why the line is silent, not that it is."""
    house = House(line(own="2", silence=20))
    house.device.opened()
    for _ in range(120):
        house.clock.advance(1)
        house.device.received(b"\x043\x05")
    assert house.health[-1] == (State.DOWN, MISADDRESSED)
    assert house.facts == {"called": "3", "own": "2"}
    assert (State.DOWN, SILENT) not in house.health
    assert house.device.written == b""
    notes = [piece.told for piece in house.traces.of("w1").pieces() if piece.way == "note"]
    assert notes == [("opened",), ("misaddressed", "3")]
    house.polled(20)
    assert house.health[-1] == (State.UP, "")


def test_a_selection_of_another_address_degrades_a_line_whose_host_speaks() -> None:
    """The host polls itself to send, so the wire is well; its calls go to nobody."""
    house = House(line(own="2"))
    house.device.opened()
    for _ in range(40):
        house.clock.advance(1)
        house.device.received(b"\x041\x054\x05")
    assert house.health[-1] == (State.DEGRADED, MISADDRESSED)
    assert house.facts == {"called": "4", "own": "2"}


def test_in_the_control_role_too_a_wrong_address_is_named() -> None:
    """We poll; the host has mostly nothing to say, and then selects somebody who is not there."""
    house = House(line(role="control", own="2", peer="1"))
    house.device.opened()
    for said in (b"\x04", b"\x04", b"5\x05") * 20:
        house.device.written = b""
        while b"1\x05" not in house.device.written:
            house.clock.advance(0.5)
        house.device.received(said)
        house.clock.advance(0.5)
        house.device.received(b"\x04")
    assert house.health[-1] == (State.DEGRADED, MISADDRESSED)
    assert house.facts == {"called": "5", "own": "2"}
