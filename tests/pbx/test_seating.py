"""Free seating without a telephone: who may come where, for how long, PINs, lamps, and the plain dialplan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.config import Faulty, parse
from appliance.foundation.journal import Event, entries
from pbx.engine.dialplan import dialplan
from pbx.plan import PbxPlan
from pbx.seating.events import SeatLeft, SeatTaken
from pbx.seating.pins import SeatPins, TooMany
from pbx.seating.seats import HOURS, Seats, telephones
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

TEXT = """
[[extensions]]
numbers = "8001-8010"
name = { zh = "病区", en = "Ward" }
[features.seating]
numbers = ["8007-8009"]
telephones = ["8001-8003"]
hours = 12
[[phones.keys]]
name = { zh = "医生", en = "Doctor" }
number = "8008"
watch = true
"""
PLAN = parse(TEXT, PbxPlan)


class Place:
    """Seats on real rows, one life of them."""

    def __init__(self, database: InlineDatabase | None = None, clock: FakeClock | None = None) -> None:
        self.database, self.clock, bus = database or InlineDatabase(), clock or FakeClock(), Bus()
        self.seats, self.pins = Seats(PLAN, self.database, self.clock, bus), SeatPins(self.database, self.clock, bus)
        self.happened: list[Event] = []
        self.told: list[frozenset[str]] = []
        self.seats.changed = self.told.append
        bus.subscribe(Event, self.happened.append)
        now(self.seats.load())

    def on_record(self) -> Sequence[tuple[str, Any]]:
        with self.database.engine.connect() as connection:
            return [(entry.kind, entry.body["number"]) for entry in entries(connection)]


def test_a_number_moves_and_another_takes_its_place() -> None:
    """Each telephone has one, each number is at one; all of it is on record, and told to whom it concerns."""
    place = Place()
    now(place.seats.take("8008", "8001"))
    now(place.seats.take("8008", "8002"))
    now(place.seats.take("8009", "8002"))
    assert [(one.number, one.telephone) for one in place.seats.every()] == [("8009", "8002")]
    assert (place.seats.telephone_of("8009"), place.seats.whose("8002")) == ("8002", "8009")
    assert (place.seats.telephone_of("8008"), place.seats.whose("8001")) == ("8008", "8001")
    assert [type(one) for one in place.happened] == [SeatTaken, SeatLeft, SeatTaken, SeatLeft, SeatTaken]
    assert len(place.on_record()) == 5
    assert place.told[-1] == {"8008", "8009", "8002"}
    assert now(telephones(place.database)) == {"8009": "8002"}


def test_it_survives_a_life_and_ends_by_itself() -> None:
    """Eleven hours later another life knows it; an hour on it is over, and the hours ended it."""
    before = Place()
    now(before.seats.take("8008", "8001"))
    before.clock.advance(timedelta(hours=11))
    before.seats.stop()
    after = Place(before.database, before.clock)
    assert after.seats.telephone_of("8008") == "8001"
    after.clock.advance(timedelta(minutes=61))
    assert after.seats.telephone_of("8008") == "8008"
    left = [one for one in after.happened if isinstance(one, SeatLeft)]
    assert [(one.number, one.by) for one in left] == [("8008", HOURS)]


def test_its_own_telephone_ends_it() -> None:
    """Coming home is leaving."""
    place = Place()
    now(place.seats.take("8008", "8001"))
    now(place.seats.take("8008", "8008"))
    assert not place.seats.every()
    assert now(place.seats.leave("8008", "it")) is False


def test_who_may_not_sit_there_any_more_is_at_home() -> None:
    """What is on record counts by the plan of today."""
    place = Place()
    now(place.seats.take("8010", "8001"))
    now(place.seats.take("8008", "8004"))
    assert not Place(place.database, place.clock).seats.every()


def test_wrong_pins_lock_number_and_telephone() -> None:
    """Nine of them; a new PIN opens the number, and half an hour both."""
    place = Place()
    pin = now(place.pins.renew("8008", "it"))
    assert now(place.pins.is_right("8008", pin, "8001"))
    assert not now(place.pins.is_right("8009", pin, "8003"))
    for _ in range(9):
        assert not now(place.pins.is_right("8008", "", "8001"))
    with pytest.raises(TooMany):
        now(place.pins.is_right("8008", pin, "8002"))
    with pytest.raises(TooMany):
        now(place.pins.is_right("8009", pin, "8001"))
    fresh = now(place.pins.renew("8008", "it"))
    assert now(place.pins.is_right("8008", fresh, "8002"))
    place.clock.advance(timedelta(minutes=31))
    assert now(place.pins.is_right("8008", fresh, "8001"))
    assert now(place.pins.there()) == {"8008"}


def test_it_holds_while_the_daemon_is_dead() -> None:
    """Asterisk's own dialplan rings the telephone at which a number is, and lamps follow it there."""
    text = dialplan(PLAN, {"8008": "8001"})
    assert "exten => 8008,1,Dial(PJSIP/8001,60)" in text
    assert "exten => 8001,1,Dial(PJSIP/8001,60)" in text
    assert "exten => 8008,hint,PJSIP/8001" in text
    assert "exten => 8008,hint,PJSIP/8008" in dialplan(PLAN, {})


def test_what_is_wrong_with_it_is_said_with_its_place() -> None:
    """A number that is none; and nobody dials the code where nobody may move."""
    with pytest.raises(Faulty, match="there is no extension 8011"):
        parse(TEXT.replace("8007-8009", "8007-8011"), PbxPlan)
    assert "*75" in {number for number, _ in PLAN.of_features()}
    nobody = parse(TEXT.replace('numbers = ["8007-8009"]', "numbers = []"), PbxPlan)
    assert not {"*75", "#75"} & {number for number, _ in nobody.of_features()}
