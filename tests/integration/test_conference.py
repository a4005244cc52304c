"""Conference rooms on real parts: who is heard by whom, who is let in, and a life that ends amid a conference."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, gatherResults

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.i18n import Text
from appliance.foundation.journal import Event
from appliance.foundation.values import Language
from pbx.conference.conferences import COMES, Conferences
from pbx.conference.entrance import PIN, TOO_OFTEN, WAIT
from pbx.conference.events import (
    ConferenceActed,
    ConferenceEntered,
    ConferenceLeft,
    ConferenceRefused,
)
from pbx.conference.room import LOCKED, Member
from pbx.engine.program import recordings
from pbx.plan_conference import ConferencePlan, RoomGroup
from pbx.plan_recording import Recording as RecordingPlan
from tests.e2e.sound import Recording
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.recorded import Shelf, record
from tests.integration.sip_phone import Ear, sipp
from tests.integration.test_exchange import line, until_nobody_calls, write_tone
from tests.real_reactor import Heard, call, reactor, run

ANNA, BERTA = "13800138001", "13800138003"
NAME = Text(zh="会议", en="Meeting")
OPEN_ROOM, PIN_ROOM, WAITING_ROOM, AD_HOC, TAPED_ROOM, NAMED_ROOM = "8801", "8802", "8803", "8805", "8806", "8807"
GROUPS = (
    RoomGroup(numbers=OPEN_ROOM, name=NAME, pin=False, announce="none", chairmen=("8005",)),
    RoomGroup(numbers=PIN_ROOM, name=NAME, announce="none"),
    RoomGroup(numbers=WAITING_ROOM, name=NAME, pin=False, wait=True, announce="none", chairmen=("8005",)),
    RoomGroup(numbers=AD_HOC, name=NAME, pin=False, announce="tone", ad_hoc=True, outside=True),
    RoomGroup(numbers=TAPED_ROOM, name=NAME, pin=False, announce="none", record=True, keep_days=7),
    RoomGroup(numbers=NAMED_ROOM, name=NAME, pin=False, announce="name", chairmen=("8005",)),
)


class Prompts:
    """Every sentence is a second of a tone; what was to be said is remembered."""

    def __init__(self, directory: Path) -> None:
        self.asked: Heard[str] = Heard()
        self.sound = directory / "prompt.wav"
        write_tone(self.sound, 2200, seconds=1)

    async def prompt(self, text: str, language: Language) -> Path | None:
        self.asked.append(text)
        return self.sound


class House:
    """The rooms of the house, one life of them."""

    def __init__(self, telephony: Telephony, directory: Path, database: InlineDatabase) -> None:
        self.telephony, self.exchange = telephony, telephony.exchange()
        self.prompts, bus = Prompts(directory), Bus()
        plan = telephony.plan.model_copy(update={"conference": ConferencePlan(rooms=GROUPS, ad_hoc="*88")})
        self.rooms = Conferences(
            plan, self.exchange.board, self.exchange.callout, self.exchange.behalf, self.prompts, database,
            ReactorClock(reactor), bus,
            language="en", recordings=recordings(telephony.main), sounds=directory / "tones",
        )  # fmt: skip
        self.happened: Heard[Event] = Heard()
        bus.subscribe(Event, self.happened.append)
        for number in self.rooms.numbers():
            self.exchange.numbers.register(number, self.rooms.serve, needs="internal")

    async def start(self) -> None:
        await self.rooms.adopt()
        await self.exchange.sweep()

    def stop(self) -> None:
        self.rooms.stop()
        self.exchange.stop()

    async def until(self, kind: type[Event], count: int = 1, **facts: object) -> None:
        """Wait until that has happened so often."""

        def enough(heard: list[Event]) -> bool:
            of_kind = [event for event in heard if type(event) is kind]
            return sum(all(getattr(event, k) == v for k, v in facts.items()) for event in of_kind) >= count

        await self.happened.until(enough)

    async def until_room(self, number: str, so: Any) -> list[Member]:
        """Wait until everybody in a room is as `so` says; returns them."""
        room = self.rooms.conduct.room(number)
        while not so(room.everybody):
            await self._something(len(self.happened))
        return list(room.everybody)

    async def _something(self, seen: int) -> None:
        await self.happened.until(lambda heard: len(heard) > seen)

    async def dial(self, extension: str, digits: str, **more: object) -> dict[str, Any]:
        """A simulated phone dials, and is answered."""
        request = {"extension": extension, "digits": digits, "talk": 60, "until": "answered", **more}
        return await self.telephony.simulator.dial(request)

    async def press(self, phone: dict[str, Any], digits: str) -> None:
        await self.telephony.simulator.keys({"call": phone["call"], "digits": digits})


@pytest.fixture
def database() -> InlineDatabase:
    return InlineDatabase()


@pytest.fixture
def house(telephony: Telephony, tmp_path: Path, database: InlineDatabase) -> Iterator[House]:
    house = House(telephony, tmp_path, database)
    run(house.start())
    yield house
    for room in house.rooms.conduct.rooms():
        run(house.rooms.conduct.end(room.number, "the test"))
    run(until_nobody_calls(telephony))
    call(house.stop)


def test_three_with_three_tones_hear_the_two_others(house: House, tmp_path: Path) -> None:
    """Each hears both others together and not itself; when one is muted, the others hear the third alone."""
    tones = (620, 1100, 1700)
    ears = [call(lambda tone=tone: Ear(tone)) for tone in tones]  # type: ignore[misc]

    def others(tone: int) -> tuple[int, ...]:
        return tuple(other for other in tones if other != tone)

    async def story() -> None:
        hear = [ear.hears(*others(tone)) for ear, tone in zip(ears, tones, strict=True)]
        talks = []
        for extension, ear in zip(("8006", "8007", "8008"), ears, strict=True):
            phone = line(house.telephony, extension)
            directory = tmp_path / extension
            directory.mkdir()
            talk = sipp("talk_until_cut", phone, directory, dialled=OPEN_ROOM, ear=ear.number, talk=60000)
            talks.append(Deferred.fromCoroutine(talk))
        await gatherResults(hear, consumeErrors=True)
        members = await house.until_room(OPEN_ROOM, lambda all_: sum(one.talking for one in all_) == 3)
        assert {one.number for one in members} == {"8006", "8007", "8008"}
        second = next(one for one in members if one.number == "8007")
        await house.rooms.conduct.mute(OPEN_ROOM, second.id, muted=True, by="it")
        await gatherResults([ears[0].hears(tones[2]), ears[2].hears(tones[0])])
        await house.rooms.conduct.mute(OPEN_ROOM, second.id, muted=False, by="it")
        await gatherResults([ears[0].hears(*others(tones[0])), ears[2].hears(*others(tones[2]))])
        await house.rooms.conduct.end(OPEN_ROOM, "it")
        await gatherResults(talks, consumeErrors=True)

    run(story())
    for ear in ears:
        call(ear.close)
    acts = [event.act for event in house.happened if isinstance(event, ConferenceActed)]
    assert acts == ["mute", "unmute", "end"]


def test_a_locked_room_refuses_and_the_chairman_enters(house: House) -> None:
    """The chairman locks with *3; another is told why not; the chairman's other phone would come in."""

    async def story() -> None:
        chairman = await house.dial("8005", OPEN_ROOM)
        await house.until(ConferenceEntered, number="8005", chairman=True)
        await house.press(chairman, "*3")
        await house.until(ConferenceActed, act="lock", by="8005")
        late = await house.dial("8006", OPEN_ROOM)
        await house.until(ConferenceRefused, number="8006", why=LOCKED)
        await house.telephony.simulator.over({"call": late["call"]})
        await house.press(chairman, "*3")
        await house.until(ConferenceActed, act="unlock")
        await house.dial("8006", OPEN_ROOM)
        await house.until(ConferenceEntered, number="8006")

    run(story())


def test_a_wrong_pin_three_times_ends_the_call_and_a_right_one_lets_in(house: House) -> None:
    """The member's PIN makes a member, the chairman's a chairman; no PIN is in any file of the exchange."""

    async def story() -> list[str]:
        member, chairman = [await house.rooms.pins.renew(PIN_ROOM, kind, "it") for kind in ("member", "chairman")]
        wrong = f"{(int(member) + 1) % 10**6:06}"
        guest = await house.dial("8006", PIN_ROOM)
        for times in (1, 2, 3):
            await house.prompts.asked.until(lambda asked, times=times: asked.count(PIN) == times)  # type: ignore[misc]
            await house.press(guest, wrong)
        await house.until(ConferenceRefused, number="8006", why=TOO_OFTEN)
        await house.telephony.simulator.over({"call": guest["call"]})
        guest = await house.dial("8007", PIN_ROOM)
        await house.press(guest, member)
        await house.until(ConferenceEntered, number="8007", chairman=False)
        guest = await house.dial("8008", PIN_ROOM)
        await house.press(guest, chairman)
        await house.until(ConferenceEntered, number="8008", chairman=True)
        return [member, chairman, wrong]

    pins = run(story())
    assert [file for file, text in house.telephony.said() if any(pin in text for pin in pins)] == []


def test_who_waits_for_the_chairman_hears_them_when_they_come(house: House, tmp_path: Path) -> None:
    """They are told to wait, and hear the chairman as soon as one is there."""
    ear = call(lambda: Ear(1100))

    async def story() -> None:
        chairman_heard = ear.hears(440)
        phone = line(house.telephony, "8006")
        talk = sipp("talk_until_cut", phone, tmp_path, dialled=WAITING_ROOM, ear=ear.number, talk=60000)
        talking = Deferred.fromCoroutine(talk)
        await house.until_room(WAITING_ROOM, lambda all_: [one.waits for one in all_] == [True])
        other = call_ear = Ear(440)
        directory = tmp_path / "chairman"
        directory.mkdir()
        chair = sipp(
            "talk_until_cut", line(house.telephony, "8005"), directory, dialled=WAITING_ROOM, ear=other.number,
            talk=60000,
        )  # fmt: skip
        chairing = Deferred.fromCoroutine(chair)
        await chairman_heard
        await house.rooms.conduct.end(WAITING_ROOM, "it")
        await gatherResults([talking, chairing])
        call_ear.close()

    run(story())
    call(ear.close)
    assert WAIT in house.prompts.asked


def test_an_ad_hoc_room_is_given_and_invited_people_come_by_pressing_1(house: House) -> None:
    """*88 gives a room to whoever dials it, who chairs; a desk and a mobile press 1 and are in; who does not is not."""

    async def story() -> None:
        await house.dial("8006", "*88")
        await house.until(ConferenceEntered, room=AD_HOC, number="8006", chairman=True)
        while "8002" not in house.exchange.phones.registered():
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        await house.telephony.simulator.phone({"number": "8002", "keys": "W1"})
        await house.rooms.invite(AD_HOC, "8002", "it")
        await house.until(ConferenceEntered, room=AD_HOC, number="8002", chairman=False)
        [invited] = [one for one in house.rooms.conduct.room(AD_HOC).members if one.number == "8002"]
        await house.rooms.conduct.remove(AD_HOC, invited.id, "it")
        await house.until(ConferenceLeft, room=AD_HOC, number="8002")
        await house.telephony.simulator.phone({"number": "8002", "answer": ""})
        await house.telephony.simulator.phone({"number": ANNA, "keys": "W1"})
        await house.rooms.invite(AD_HOC, f"86{ANNA}", "it", outside=True)
        await house.until(ConferenceEntered, room=AD_HOC, number=f"86{ANNA}", chairman=False)
        await house.telephony.simulator.phone({"number": BERTA, "keys": "W2"})
        await house.rooms.invite(AD_HOC, f"86{BERTA}", "it", outside=True)
        while house.rooms.conduct.room(AD_HOC).calling.get(f"86{BERTA}") != "declined":
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))

    run(story())


def test_names_are_called_and_a_member_is_heard_softer(house: House, tmp_path: Path) -> None:
    """By roll call the chairman hears the name spoken at the door, though who said it is muted; *4 is softer."""
    tone, folder = 1700, recordings(house.telephony.main) / "conference"
    ear = call(lambda: Ear(tone))

    async def story() -> tuple[float, float, float, float]:
        chairman = await house.dial("8005", NAMED_ROOM, hear=True)
        await house.until(ConferenceEntered, number="8005", chairman=True)
        heard = Path(str(chairman["heard"]))
        phone = line(house.telephony, "8007")
        talk = sipp("talk_until_cut", phone, tmp_path, dialled=NAMED_ROOM, ear=ear.number, talk=60000)
        talking = Deferred.fromCoroutine(talk)
        await house.until(ConferenceEntered, number="8007")
        member = next(one for one in house.rooms.conduct.room(NAMED_ROOM).members if one.number == "8007")
        assert member.spoken is not None
        assert Recording(member.spoken.read_bytes()).seconds_of(tone) > 3
        await house.prompts.asked.until(lambda asked: COMES in asked)
        await longer(heard, 8)
        loud = Recording.so_far(heard).last
        await house.press(chairman, "*4")
        await longer(heard, 2)
        await house.press(chairman, "*4")
        await longer(heard, 3)
        soft = Recording.so_far(heard).last
        await house.press(chairman, "*6*6")
        await house.rooms.conduct.mute(NAMED_ROOM, member.id, muted=True, by="it")
        await longer(heard, 2)
        before = Recording.so_far(heard).seconds_of(tone)
        await house.press(chairman, "*7")
        await house.prompts.asked.until(lambda asked: "2 people are in the conference." in asked)
        await longer(heard, 14)
        after = Recording.so_far(heard).seconds_of(tone)
        await house.rooms.conduct.end(NAMED_ROOM, "it")
        await talking
        return loud, soft, before, after

    loud, soft, before, after = run(story())
    call(ear.close)
    assert loud > 2.5 * soft > 0
    assert after > before + 3
    assert folder.is_dir()


async def longer(file: Path, seconds: float) -> None:
    """Wait until so much more was heard."""
    size = file.stat().st_size if file.exists() else 0
    while not file.exists() or file.stat().st_size < size + 16000 * seconds:
        await sleep(ReactorClock(reactor), timedelta(milliseconds=20))


def test_a_recorded_room_keeps_everybodys_voice_also_when_who_came_first_leaves(house: House, tmp_path: Path) -> None:
    """Each is told. One recording at the first: theirs left, the others' right; the next at who is left."""
    shelf, tones = Shelf(tmp_path, house.telephony.main), {"8006": 620, "8007": 1100, "8008": 1700}
    ears = {extension: call(lambda tone=tone: Ear(tone)) for extension, tone in tones.items()}  # type: ignore[misc]
    recorder = call(
        lambda: record(
            house.exchange, RecordingPlan(), tmp_path, house.prompts.sound, asterisk=house.telephony.main,
            records=house.telephony.records, reactor=reactor, clock=ReactorClock(reactor),
        )
    )  # fmt: skip
    house.rooms.taping.recorder = recorder

    async def story() -> None:
        talks = []
        for extension, ear in ears.items():
            directory = tmp_path / extension
            directory.mkdir()
            scenario = "talk_and_hang_up" if extension == "8006" else "talk_until_cut"
            phone = line(house.telephony, extension)
            talk = sipp(scenario, phone, directory, dialled=TAPED_ROOM, ear=ear.number, talk=12000)
            talks.append(Deferred.fromCoroutine(talk))
            await house.until(ConferenceEntered, number=extension)
        await house.until(ConferenceLeft, number="8006")
        await ears["8007"].hears(tones["8008"])
        while len(shelf.rows()) < 2:
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        await ears["8007"].hears(tones["8008"])
        await house.rooms.conduct.end(TAPED_ROOM, "it")
        await gatherResults(talks, consumeErrors=True)
        await shelf.ended()

    run(story())
    for ear in ears.values():
        call(ear.close)
    first, second = shelf.sealed()
    call(recorder.stop)
    assert house.prompts.asked.count("This conference is recorded.") == 3
    assert (first.row.caller, first.row.called, first.row.about) == ("8006", TAPED_ROOM, f"conference:{TAPED_ROOM}")
    assert second.row.caller in ("8007", "8008")
    assert first.share(0, 620) > 0.9
    assert first.share(1, 620) < 0.01
    assert all(first.share(1, tone) > 0.1 for tone in (1100, 1700))
    theirs, others = tones[second.row.caller], next(t for e, t in tones.items() if e not in ("8006", second.row.caller))
    assert second.share(0, theirs) > 0.9
    assert second.share(1, others) > 0.9


def test_a_conference_outlives_us(telephony: Telephony, tmp_path: Path, database: InlineDatabase) -> None:
    """Another life finds who talks, who chairs, who is muted, that the room is locked, and who waits at a door."""
    before = House(telephony, tmp_path, database)

    async def first_life() -> None:
        await before.start()
        await before.dial("8005", OPEN_ROOM)
        await before.until(ConferenceEntered, number="8005")
        await before.dial("8006", OPEN_ROOM)
        await before.until(ConferenceEntered, number="8006")
        [muted] = [one for one in before.rooms.conduct.room(OPEN_ROOM).members if one.number == "8006"]
        await before.rooms.conduct.mute(OPEN_ROOM, muted.id, muted=True, by="it")
        await before.rooms.conduct.lock(OPEN_ROOM, locked=True, by="it")
        await before.dial("8007", WAITING_ROOM)
        await before.until_room(WAITING_ROOM, lambda all_: len(all_) == 1)
        # What it must know of who waits is on the channel a moment after they are shown.
        while "WAIT" not in await _role(before, WAITING_ROOM):
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))

    run(first_life())
    call(before.stop)
    name = recordings(telephony.main) / "conference" / "said.wav"
    name.parent.mkdir(parents=True, exist_ok=True)
    name.write_bytes(b"RIFF")
    after = House(telephony, tmp_path, database)

    async def second_life() -> None:
        await after.start()
        await after.until_room(OPEN_ROOM, lambda all_: len(all_) == 2)
        await after.until_room(WAITING_ROOM, lambda all_: len(all_) == 1)

    run(second_life())
    room = after.rooms.conduct.room(OPEN_ROOM)
    told = {(one.number, one.chairman, one.muted) for one in room.members}
    waiting = [(one.number, one.waits) for one in after.rooms.conduct.room(WAITING_ROOM).everybody]

    async def the_end() -> None:
        legs = (await telephony.simulator.calls({}))["calls"]
        assert len(legs) == 3, "nobody was hung up on"
        await after.dial("8005", WAITING_ROOM)
        await after.until(ConferenceEntered, number="8007")
        for number in (OPEN_ROOM, WAITING_ROOM):
            await after.rooms.conduct.end(number, "it")
        await after.until(ConferenceLeft, 4)
        await until_nobody_calls(telephony)
        while any(bridge.startswith("conference-") for bridge in await after.exchange.board.bridges()):
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))

    run(the_end())
    call(after.stop)
    assert told == {("8005", True, False), ("8006", False, True)}
    assert not name.exists(), "no name stays of whoever came before"
    assert room.locked is False, "an empty room is open again"
    assert waiting == [("8007", True)]


async def _role(house: House, number: str) -> str:
    [member] = house.rooms.conduct.room(number).everybody
    try:
        said = await house.exchange.board.ari.request("GET", f"channels/{member.id}/variable", variable="CONFERENCE")
    except Exception:
        return ""
    return str(said["value"]).upper()
