"""Pages and what becomes of them, on a device that is not real and in time that is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.config import Faulty, parse
from appliance.foundation.health import HealthChanged, State
from appliance.plan import Plan
from nursecall.line_ends import Garbled
from nursecall.pager_health import UNPROVED
from nursecall.pagers import NO_ADDRESS, NO_SUCH, NOT_STARTED, NOT_TAKEN, Pagers
from nursecall.paging import (
    FAILED,
    INVALID,
    NO_ANSWER,
    REFUSED_SAYING,
    TAKEN,
    TAKEN_SAYING,
    Outcome,
    Result,
    cut,
    paging,
)
from nursecall.plan_pagers import AnyPagers, PagerSystem
from nursecall.traces import Meant, Traced, Traces
from nursecall.wire import tap
from nursecall.wire.espa444 import Call
from tests.fakes.clock import FakeClock
from tests.nursecall.test_lines import FakeDevice

EOT, ENQ, ACK, NAK = b"\x04", b"\x05", b"\x06", b"\x15"
POLL, SELECT = EOT + b"2" + ENQ, EOT + b"1" + ENQ + b"2" + ENQ


def row(**more: Any) -> AnyPagers:
    """We poll the pager system."""
    return TypeAdapter[AnyPagers](PagerSystem).validate_python({"id": "p", "device": "p", **more})


class Ward:
    """Pagers, the device under them, and all that was told."""

    def __init__(self, plan: AnyPagers, keep: Path = Path("/nowhere")) -> None:
        self.clock = FakeClock()
        self.bus = bus = Bus()
        self.health: list[tuple[State, str]] = []
        bus.subscribe(HealthChanged, lambda event: self.health.append((event.state, event.detail)))
        self.traces = Traces(self.clock, bus)
        self.pagers = Pagers(
            [plan],
            Path("/devices"),
            keep=keep,
            reactor=cast(Any, None),
            clock=self.clock,
            bus=bus,
            traces=self.traces,
            device=self._device,
        )
        self.pagers.start()

    def _device(self, name: str, directory: Path, **told: Any) -> FakeDevice:
        self.device = FakeDevice(name, directory, **told)
        return self.device

    def page(self, address: str = "17", text: str = "28床", priority: int | None = None) -> list[Outcome]:
        """Page; what comes of it, when it does."""
        outcomes: list[Outcome] = []
        Deferred.fromCoroutine(self.pagers.page("p", address, text, priority)).addCallback(outcomes.append)
        return outcomes

    def said(self) -> bytes:
        """What we have written since the last time."""
        self.clock.advance(0)
        written, self.device.written = self.device.written, b""
        return written

    def wait(self, seconds: int) -> None:
        """In small steps, as time does."""
        for _ in range(seconds * 10):
            self.clock.advance(0.1)


def opened(**more: Any) -> Ward:
    """The pager system was polled and has answered."""
    ward = Ward(row(**more))
    ward.device.opened()
    assert ward.said() == POLL
    ward.device.received(EOT)
    return ward


def test_a_page_is_a_call_with_the_plans_beep_and_priority() -> None:
    """Unless the page says otherwise."""
    ward = opened(beep=4, priority=2, transmissions=2)
    for priority, told in ((None, 2), (1, 1)):
        outcomes = ward.page(priority=priority)
        assert ward.said() == SELECT
        ward.device.received(ACK)
        call = Call(address="17", text="28床", beep=4, type=3, transmissions=2, priority=told)
        assert ward.said() == call.encode("gb18030")
        assert outcomes == []
        ward.device.received(ACK)
        assert outcomes == [Outcome(Result.DELIVERED, TAKEN)]
        assert ward.said() == EOT + POLL
        ward.device.received(EOT)


def test_a_page_that_names_no_pager_goes_to_the_plans_own() -> None:
    """Without one it is refused, by name."""
    ward = opened(address="99")
    ward.page("")
    ward.said()
    ward.device.received(ACK)
    assert b"1\x1f99\x1e" in ward.said()
    assert opened().page("") == [Outcome(Result.REFUSED, NO_ADDRESS, (("pager", "p"),))]


def test_an_invalid_page_is_refused() -> None:
    """3 NAK."""
    ward = opened()
    outcomes = ward.page()
    ward.said()
    ward.device.received(ACK)
    ward.device.received(b"3" + NAK)
    assert outcomes == [Outcome(Result.REFUSED, INVALID)]


def test_a_page_is_given_up_after_the_plans_patience_and_not_sent_later() -> None:
    """Somebody else is told then."""
    ward = opened(patience=5)
    outcomes = ward.page()
    ward.wait(4)
    assert outcomes == []
    ward.wait(2)
    assert outcomes == [Outcome(Result.UNREACHABLE, NOT_TAKEN, (("seconds", "5"),))]
    ward.wait(10)
    ward.said()
    ward.wait(10)
    assert SELECT not in ward.said()


def test_a_dead_pager_system_is_unreachable_at_once() -> None:
    """Nobody waits for a patience of which the end is known; when it answers, pages go out again."""
    ward = opened(patience=600)
    waiting = ward.page()
    ward.wait(30)
    assert waiting == [Outcome(Result.UNREACHABLE, NO_ANSWER)]
    assert ward.health[-1] == (State.DOWN, NO_ANSWER)
    assert ward.page() == [Outcome(Result.UNREACHABLE, NO_ANSWER)]
    ward.said()
    while POLL not in ward.said():
        ward.clock.advance(0.1)
    ward.device.received(EOT)
    assert ward.health[-1] == (State.UP, "")
    assert ward.page() == []
    assert SELECT in ward.said()


def test_a_lost_device_tells_every_page_that_waits() -> None:
    """And what is paged meanwhile."""
    ward = opened()
    outcomes = ward.page()
    ward.device.lost("The serial device was unplugged.")
    gone = [Outcome(Result.UNREACHABLE, "The serial device was unplugged.")]
    assert outcomes == gone
    assert ward.page() == gone
    assert ward.health[-1] == (State.DOWN, "The serial device was unplugged.")


def test_a_stop_tells_every_page_that_waits() -> None:
    """A new plan is taken up."""
    ward = opened()
    outcomes = ward.page()
    ward.pagers.stop()
    assert outcomes == [Outcome(Result.UNREACHABLE, NOT_STARTED)]
    assert not ward.device.running


def test_a_pager_system_that_is_not_in_the_plan_is_unreachable() -> None:
    """By name; nothing is raised."""
    outcomes: list[Outcome] = []
    Deferred.fromCoroutine(opened().pagers.page("q", "17", "28床")).addCallback(outcomes.append)
    assert outcomes == [Outcome(Result.UNREACHABLE, NO_SUCH, (("pager", "q"),))]


def test_health_of_a_pager_system_that_says_nothing_of_its_own() -> None:
    """TAP: an open device is all there is to know until somebody is paged."""
    ward = Ward(row(protocol="tap"))
    ward.device.opened()
    ward.wait(100)
    assert ward.health == [(State.STARTING, ""), (State.UP, UNPROVED)]
    outcomes = ward.page()
    ward.wait(10)
    assert outcomes == [Outcome(Result.UNREACHABLE, NO_ANSWER)]
    assert ward.health[-1] == (State.DOWN, NO_ANSWER)


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (tap.Delivered(1), Outcome(Result.DELIVERED, TAKEN)),
        (tap.Delivered(1, "213 held"), Outcome(Result.DELIVERED, TAKEN_SAYING, (("said", "213 held"),))),
        (tap.Refused(1, "refused"), Outcome(Result.REFUSED, INVALID)),
        (tap.Refused(1, "513 no such pager"), Outcome(Result.REFUSED, REFUSED_SAYING, (("why", "513 no such pager"),))),
        (tap.Unreachable("no answer"), Outcome(Result.UNREACHABLE, NO_ANSWER)),
        (tap.Unreachable("503 busy"), Outcome(Result.UNREACHABLE, FAILED, (("why", "503 busy"),))),
    ],
)
def test_what_a_tap_system_says_is_told(event: object, outcome: Outcome) -> None:
    """In its own words where it has some."""
    about = paging(row(protocol="tap")).about(event)
    assert about is not None
    assert about.outcome == outcome


@given(st.text(max_size=200), st.sampled_from(["ascii", "gb18030", "utf-8"]), st.integers(1, 128))
def test_a_text_that_is_too_long_is_cut_between_characters(text: str, encoding: str, longest: int) -> None:
    """Never within one; a short one stays as it is."""
    short = cut(text, longest, encoding)
    assert len(short.encode(encoding, "replace")) <= longest
    if len(text.encode(encoding, "replace")) <= longest:
        assert short == text


def test_a_pager_line_keeps_a_trace() -> None:
    """Both ways, with what came of it; under a name that no host line can have."""
    ward, grown = opened(), list[Traced]()
    ward.bus.subscribe(Traced, grown.append)
    ward.page()
    ward.said()
    ward.device.received(ACK)
    ward.said()
    ward.device.received(ACK)
    ward.device.lost("The serial device was unplugged.")
    call = Call(address="17", text="28床", type=3, transmissions=1, priority=3).encode("gb18030")
    assert [(piece.way, piece.data, piece.told) for piece in ward.traces.of("pager:p").pieces()] == [
        ("note", b"", ("opened",)),
        ("out", POLL, ()),
        ("in", EOT, ()),
        ("out", SELECT, ()),
        ("in", ACK, ()),
        ("out", call, ()),
        ("in", ACK, (Meant(TAKEN),)),
        ("out", EOT, ()),
        ("note", b"", ("lost", "The serial device was unplugged.")),
    ]
    ward.clock.advance(2)
    assert grown == [Traced("pager:p")]


def notes(ward: Ward) -> list[object]:
    """What is said of the line itself, once it was open."""
    return [piece.told[0] for piece in ward.traces.of("pager:p").pieces() if piece.way == "note"][1:]


def test_what_never_came_is_a_note_in_the_trace() -> None:
    """A page that was given up, then a system that has gone: each once."""
    ward = opened(patience=1)
    ward.page()
    ward.wait(2)
    assert notes(ward) == [Meant(NOT_TAKEN, (("seconds", "1"),))]
    ward.wait(60)
    assert notes(ward)[1:] == [Meant(NO_ANSWER)]


@pytest.mark.parametrize(("more", "noise"), [({}, b"\x01?!\r\x04"), ({"protocol": "tap"}, b"\x02rubbish\x03zzz\r")])
def test_rubbish_is_kept_in_the_trace(more: dict[str, str], noise: bytes) -> None:
    """However idle the line: on both wires."""
    ward = Ward(row(**more))
    ward.device.opened()
    ward.page()
    for _ in range(5):
        ward.wait(1)
        ward.device.received(noise)
    kept = [piece for piece in ward.traces.of("pager:p").pieces() if piece.data == noise]
    assert kept
    assert all(isinstance(told, Garbled) for piece in kept for told in piece.told)
    assert any(piece.told for piece in kept)


PLAN = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")


def test_pagers_stand_in_the_plan() -> None:
    """Both protocols; ESPA 4.4.4 where none is named."""
    more = """
[[nursecall.pagers]]
id = "house"
device = "pagers-1"
[[nursecall.pagers]]
id = "staff"
protocol = "tap"
device = "pagers-2"
"""
    first, second = parse(PLAN + more, Plan).nursecall.pagers[-2:]
    assert (first.protocol, second.protocol) == ("espa444", "tap")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ('id = "house"\ndevice = "ward-a"', "is already used by line 'ward-a'"),
        ('id = "house"\ndevice = "x"\n[[nursecall.pagers]]\nid = "house"\ndevice = "y"', "'house' is used twice"),
        (
            'id = "house"\ndevice = "x"\n[[nursecall.pagers]]\nid = "other"\ndevice = "x"',
            "used by pager system 'house'",
        ),
        ('id = "house"\ndevice = "x"\nprotocol = "morse"', "protocol"),
    ],
)
def test_a_wrong_row_is_named(rows: str, fault: str) -> None:
    """With what is wrong."""
    with pytest.raises(Faulty) as why:
        parse(f"{PLAN}\n[[nursecall.pagers]]\n{rows}\n", Plan)
    assert fault in str(why.value)
