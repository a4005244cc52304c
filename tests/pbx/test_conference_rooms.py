"""Conference rooms without a telephone: the plan's rules, who is let in, what keys mean, and PINs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from appliance.foundation import pins
from appliance.foundation.bus import Bus
from appliance.foundation.config import Faulty, parse
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language
from pbx.conference.entrance import Entrance, TurnedAway
from pbx.conference.keys import act
from pbx.conference.pins import RoomPins, TooMany
from pbx.conference.room import FULL, LOCKED, NOT_YOU, Member, Room
from pbx.plan import PbxPlan
from pbx.plan_conference import RoomGroup
from pbx.tones import Tones
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

NAME = Text(zh="会", en="Meeting")
PLAN = """
[[extensions]]
numbers = "8001-8010"
name = { zh = "病区", en = "Ward" }
[[conference.rooms]]
numbers = "8801-8802"
name = { zh = "会", en = "Meeting" }
"""


def room(**rules: Any) -> Room:
    return Room("8801", RoomGroup(numbers="8801", name=NAME, **rules))


def member(number: str, **facts: Any) -> Member:
    return Member(f"channel-{number}", number, **{"chairman": False, "since": START, **facts})


@pytest.mark.parametrize(
    ("more", "line", "why"),
    [
        ('chairmen = ["8011"]', 8, "conference.rooms[0].chairmen[0]: there is no extension 8011"),
        ('invite = ["8003-8001"]', 8, "runs from a smaller to a larger number of the same length"),
        ("ad_hoc = true\npin = true", 9, "conference.rooms[0].pin: an ad hoc room has no PIN"),
        ('[conference]\nad_hoc = "*88"', 9, "conference.ad_hoc: there is no ad hoc room"),
        ('[[conference.rooms]]\nnumbers = "8802"\nname = { zh = "会", en = "M" }', 9, "8802 is dialled for two things"),
        (
            '[[conference.rooms]]\nnumbers = "8010"\nname = { zh = "会", en = "M" }', 9,
            "8010 is already an extension or an emergency number",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_rooms_is_said_with_its_place(more: str, line: int, why: str) -> None:
    """One clear sentence; in both languages by the tests of translations."""
    with pytest.raises(Faulty) as faulty:
        parse(PLAN + more, PbxPlan)
    assert [fault.line for fault in faulty.value.faults] == [line]
    assert why in str(faulty.value)


def test_who_is_let_in() -> None:
    """Extensions of the plan, chairmen, who is sent from outside; others are told why not."""
    one = room(enter=("8001-8003",), chairmen=("8009",), most=2)
    assert one.refuses("8004", chairman=False) == NOT_YOU
    assert one.refuses("", chairman=False, outside=True) == ""
    assert one.refuses("8001", chairman=False) == ""
    one.put(member("8001"))
    one.locked = True
    assert one.refuses("8002", chairman=False) == LOCKED
    assert one.refuses("8009", chairman=True) == ""
    one.locked = False
    one.put(member("8002"))
    one.put(member("8009", chairman=True))
    assert one.refuses("8003", chairman=False) == FULL


def test_who_comes_into_a_quiet_room_is_muted_and_an_empty_room_is_as_new() -> None:
    """Chairmen are heard in any case."""
    one = room()
    one.put(member("8001"))
    one.quiet = one.locked = True
    one.bridge = "conference-8801-x"
    assert one.put(member("8002")).muted
    assert not one.put(member("8003", chairman=True)).muted
    for number in ("8001", "8002", "8003"):
        assert one.take_out(f"channel-{number}") is not None
    assert (one.quiet, one.locked, one.bridge) == (False, False, "")


def test_who_waits_for_a_chairman() -> None:
    """Members of a room that waits; not when a chairman is there, nor who is one."""
    one = room(wait=True)
    assert one.must_wait(chairman=False)
    assert not one.must_wait(chairman=True)
    one.put(member("8009", chairman=True))
    assert not one.must_wait(chairman=False)


def test_keys_mean_what_one_may() -> None:
    """A chairman's keys mean nothing to a member."""
    assert act("1", chairman=False) == "mute"
    assert act("3", chairman=False) is None
    assert act("3", chairman=True) == "lock"
    assert act("9", chairman=True) is None


@pytest.fixture
def room_pins(monkeypatch: pytest.MonkeyPatch) -> tuple[RoomPins, FakeClock, InlineDatabase]:
    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    clock, database = FakeClock(), InlineDatabase()
    return RoomPins(database, clock, Bus()), clock, database


def test_a_pin_says_whose_it_is_and_is_nowhere_in_the_clear(
    room_pins: tuple[RoomPins, FakeClock, InlineDatabase],
) -> None:
    """Of this room only; a new one takes the place of the old."""
    kept, _, database = room_pins
    old = now(kept.renew("8801", "member", "it"))
    chairmans = now(kept.renew("8801", "chairman", "it"))
    assert now(kept.whose("8801", old, "8001")) == "member"
    assert now(kept.whose("8801", chairmans, "8001")) == "chairman"
    assert now(kept.whose("8802", old, "8001")) is None
    fresh = now(kept.renew("8801", "member", "it"))
    assert now(kept.whose("8801", fresh, "8001")) == "member"
    assert now(kept.whose("8801", old, "8001")) is None
    assert now(kept.there()) == {("8801", "member"), ("8801", "chairman")}
    with database.engine.connect() as connection:
        for table in ("conference_pins", "journal"):
            rows = str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
            assert not any(pin in rows for pin in (old, chairmans, fresh))


def test_a_telephone_that_guesses_is_not_listened_to_for_half_an_hour(
    room_pins: tuple[RoomPins, FakeClock, InlineDatabase],
) -> None:
    """Nine wrong ones; then even the right one counts for nothing there, but does from another telephone."""
    kept, clock, _ = room_pins
    pin = now(kept.renew("8801", "member", "it"))
    wrong = f"{(int(pin) + 1) % 10**6:06}"
    for _ in range(9):
        assert now(kept.whose("8801", wrong, "8001")) is None
    with pytest.raises(TooMany):
        now(kept.whose("8801", pin, "8001"))
    assert now(kept.whose("8801", pin, "8002")) == "member"
    clock.advance(timedelta(minutes=31))
    assert now(kept.whose("8801", pin, "8001")) == "member"


class Guest:
    """Somebody at the door whose number claims to be 8009; keys `pin`."""

    extension = "8009"

    def __init__(self, pin: str = "") -> None:
        self.pin = pin
        self.asked = 0

    async def play(self, sounds: Sequence[Path]) -> None: ...

    async def collect(self, sounds: Sequence[Path], digits: int | None, timeout: timedelta) -> str:
        self.asked += 1
        return self.pin

    async def record(
        self, name: str, longest: timedelta, *, silence: timedelta | None = None, beep: Path | None = None
    ) -> float:
        return 0.0


class Silence:
    async def prompt(self, text: str, language: Language) -> Path | None:
        return None


def test_who_calls_from_outside_chairs_by_the_pin_only(
    room_pins: tuple[RoomPins, FakeClock, InlineDatabase], tmp_path: Path
) -> None:
    """A caller's number is what the caller says it is; in an ad hoc room they are a member though they come first."""
    kept, _, _ = room_pins
    door = Entrance(kept, Silence(), Tones(tmp_path), "en", tmp_path)
    chaired, ad_hoc = room(chairmen=("8009",)), room(ad_hoc=True)
    pin = now(kept.renew("8801", "chairman", "it"))
    assert now(door.role(Guest(), chaired, "8009")) == "chairman"
    assert now(door.role(Guest(pin), chaired, "")) == "chairman"
    stranger = Guest("000000" if pin != "000000" else "000001")
    with pytest.raises(TurnedAway, match="too often"):
        now(door.role(stranger, chaired, ""))
    assert stranger.asked == 3
    assert now(door.role(Guest(), ad_hoc, "8001")) == "chairman"
    assert now(door.role(Guest(), ad_hoc, "")) == "member"


def test_numbers_of_features_are_known_to_who_asks_what_a_number_means() -> None:
    """Nothing may follow a room's number; an extension follows the code that leaves a message."""
    more = '[voicemail]\nnumber = "*98"\nleave = "*99"\n[[voicemail.boxes]]\nnumbers = "8001"\n'
    found = dict(parse(PLAN + more, PbxPlan).of_features())
    wanted = {"8801": True, "8802": True, "*98": True, "*99": False, "701": True, "*57": False, "#57": False}
    assert {number: found.get(number) for number in wanted} == wanted
