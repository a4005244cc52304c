"""Paging by telephone on real parts: a tone goes live to a multicast receiver and to a phone that answers by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import Text
from appliance.foundation.journal import Event
from appliance.foundation.values import Language
from pbx.events import PageMade, PageRefused
from pbx.live_page import PAUSED, Spot
from pbx.live_paging import Live, LivePaging
from pbx.paging import Zone
from pbx.plan_paging import PagingPlan, PagingZone, Speakers
from pbx.tones import Tones
from tests.e2e.sound import Recording
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.sip_phone import _LINEAR, A_LAW, ENOUGH, Ear, share, sipp
from tests.integration.test_exchange import line, until_nobody_calls, write_tone
from tests.real_reactor import Heard, call, reactor, run
from tts.alaw import encode
from tts.places import Announcement, Placed, Places
from tts.wav import Sound, narrowed

TONE = 1100
GROUP, OTHER = "239.255.78.1", "239.255.78.2"
NAME = Text(zh="病区", en="Ward")


class Receiver(DatagramProtocol):
    """A loudspeaker in the network: hears what comes to a multicast address."""

    noisy = False

    def __init__(self, group: str) -> None:
        self._group = group
        self._block: list[int] = []
        self._heard = 0
        self.packets = 0
        self.sources: list[bytes] = []
        """Whose packets came, one entry a run of the same source's."""
        self._tone: Deferred[None] | None = None
        udp: Any = reactor
        self.port = udp.listenMulticast(0, self, interface="", listenMultiple=True)

    def startProtocol(self) -> None:
        transport: Any = self.transport
        transport.joinGroup(self._group, "127.0.0.1")

    @property
    def number(self) -> int:
        return int(self.port.getHost().port)

    def tone(self) -> Deferred[None]:
        """Fires when the tone was nearly all that came for half a second."""
        self._heard, self._tone = 0, Deferred()
        return self._tone

    def close(self) -> None:
        self.port.stopListening()

    def datagramReceived(self, data: bytes, source: Any) -> None:
        assert data[1] & 0x7F == A_LAW
        self.packets += 1
        if self.sources[-1:] != [data[8:12]]:
            self.sources.append(data[8:12])
        self._block += [_LINEAR[byte] for byte in data[12:]]
        while len(self._block) >= 400:
            block, self._block = self._block[:400], self._block[400:]
            self._heard = self._heard + 1 if share(block, TONE) > 0.8 else 0
            if self._heard >= ENOUGH and self._tone is not None and not self._tone.called:
                self._tone.callback(None)


class Floor:
    """The wards' places; remembers who speaks there."""

    def __init__(self) -> None:
        self.live: dict[str, Live] = {}

    def give_way(self, place: str, live: Live) -> Callable[[], None]:
        self.live[place] = live
        return lambda: self.live.clear()


class Prompts:
    """Every sentence is a second of a tone."""

    def __init__(self, directory: Path) -> None:
        self.asked: Heard[str] = Heard()
        self.sound = directory / "prompt.wav"
        write_tone(self.sound, 2200, seconds=1)

    async def prompt(self, text: str, language: Language) -> Path | None:
        self.asked.append(text)
        return self.sound


class House:
    """Zone 1: a ward's ceiling, and a telephone; zone 2: the ceiling alone; zone 3: loudspeakers of nobody's."""

    def __init__(self, telephony: Telephony, directory: Path, port: int, floor: Floor | Places | None = None) -> None:
        self.telephony, self.exchange = telephony, telephony.exchange()
        self.floor, self.prompts, bus = Floor(), Prompts(directory), Bus()
        lobby = Speakers(address=IPv4Address(OTHER), port=port, interface="lo")
        zones = (
            PagingZone(code="1", name=NAME, by=("8007-8009",), places=("ceiling",), phones=("8002",)),
            PagingZone(code="2", name=NAME, by=("8007-8009",), places=("ceiling",)),
            PagingZone(code="3", name=NAME, by=("8007",), speakers=(lobby,), longest=5),
        )
        ceiling = Spot("ceiling", GROUP, port, "lo")
        self.paging = LivePaging(
            PagingPlan(number="*80", zones=zones), {"ceiling": ceiling}, floor or self.floor, self.exchange.board,
            self.exchange.callout, self.prompts, Tones(directory / "tones"), InlineDatabase(), ReactorClock(reactor),
            bus, language="en",
        )  # fmt: skip
        self.happened: Heard[Event] = Heard()
        bus.subscribe(Event, self.happened.append)
        for number in self.paging.numbers():
            self.exchange.numbers.register(number, self.paging.serve, needs="internal")
        run(self.exchange.sweep())

    async def page(self, digits: str, ear: Ear, directory: Path, talk: int) -> None:
        """8007, a phone that is not ours, pages and sounds its tone until it hangs up."""
        phone = line(self.telephony, "8007")
        await sipp("talk_and_hang_up", phone, directory, dialled=digits, ear=ear.number, talk=talk)


@pytest.fixture
def ceiling() -> Iterator[Receiver]:
    receiver = call(lambda: Receiver(GROUP))
    yield receiver
    call(receiver.close)


@pytest.fixture
def house(telephony: Telephony, tmp_path: Path, ceiling: Receiver) -> Iterator[House]:
    house = House(telephony, tmp_path, ceiling.number)
    yield house
    run(until_nobody_calls(telephony))
    call(house.exchange.stop)


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = call(lambda: Ear(TONE))
    yield ear
    call(ear.close)


def test_a_voice_goes_live_to_loudspeakers_and_telephones(
    house: House, ceiling: Receiver, ear: Ear, tmp_path: Path
) -> None:
    """The receiver in the network decodes the very tone; so does the telephone, which is not heard. No bridge stays."""

    async def story() -> tuple[Path, PageMade]:
        while "8002" not in house.exchange.phones.registered():
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        told = await house.telephony.simulator.phone({"number": "8002", "hear": True})
        heard = ceiling.tone()
        await house.page("*801", ear, tmp_path, talk=6000)
        await heard
        [made] = await house.happened.until(lambda all_: any(isinstance(event, PageMade) for event in all_))
        assert isinstance(made, PageMade)
        await house.telephony.simulator.phone({"number": "8002", "answer": ""})
        await until_nobody_calls(house.telephony)
        while any("page" in bridge for bridge in await house.exchange.board.bridges()):
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        return Path(str(told["heard"])), made

    file, made = run(story())
    assert (made.zone, made.by, made.heard) == ("1", "8007", 2)
    assert Recording(file.read_bytes()).seconds_of(TONE) >= 1.5
    assert house.exchange.board.legs == {}


def test_an_emergency_is_heard_instead_and_the_voice_afterwards(
    house: House, ceiling: Receiver, ear: Ear, tmp_path: Path
) -> None:
    """Paused, nothing of it comes any more and who speaks is told so; then it comes again."""

    async def story() -> None:
        paging = Deferred.fromCoroutine(house.page("*802", ear, tmp_path, talk=12000))
        await ceiling.tone()
        live = house.floor.live["ceiling"]
        await live.pause("ceiling")
        before = ceiling.packets
        await ear.hears(2200)
        assert PAUSED in house.prompts.asked
        assert ceiling.packets - before <= 5, "but for what was on its way"
        await live.resume("ceiling")
        await ceiling.tone()
        await paging
        await house.happened.until(lambda all_: any(isinstance(event, PageMade) for event in all_))

    run(story())


class Ceiling:
    """The ward's loudspeakers as its announcements reach them: the same address, by the daemon itself."""

    def __init__(self, port: int) -> None:
        self._zone = Zone(GROUP, port, "lo", reactor=reactor)

    async def play(self, sound: Sound) -> None:
        await self._zone.page(encode(narrowed(sound)))


def test_the_wards_own_announcements_and_a_voice_are_never_heard_at_once(
    telephony: Telephony, ceiling: Receiver, ear: Ear, tmp_path: Path
) -> None:
    """An emergency between two parts of the voice, an ordinary call after it; no packet of one among the other's."""
    bus: Bus = Bus()
    up: Heard[HealthChanged] = Heard()
    bus.subscribe(HealthChanged, up.append)
    places = Places(ReactorClock(reactor), bus, lambda call: True)
    call(lambda: places.furnish([Placed("ceiling", "w1", Ceiling(ceiling.number), lambda _: 1.0)]))
    house = House(telephony, tmp_path, ceiling.number, places)

    async def story() -> None:
        paging = Deferred.fromCoroutine(house.page("*802", ear, tmp_path, talk=12000))
        await ceiling.tone()
        places.announce(Announcement("ordinary", "w1", 5, "call", None))
        places.announce(Announcement("emergency", "w1", 1, "emergency", None))
        await up.until(lambda heard: any(event.state is State.UP for event in heard))
        await ceiling.tone()
        await paging
        while len(ceiling.sources) < 4:
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))

    run(story())
    call(places.stop)
    run(until_nobody_calls(telephony))
    call(house.exchange.stop)
    voice, ward = ceiling.sources[:2]
    assert ceiling.sources == [voice, ward, voice, ward]


def test_who_may_not_and_what_is_taken(house: House, ceiling: Receiver, ear: Ear, tmp_path: Path) -> None:
    """8006 may page nothing; 8008 finds the ceiling taken by 8007; a zone that is not there is no number."""

    async def story() -> list[str]:
        told = [(await house.telephony.simulator.dial({"extension": "8006", "digits": "*802"}))["outcome"]]
        told.append((await house.telephony.simulator.dial({"extension": "8008", "digits": "*809"}))["outcome"])
        paging = Deferred.fromCoroutine(house.page("*801", ear, tmp_path, talk=5000))
        await ceiling.tone()
        told.append((await house.telephony.simulator.dial({"extension": "8008", "digits": "*802"}))["outcome"])
        await paging
        await house.happened.until(lambda all_: any(isinstance(event, PageMade) for event in all_))
        return told

    outcomes = run(story())
    assert outcomes[2] == "busy"
    assert "answered" not in outcomes
    refused = [(event.by, event.zone) for event in house.happened if isinstance(event, PageRefused)]
    assert refused == [("8006", "2"), ("8008", "2")]


def test_asterisk_itself_ends_a_page_that_lasts_too_long(house: House) -> None:
    """Five seconds by the plan, and no more, to loudspeakers of no ward."""
    lobby = call(lambda: Receiver(OTHER))

    async def story() -> PageMade:
        phone = await house.telephony.simulator.dial({"extension": "8007", "digits": "*803", "talk": 60})
        assert 4.5 < phone["seconds"] < 30
        found = await house.happened.until(lambda all_: any(isinstance(event, PageMade) for event in all_))
        made = found[-1]
        assert isinstance(made, PageMade)
        return made

    made = run(story())
    call(lobby.close)
    assert made.heard == 1
