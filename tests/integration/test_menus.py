"""Voice menus on real telephones: keys by RFC 4733, prompts known by their tones, a desk that is rung, a message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.config import parse
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language
from appliance.menus import VoiceMenus
from appliance.plan import Plan, Site
from appliance.settings import Settings
from appliance.simulator.outside import OUTSIDE_TONE, PHONE_TONE
from pbx.calls.book import CallBook
from pbx.calls.events import CallBegan, CallDirected
from pbx.calls.views import CallRow, Wanted, search
from pbx.engine.program import recordings
from pbx.exchange import Exchange
from pbx.ivr.events import MenuLeft, MenuStep, MessageLeft
from pbx.ivr.ports import Faxes
from pbx.ivr.trace import Trace
from pbx.plan import PbxPlan
from pbx.plan_outgoing import OutgoingPlan, OutRoute
from tests.e2e.sound import Recording
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.sip_phone import Ear, Line, sipp
from tests.integration.test_exchange import write_tone
from tests.real_reactor import Heard, call, reactor, run

TONES = {"主菜单": 700, "Top": 850, "子菜单": 920, "留言": 1150, "再见": 1300, "您的按键有误。": 1600}
OTHERS = 1900
RINGING, BEEP = 450, 950
A_MOMENT = timedelta(seconds=1)
"""Of sound that must have been heard; not a deadline."""

FLOWS = """
[[flows]]
id = "main"
name = { zh = "总机", en = "Main" }
number = "8200"
on_timeout = "bye"
timeout = 20
[[flows.nodes]]
id = "top"
kind = "menu"
prompt = { zh = "主菜单", en = "Top" }
keys = { "1" = "rooms", "2" = "message", "3" = "nobody", "4" = "away", "9" = "english" }
[[flows.nodes]]
id = "english"
kind = "language"
to = "en"
next = "top"
[[flows.nodes]]
id = "rooms"
kind = "menu"
prompt = { zh = "子菜单", en = "Rooms" }
keys = { "1" = "ward" }
[[flows.nodes]]
id = "ward"
kind = "transfer"
to = "8002"
on_fail = "top"
[[flows.nodes]]
id = "nobody"
kind = "transfer"
to = "8010"
on_fail = "bye"
[[flows.nodes]]
id = "away"
kind = "transfer"
to = "13800138000"
outside = true
on_fail = "bye"
[[flows.nodes]]
id = "message"
kind = "record"
prompt = { zh = "留言", en = "Message" }
next = "bye"
[[flows.nodes]]
id = "bye"
kind = "hangup"
prompt = { zh = "再见", en = "Bye" }
"""


class Prompts:
    """Every sentence is a tone of its own, for half a second; `slow` ones last two."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.seconds = 1

    async def prompt(self, text: str, language: Language) -> Path | None:
        tone = TONES.get(text, OTHERS)
        file = self._directory / f"{tone}-{self.seconds}.wav"
        if not file.exists():
            write_tone(file, tone, seconds=self.seconds)
        return file


class House:
    """Menus over a real exchange. before: the house whose records these are."""

    def __init__(
        self,
        telephony: Telephony,
        exchange: Exchange,
        directory: Path,
        before: House | None = None,
        faxes: Faxes | None = None,
    ) -> None:
        self.telephony, self.exchange = telephony, exchange
        self.plan = self.planned(FLOWS)
        self.bus, clock = Bus(), ReactorClock(reactor)
        self.database: InlineDatabase = before.database if before else InlineDatabase()
        database = self.database
        self.clock = clock
        self.steps: Heard[str] = Heard()
        self.bus.subscribe(MenuStep, lambda step: self.steps.append(f"{step.node}:{step.what}:{step.detail}"))
        self.bus.subscribe(MenuLeft, lambda left: self.steps.append(f"left:{left.why}"))
        self.kept: Heard[MessageLeft] = Heard()
        self.bus.subscribe(MessageLeft, self.kept.append)
        self.prompts = Prompts(directory)
        settings = Settings(directory=directory)
        if before is None:
            settings.asterisk.symlink_to(telephony.main)
        self.trace = Trace(database, clock, self.bus)
        self.menus = VoiceMenus(
            settings, self.plan, exchange, self.trace, self.prompts, lambda: None, {}, None, faxes,
            lambda schedule: "", database=database, reactor=reactor, clock=clock, bus=self.bus,
        )  # fmt: skip

    def planned(self, flows: str) -> Plan:
        """The pair's extensions and trunks, and these flows."""
        text = '[[extensions]]\nnumbers = "8001-8020"\nname = { zh = "a", en = "a" }\n'
        pbx = self.telephony.plan.model_copy(update={"flows": parse(text + flows, PbxPlan).flows})
        return cast(Plan, SimpleNamespace(pbx=pbx, site=Site(name=Text(zh="院", en="House"), area="571")))

    async def dial(self, number: str = "8200") -> dict[str, Any]:
        """8003 dials; returns when the menu has answered."""
        asked = {"extension": "8003", "digits": number, "talk": 60, "until": "answered", "hear": True}
        answer: dict[str, Any] = await self.telephony.simulator.dial(asked)
        return answer

    async def phone_is_there(self) -> None:
        """Wait until the telephone 8002 is registered."""
        while "8002" not in self.exchange.phones.registered():
            await sleep(self.clock, timedelta(milliseconds=20))

    async def press(self, dialled: dict[str, Any], digits: str) -> None:
        """8003 presses keys."""
        await self.telephony.simulator.keys({"call": dialled["call"], "digits": digits})

    async def until(self, step: str) -> None:
        """Wait until that step is told."""
        await self.steps.until(lambda steps: step in steps)

    async def connected(self) -> None:
        """Wait until two legs talk."""
        while not self.exchange.dialer.under_way():
            await sleep(self.clock, timedelta(milliseconds=20))

    async def over(self, dialled: dict[str, Any]) -> Recording:
        """Wait until the call is over; what 8003 heard."""
        await self.telephony.simulator.over({"call": dialled["call"]})
        return Recording(Path(dialled["heard"]).read_bytes())


def routed(plan: PbxPlan) -> PbxPlan:
    """Mobiles are called over the second trunk."""
    route = OutRoute(name=Text(zh="手机", en="Mobiles"), to=("mobile",), trunks=("unicom",))
    return plan.model_copy(update={"outgoing": OutgoingPlan(routes=(route,))})


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with Telephony(tmp_path_factory.mktemp("menus"), shape=routed) as pair:
        yield pair


@pytest.fixture
def house(telephony: Telephony, tmp_path: Path) -> Iterator[House]:
    exchange = telephony.exchange()
    run(exchange.sweep())
    yield House(telephony, exchange, tmp_path)
    call(exchange.stop)


def order(recording: Recording, *tones: int) -> list[int]:
    """Which of `tones` was heard, one after another."""
    heard: list[int] = []
    for tone in recording.tones(0.1):
        near = next((wanted for wanted in tones if abs(wanted - tone) <= 12), 0)
        if near and heard[-1:] != [near]:
            heard.append(near)
    return heard


def test_a_caller_goes_through_two_menus_to_a_desk(house: House) -> None:
    """Prompts, ringing and the desk, which echoes, are heard in their order."""

    async def story() -> Recording:
        await house.phone_is_there()
        dialled = await house.dial()
        await house.until("top:enter:")
        await house.press(dialled, "1")
        await house.until("rooms:enter:")
        await house.press(dialled, "1")
        await house.connected()
        await sleep(house.clock, A_MOMENT)
        await house.telephony.simulator.hang_up({"call": dialled["call"]})
        await house.until("left:end")
        return await house.over(dialled)

    heard = run(story())
    assert order(heard, 700, 920, RINGING, PHONE_TONE)[-4:] == [700, 920, RINGING, PHONE_TONE]
    assert house.steps == [
        "top:enter:", "top:key:1", "rooms:enter:", "rooms:key:1", "ward:enter:", "ward:answered:", "left:end",
    ]  # fmt: skip


def test_a_menu_calls_outside_by_the_houses_route(telephony: Telephony, house: House) -> None:
    """Over the second trunk, as the route says, for whoever came to the menu; and it is a call of its own on record."""
    began: list[CallBegan] = []
    directed: list[CallDirected] = []
    telephony.bus.subscribe(CallBegan, began.append)
    telephony.bus.subscribe(CallDirected, directed.append)

    async def story() -> tuple[list[tuple[str, str]], Recording]:
        dialled = await house.dial()
        await house.until("top:enter:")
        await house.press(dialled, "4")
        await house.connected()
        legs = (await telephony.simulator.calls({}))["calls"]
        await sleep(house.clock, A_MOMENT)
        await telephony.simulator.hang_up({"call": dialled["call"]})
        await house.until("away:answered:")
        return [(leg["endpoint"], leg["number"]) for leg in legs if "number" in leg], await house.over(dialled)

    legs, heard = run(story())
    assert legs == [("trunk-unicom", "8613800138000")]
    assert heard.seconds_of(OUTSIDE_TONE) >= 0.5
    first, second = began
    assert (second.caller, second.grown_from) == ("8003", first.call)
    assert [(one.direction, one.called) for one in directed if one.call == second.call] == [("out", "8613800138000")]


def test_a_key_stops_a_long_prompt_and_one_is_pressed_ahead(house: House) -> None:
    """Barge-in: of a minute of prompt little is heard, and the second menu takes the key that was waiting."""
    house.prompts.seconds = 60

    async def story() -> Recording:
        dialled = await house.dial()
        await house.until("top:enter:")
        await house.press(dialled, "13")
        await house.until("rooms:wrong:3")
        await house.telephony.simulator.hang_up({"call": dialled["call"]})
        await house.until("left:hung-up")
        return await house.over(dialled)

    assert run(story()).seconds < 30


def test_keys_by_sip_info_are_keys_too(house: House, tmp_path: Path) -> None:
    """A telephone that is not ours and offers no telephone events presses 1, and then 9, which means nothing there."""
    phone = Line("8004", house.telephony.secrets["8004"], house.telephony.settings.sip_port)
    ear = call(lambda: Ear(1400))

    async def story() -> None:
        await sipp("press_by_info", phone, tmp_path, dialled="8200", ear=ear.number, talk=1500, first="1", second="9")
        await house.until("left:hung-up")

    run(story())
    call(ear.close)
    assert house.steps[:4] == ["top:enter:", "top:key:1", "rooms:enter:", "rooms:wrong:9"]


def test_a_desk_that_is_not_there_is_said_so_and_the_flow_goes_on(house: House) -> None:
    """Nobody is registered at 8010."""

    async def story() -> Recording:
        dialled = await house.dial()
        await house.press(dialled, "3")
        heard = await house.over(dialled)
        await house.until("left:end")
        return heard

    heard = run(story())
    assert "nobody:unreachable:" in house.steps
    assert order(heard, 700, OTHERS, 1300)[-2:] == [OTHERS, 1300]


def test_a_message_is_recorded_played_back_and_kept(house: House) -> None:
    """What the caller said is in the file, and is heard again before it is kept."""

    async def story() -> Recording:
        dialled = await house.dial()
        await house.press(dialled, "2")
        await house.until("message:enter:")
        await sleep(house.clock, timedelta(seconds=4))
        await house.press(dialled, "#WWW1")
        heard = await house.over(dialled)
        await house.kept.until(bool)
        return heard

    heard = run(story())
    assert order(heard, 1150, BEEP, PHONE_TONE, 1300)[-4:] == [1150, BEEP, PHONE_TONE, 1300]
    [kept] = house.kept
    assert (kept.caller, kept.flow, kept.node) == ("8003", "main", "message")
    said = Recording(house.menus.messages.file(kept.name).read_bytes())
    assert said.seconds_of(PHONE_TONE) >= 1
    assert abs(said.seconds - kept.seconds) <= 1


def test_where_nothing_can_be_recorded_the_call_goes_on(
    house: House, telephony: Telephony, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exchange refuses, as with a full disk: the caller is told, and comes to what follows."""
    file = recordings(telephony.main) / "blocked"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    monkeypatch.setattr(house.menus.messages, "place", lambda call: "blocked/x")

    async def story() -> Recording:
        dialled = await house.dial()
        await house.press(dialled, "2")
        heard = await house.over(dialled)
        await house.until("left:end")
        return heard

    heard = run(story())
    assert house.steps.count("message:none:") == 3
    assert order(heard, 1150, OTHERS, 1300)[-2:] == [OTHERS, 1300]


def test_a_plan_that_comes_into_force_reaches_the_next_caller(house: House) -> None:
    """Who is in the menu stays in it as it was, over a sub-menu that the new plan has not; a number is changed too."""
    rooms, nobody = (FLOWS.index(f'[[flows.nodes]]\nid = "{node}"') for node in ("rooms", "nobody"))
    without = (FLOWS[:rooms] + FLOWS[nobody:]).replace('"1" = "rooms"', '"1" = "bye"').replace("8200", "8209")

    async def story() -> tuple[Recording, Recording]:
        dialled = await house.dial()
        await house.until("top:enter:")
        house.menus.replan(house.planned(without))
        await house.press(dialled, "1")
        await house.until("rooms:enter:")
        await sleep(house.clock, A_MOMENT)
        await house.telephony.simulator.hang_up({"call": dialled["call"]})
        await house.until("left:hung-up")
        again = await house.dial("8209")
        await house.press(again, "1")
        return await house.over(dialled), await house.over(again)

    first, second = run(story())
    assert order(first, 700, 920) == [700, 920]
    assert order(second, 700, 1300) == [700, 1300]


def test_a_caller_goes_on_in_the_menu_after_our_death(house: House, telephony: Telephony, tmp_path: Path) -> None:
    """A life of ours ends while somebody is in the second menu; the next takes them up there, and rings the desk."""

    async def before() -> dict[str, Any]:
        await house.phone_is_there()
        dialled = await house.dial()
        await house.until("top:enter:")
        await house.press(dialled, "1")
        await house.until("rooms:enter:")
        return dialled

    dialled = run(before())
    call(house.menus.stop)
    call(house.exchange.stop)
    began = house.clock.now() - timedelta(minutes=1)
    telephony.book = CallBook(telephony.database, house.clock, telephony.bus)
    life = House(telephony, telephony.exchange(), tmp_path, before=house)

    async def kept() -> CallRow:
        await telephony.book.written()
        stop = life.clock.now() + timedelta(minutes=1)
        return (await search(telephony.database, Wanted(began, stop), 1))[0]

    async def after() -> Recording:
        await life.exchange.sweep()
        await life.until("rooms:enter:")
        assert (await kept()).ended_at is None
        await life.press(dialled, "1")
        await life.connected()
        await sleep(life.clock, A_MOMENT)
        await life.telephony.simulator.hang_up({"call": dialled["call"]})
        await life.until("left:end")
        return await life.over(dialled)

    heard = run(after())
    row = run(kept())
    call(life.exchange.stop)
    assert order(heard, 700, 920, RINGING, PHONE_TONE)[-3:] == [920, RINGING, PHONE_TONE]
    assert (row.caller, row.called, row.answered_by, row.outcome) == ("8003", "8200", "8002", "answered")
    assert row.ended_at is not None
