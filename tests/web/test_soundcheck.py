"""The sound test of each shift: asked for, answered, on record, and a health matter where it is missing."""

from __future__ import annotations

from datetime import time

import pytest

from appliance.foundation import journal
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import Text
from nursecall.plan_places import StationSound
from nursecall.plan_wards import Shift, Ward
from tests.fakes.clock import FakeClock
from tests.fakes.house import PLAN, SHANGHAI
from tests.support import now
from tests.web.browser import Browser, hospital
from web.live import Live

SCREEN = "a1b2c3d4e5f6"
NAME = Text(zh="x", en="x")
SHIFTS = (
    Shift(id="day", name=NAME, start=time(8), end=time(16)),
    Shift(id="late", name=NAME, start=time(16), end=time(22)),
    Shift(id="night", name=NAME, start=time(22), end=time(8)),
)
"""It is nine in the morning when a test begins."""
MINUTE = 60.0
HOUR = 3600.0


class Station:
    """The station of w1, open and heard, in a ward with three shifts."""

    def __init__(self, minutes: int = 30) -> None:
        self.house = hospital()
        self.minutes = minutes
        self.health: list[tuple[State, str]] = []
        self.house.cardboard.bus.subscribe(HealthChanged, self._hear)
        self.house.live.start(self.wards(), SHANGHAI)
        self.nurse = self.house.browser("nurse")
        self.line = self.nurse.open(f"/live?ward=w1&screen={SCREEN}")
        self.nurse.post("/station/w1/sound", by_script=True, body={"screen": SCREEN, "heard": True, "why": ""})

    def wards(self) -> tuple[Ward, ...]:
        changed = {"shifts": SHIFTS, "sound": StationSound(test=self.minutes)}
        return tuple(ward.model_copy(update=changed) for ward in PLAN.wards)

    def _hear(self, event: HealthChanged) -> None:
        if event.part == "station:w1":
            self.health.append((event.state, event.detail))
            self.house.cardboard.health.known[event.part] = event
            self.house.live.health_changed()

    def wait(self, seconds: float) -> None:
        clock = self.house.cardboard.clock
        assert isinstance(clock, FakeClock)
        for _ in range(round(seconds / 10)):
            clock.advance(10)

    def test(self, heard: bool = True, flowed: bool = True, browser: Browser | None = None) -> int:
        body = {"screen": SCREEN, "heard": heard, "flowed": flowed}
        return (browser or self.nurse).post("/station/w1/soundcheck", by_script=True, body=body).status

    def state(self) -> State:
        """What the house last heard of it."""
        return self.health[-1][0]

    def asked(self) -> bool:
        """Whether the page shows the bar."""
        return 'data-key="due"' in self.nurse.get("/station/w1").text

    def journalled(self) -> list[tuple[str, bool, bool]]:
        with self.house.cardboard.database.engine.begin() as connection:
            lines = [line for line in journal.entries(connection) if line.kind == "web.SoundTested"]
        return [(line.body["user"], line.body["heard"], line.body["flowed"]) for line in lines]


def test_a_shift_s_test_is_asked_for_and_recorded() -> None:
    """Who and when is in the journal; the bar goes away on every screen; nothing was wrong meanwhile."""
    station = Station()
    assert station.asked()
    station.wait(20 * MINUTE)
    assert station.test() == 204
    assert not station.asked()
    assert station.journalled() == [("nurse", True, True)]
    regions = [data["regions"] for name, data in station.line.events() if name == "change"]
    assert {"order": [], "pieces": {}} in [region.get("soundcheck") for region in regions]
    station.wait(2 * HOUR)
    assert station.health[-1] == (State.UP, "")


def test_a_missing_test_is_a_health_matter() -> None:
    """Half an hour after the box was started in mid-shift; the test makes it well."""
    station = Station()
    station.wait(29 * MINUTE)
    assert station.state() is State.UP
    station.wait(2 * MINUTE)
    assert station.state() is State.DEGRADED
    assert "press T" in station.health[-1][1]
    assert "soundcheck-late" in station.nurse.get("/station/w1").text
    station.test()
    assert station.state() is State.UP


def test_each_shift_has_its_own() -> None:
    """What was heard in the morning says nothing of the evening; the time runs from the shift's beginning."""
    station = Station()
    station.test()
    station.wait(7 * HOUR + MINUTE)
    assert station.asked()
    assert station.state() is State.UP
    station.wait(30 * MINUTE)
    assert station.state() is State.DEGRADED


def test_a_night_shift_is_one_shift() -> None:
    """A test at eleven in the evening is good until eight in the morning."""
    station = Station()
    station.wait(14 * HOUR)
    station.test()
    station.wait(8 * HOUR)
    assert not station.asked()
    station.wait(HOUR + MINUTE)
    assert station.asked()


@pytest.mark.parametrize(("heard", "flowed"), [(False, True), (True, False), (False, False)])
def test_a_tone_that_was_not_heard_is_a_fault_at_once(heard: bool, flowed: bool) -> None:
    """Also where somebody says they heard what never left the page. On record, and over with a good test."""
    station = Station()
    station.test(heard, flowed)
    station.wait(MINUTE)
    assert station.state() is State.DEGRADED
    assert "could not be heard" in station.health[-1][1]
    assert "soundcheck-late" in station.nurse.get("/station/w1").text
    station.test()
    assert station.state() is State.UP
    assert station.journalled() == [("nurse", heard, flowed), ("nurse", True, True)]


def test_a_restart_does_not_ask_again() -> None:
    """The journal knows."""
    station = Station()
    station.test()
    cardboard = station.house.cardboard
    station.house.live.stop()
    again = Live(cardboard.database, cardboard.clock, cardboard.bus)
    again.start(station.wards(), SHANGHAI)
    assert not again.stations.checks.due("w1")
    again.stop()


def test_records_that_are_down_do_not_keep_a_test_from_counting() -> None:
    """The nurse has heard it."""
    station = Station()
    station.house.cardboard.database.broken = OSError("no disk")
    with pytest.raises(OSError, match="no disk"):
        now(station.house.live.stations.tested("w1", SCREEN, "nurse", heard=True, flowed=True))
    station.house.cardboard.database.broken = None
    assert not station.asked()


def test_a_site_may_do_without() -> None:
    """test = 0 asks nobody."""
    station = Station(minutes=0)
    assert not station.asked()
    station.wait(9 * HOUR)
    assert station.state() is State.UP


def test_only_those_who_may_act_are_asked_and_believed() -> None:
    """A manager who looks in from an office hears nothing of the ward."""
    station = Station()
    manager = station.house.browser("manager")
    assert 'data-key="due"' not in manager.get("/station/w1").text
    assert station.test(browser=manager) == 403
    assert station.journalled() == []


@pytest.mark.parametrize(
    "body", [[], {"screen": SCREEN, "heard": True}, {"screen": "x", "heard": True, "flowed": True}]
)
def test_nonsense_is_refused(body: object) -> None:
    """400, not 500."""
    station = Station()
    assert station.nurse.post("/station/w1/soundcheck", by_script=True, body=body).status == 400


def test_the_wallboard_says_which_ward_is_silent() -> None:
    """Of its own wards, and only while it lasts."""
    station = Station()
    board = station.house.browser("board")
    assert "Not heard at the station" not in board.get("/wallboard").text
    live = board.open("/live?view=wallboard")
    station.nurse.post("/station/w1/sound", by_script=True, body={"screen": SCREEN, "heard": False, "why": "muted"})
    station.wait(20)
    assert "Not heard at the station: Ward 1" in board.get("/wallboard").text
    drawn = [data["regions"].get("silent") for name, data in live.events() if name == "change"]
    assert any("Ward 1" in str(region) for region in drawn)
    station.nurse.post("/station/w1/sound", by_script=True, body={"screen": SCREEN, "heard": True, "why": ""})
    assert "Not heard at the station" not in board.get("/wallboard").text


def test_a_floor_under_the_volume() -> None:
    """The slider ends at the volume of the night."""
    place = hospital()
    assert 'id="volume" type="range" min="60"' in place.browser("nurse").get("/station/w1").text
