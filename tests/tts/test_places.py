"""Places: each has its own queue, and one that hangs hangs alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from tests.fakes.clock import FakeClock
from tts.chime import Tone, chime
from tts.places import FAILS, GRACE, Announcement, Placed, Places, Unheard, gain, mixed
from tts.speaker import Clip
from tts.wav import Sound, write

WORDS = Sound(np.full(22_050, 10_000, np.int16), 22_050)


class Outlet:
    """A loudspeaker that plays until it is told that it is over."""

    def __init__(self) -> None:
        self.played: list[Sound] = []
        self.broken: str | None = None
        self.cut = 0
        self._playing: Deferred[None] | None = None

    async def play(self, sound: Sound) -> None:
        self.played.append(sound)
        if self.broken is not None:
            raise Unheard(self.broken)
        self._playing = Deferred(self._cancelled)
        await self._playing

    def _cancelled(self, _: Deferred[None]) -> None:
        self.cut += 1

    def over(self) -> None:
        """It was heard to its end."""
        assert self._playing is not None
        self._playing.callback(None)


class House:
    """A corridor loudspeaker of w1, one of w2, and a zone of w2 that takes every ward's emergencies."""

    def __init__(self, directory: Path) -> None:
        self.clock, bus = FakeClock(), Bus()
        self.health: list[tuple[str, State, str]] = []
        bus.subscribe(HealthChanged, lambda event: self.health.append((event.part, event.state, event.detail)))
        self.done: set[str] = set()
        self.places = Places(self.clock, bus, lambda call: call not in self.done)
        self.corridor, self.other, self.zone = Outlet(), Outlet(), Outlet()
        self.places.furnish(
            [
                Placed("corridor", "w1", self.corridor, lambda priority: 1.0 if priority == 1 else 0.5),
                Placed("other", "w2", self.other, lambda _: 1.0),
                Placed("zone", "w2", self.zone, lambda _: 1.0, emergencies=True),
            ]
        )
        file = directory / "clip.wav"
        file.write_bytes(write(WORDS))
        self.clip = Clip("k", file, WORDS.seconds, "fake")
        self.health.clear()

    def call(self, call: str, priority: int = 5, ward: str = "w1", tone: Tone = "call", clip: bool = True) -> None:
        self.places.announce(Announcement(call, ward, priority, tone, self.clip if clip else None))


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house of one's own."""
    return House(tmp_path)


def test_a_call_is_heard_in_its_ward_the_chime_first(house: House) -> None:
    """Not in another ward; at the place's volume."""
    house.call("a")
    [sound] = house.corridor.played
    assert len(sound.samples) == len(chime("call").samples) + len(WORDS.samples)
    assert sound.samples[-1] == round(10_000 * gain(0.5))
    assert np.abs(sound.samples[: len(chime("call").samples)]).max() > 5000
    assert house.other.played == house.zone.played == []
    house.corridor.over()
    assert house.health == [("speaker:corridor", State.UP, "")]


def test_without_a_voice_the_chime_calls(house: House) -> None:
    """And also where the clip's file has gone."""
    house.call("a", clip=False)
    house.corridor.over()
    house.clip.path.unlink()
    house.call("b")
    assert [len(sound.samples) for sound in house.corridor.played] == [len(chime("call").samples)] * 2


def test_an_urgent_call_has_another_chime_and_is_louder(house: House) -> None:
    """Heard before the first word."""
    house.call("a")
    house.corridor.over()
    house.call("b", priority=1, tone="emergency")
    plain, urgent = house.corridor.played
    assert len(urgent.samples) != len(plain.samples)
    assert urgent.peak > 2 * plain.peak


def test_emergencies_are_heard_where_emergencies_of_all_wards_are_heard(house: House) -> None:
    """In its own ward, and in the zone; not in another ward's corridor."""
    house.call("a", priority=1, tone="emergency")
    assert [len(outlet.played) for outlet in (house.corridor, house.other, house.zone)] == [1, 0, 1]


def test_one_after_another_the_most_urgent_first(house: House) -> None:
    """What waits is ordered; among equals by age; the newest about a call replaces the older one."""
    house.call("a")
    for call, priority in (("b", 5), ("c", 2), ("d", 5), ("b", 5)):
        house.call(call, priority, tone="urgent" if priority == 2 else "call", clip=call == "d")
    for _ in range(4):
        house.corridor.over()
    short, long = len(chime("call").samples), len(chime("call").samples) + len(WORDS.samples)
    assert [len(sound.samples) for sound in house.corridor.played] == [long, len(chime("urgent").samples), long, short]


def test_an_emergency_cuts_in_and_what_was_cut_is_said_afterwards(house: House) -> None:
    """From its beginning."""
    house.call("a")
    house.call("b", priority=1, tone="emergency")
    assert house.corridor.cut == 1
    assert len(house.corridor.played) == 2
    house.corridor.over()
    assert np.array_equal(house.corridor.played[2].samples, house.corridor.played[0].samples)


def test_a_call_that_was_answered_is_not_said_any_more(house: House) -> None:
    """Though it waits already."""
    house.call("a")
    house.call("b")
    house.done.add("b")
    house.corridor.over()
    assert len(house.corridor.played) == 1


def test_a_place_that_hangs_is_given_up_and_never_delays_another(house: House) -> None:
    """It is stopped after its sound's length and some seconds, told, and tried again with the next call."""
    house.call("a", priority=1, tone="emergency")
    house.call("b", priority=1, tone="emergency")
    house.zone.over()
    assert len(house.zone.played) == 2
    assert len(house.corridor.played) == 1
    house.clock.advance(house.corridor.played[0].seconds + GRACE.total_seconds() + 0.1)
    assert house.corridor.cut == 1
    [part] = [word for word in house.health if word[1] is State.DOWN and word[0] == "speaker:corridor"]
    assert "hangs" in part[2]
    assert len(house.corridor.played) == 2
    house.corridor.over()
    assert house.health[-1][:2] == ("speaker:corridor", State.UP)


def test_a_place_that_fails_says_why(house: House) -> None:
    """And goes on trying; a fault of ours in it is no end either."""
    house.corridor.broken = "no such card"
    house.call("a")
    house.call("b")
    assert house.health == [("speaker:corridor", State.DOWN, FAILS)]
    assert len(house.corridor.played) == 2


class Pager:
    """Somebody with a microphone."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def pause(self, place: str) -> None:
        self.told.append(f"pause {place}")

    async def resume(self, place: str) -> None:
        self.told.append(f"resume {place}")


def test_who_speaks_live_is_not_talked_over_but_by_emergencies(house: House) -> None:
    """What was being said is said afterwards, from its beginning; emergencies make them pause, once for all."""
    pager = Pager()
    house.call("a")
    go_on = house.places.give_way("corridor", pager)
    assert (house.corridor.cut, len(house.corridor.played)) == (1, 1)
    house.call("b")
    assert len(house.corridor.played) == 1
    assert pager.told == []
    house.call("c", priority=1, tone="emergency")
    house.call("d", priority=1, tone="emergency")
    assert pager.told == ["pause corridor"]
    house.corridor.over()
    assert pager.told == ["pause corridor"]
    house.corridor.over()
    assert pager.told[-1] == "resume corridor"
    assert len(house.corridor.played) == 3
    go_on()
    assert np.array_equal(house.corridor.played[3].samples, house.corridor.played[0].samples)
    house.corridor.over()
    house.corridor.over()
    assert len(house.corridor.played) == 5


def test_who_begins_amid_an_emergency_waits_for_its_end(house: House) -> None:
    """Paused at once, heard when it is over."""
    pager = Pager()
    house.call("a", priority=1, tone="emergency")
    house.places.give_way("corridor", pager)
    assert house.corridor.cut == 0
    assert pager.told == ["pause corridor"]
    house.corridor.over()
    assert pager.told == ["pause corridor", "resume corridor"]


def test_a_place_that_is_not_in_the_plan_gives_way_to_nobody(house: House) -> None:
    """Nor does it break anything."""
    house.places.give_way("nowhere", Pager())()


def test_silence_is_silence(house: House) -> None:
    """At the end nothing plays and nothing waits."""
    house.call("a")
    house.call("b")
    house.places.stop()
    assert house.corridor.cut == 1
    assert len(house.corridor.played) == 1
    assert house.clock.twisted.getDelayedCalls() == []


def test_volumes() -> None:
    """Full, half as loud, silent; never beyond."""
    assert [round(gain(volume), 3) for volume in (1.0, 0.7, 0.5, 0.0, 2.0)] == [1.0, 0.501, 0.316, 0.0, 1.0]
    assert mixed("call", WORDS, 0).peak == 0
    assert mixed("none", WORDS, 1).seconds == WORDS.seconds
