"""Mains and battery on the status page, in the journal and in the wards' ears; each fault of upsd by the simulator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import CommandClock
from appliance.foundation.health import HealthChanged, State
from appliance.hardware.events import BatteryLow
from appliance.hardware.ups_watch import EVERY, PATIENCE, UpsWatch, wanted
from appliance.plan import Plan
from appliance.power_notices import SAID, PowerNotices
from appliance.settings import UpsServer
from appliance.simulator.control import Refused
from appliance.simulator.upsd import SimulatedUps
from tests.appliance.test_reactions import Screens
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.ports import free_port
from tests.real_reactor import Heard, call, reactor, run
from tests.support import now
from tts.places import Announcement


class Feed:
    """A watch at a simulated upsd."""

    def __init__(self) -> None:
        self.clock, self.bus, self.database = FakeClock(), Bus(), InlineDatabase()
        self.health: Heard[HealthChanged] = Heard()
        self.bus.subscribe(HealthChanged, self.health.append)
        server = UpsServer(port=free_port())
        self.ups = SimulatedUps(server, reactor)
        self.watch = UpsWatch(server, self.database, self.clock, self.bus, reactor)

    def becomes(self, action: str, state: State, words: str) -> None:
        """After `action` the part says so."""

        async def story() -> None:
            self.ups.act(action)
            self.clock.advance(EVERY)
            await self.health.until(lambda heard: words in heard[-1].detail if heard else False)

        run(story())
        assert self.health[-1].state is state

    def kinds(self) -> list[str]:
        """What the journal has."""
        entries = now(self.database.transact(lambda connection: list(journal.entries(connection))))
        return [entry.kind.partition(".")[2] for entry in entries]


@contextmanager
def feed() -> Iterator[Feed]:
    """Until the end of the story."""
    one = Feed()
    call(one.ups.start)
    call(one.watch.start)
    run(one.health.until(lambda heard: bool(heard)))
    try:
        yield one
    finally:
        call(one.watch.stop)
        call(one.ups.stop)


def test_mains_fails_runs_low_and_returns() -> None:
    """Each once in the journal."""
    with feed() as one:
        assert one.health[-1].state is State.UP
        one.becomes("battery", State.DOWN, "Mains has failed")
        one.becomes("low", State.DOWN, "nearly empty")
        assert one.watch.is_low
        one.becomes("mains", State.UP, "On mains")
        assert not one.watch.is_low
        assert one.kinds() == ["MainsFailed", "BatteryLow", "MainsReturned"]


def test_each_fault_of_upsd_is_told_and_passes() -> None:
    """What is not known is not taken for a battery at its end."""
    with feed() as one:
        for action, words in (
            ("stale", "does not answer"), ("mend", "On mains"), ("garbage", "does not answer"), ("mend", "On mains"),
            ("drop", "does not answer"), ("mend", "On mains"), ("stop", "does not answer"), ("mend", "On mains"),
        ):  # fmt: skip
            one.becomes(action, State.UP if action == "mend" else State.DOWN, words)
        assert not one.watch.is_low
        assert one.kinds() == []


def test_one_that_hangs_is_waited_for_no_longer_than_ten_seconds() -> None:
    """And asked again."""
    with feed() as one:

        async def hangs() -> None:
            asked: Heard[str] = Heard()
            answer = one.ups.answer
            one.ups.answer = lambda line: asked.append(line) or answer(line)  # type: ignore[method-assign, func-returns-value]
            one.ups.act("hang")
            one.clock.advance(EVERY)
            await asked.until(lambda lines: bool(lines))
            one.clock.advance(PATIENCE)
            await one.health.until(lambda heard: heard[-1].state is State.DOWN)

        run(hangs())
        assert dict(one.health[-1].facts) == {"why": "no answer in time"}
        one.becomes("mend", State.UP, "On mains")


def test_a_box_without_a_ups_shows_none(tmp_path: Path) -> None:
    """Neither by its settings nor by the boot partition's file."""
    file = tmp_path / "ups.json"
    assert wanted(None, file) is None
    file.write_text(json.dumps({"host": "10.1.2.9", "name": "rack"}))
    assert wanted(None, file) == UpsServer(host="10.1.2.9", name="rack")
    assert wanted(UpsServer(), file) == UpsServer()
    file.write_text("[]")
    assert wanted(None, file) is None
    bus, heard = Bus(), list[HealthChanged]()
    bus.subscribe(HealthChanged, heard.append)
    UpsWatch(None, InlineDatabase(), FakeClock(), bus, reactor).start()
    assert heard == []


def test_a_simulated_ups_does_what_it_is_told(tmp_path: Path) -> None:
    """And refuses the rest in a sentence."""
    ups = SimulatedUps(UpsServer(), reactor)
    assert ups.answer("LIST VAR other") == b"ERR UNKNOWN-UPS\n"
    assert ups.answer("SHUTDOWN") == b"ERR UNKNOWN-COMMAND\n"
    with pytest.raises(Refused, match="A UPS cannot explode"):
        ups.act("explode")


class Silent:
    """No voice is left."""

    async def say(self, text: str, language: str) -> None:
        return None


class Places:
    """What was to be heard in them."""

    def __init__(self) -> None:
        self.announced: list[Announcement] = []

    def announce(self, announcement: Announcement) -> None:
        self.announced.append(announcement)


def test_every_ward_hears_that_the_battery_is_empty() -> None:
    """Screens and loudspeakers, in its language, before anything else that waits."""
    ward = {"beds": ["1"]}
    plan = Plan.model_validate(
        {
            "site": {"name": {"zh": "院", "en": "H"}},
            "nursecall": {"wards": [{"id": one, "name": {"zh": one, "en": one}, **ward} for one in ("a", "b")]},
        }
    )
    bus, places, screens = Bus(), Places(), Screens()
    PowerNotices(bus, lambda: plan, Silent(), places, screens)
    bus.publish(BatteryLow(at=CommandClock().now(), charge=9, runtime=110))
    assert [(one.ward, one.priority, one.over is not None) for one in places.announced] == [("a", 1, True), ("b", 1, True)]  # fmt: skip  # noqa: E501
    assert [ward for ward, _ in screens.announced] == ["a", "b"]
    assert screens.announced[0][1].text != SAID  # Chinese
