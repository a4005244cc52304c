"""Calls out of the house on real parts: by class, refused, gone over to another trunk, timed, hidden; emergencies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, gatherResults

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.values import Language
from appliance.simulator.outside import OUTSIDE_TONE
from pbx.calls.events import CallEnded, EmergencyDialled
from pbx.calls.views import CallRow, Wanted, search
from pbx.causes import Cause
from pbx.exchange import Exchange
from pbx.plan import PbxPlan
from tests.e2e.sound import Recording
from tests.integration.asterisk import Telephony
from tests.integration.sip_phone import Ear, Line, share, sipp
from tests.integration.soft_phone import FIRST, SoftPhone
from tests.integration.test_exchange import until_nobody_calls, write_tone
from tests.real_reactor import Heard, call, reactor, run

MOBILE, LANDLINE, BUSY = "13800138000", "88886666", "88880000"
WARNING_TONE, WORDS_TONE, OWN_TONE = 950, 1800, 1400
BLOCK = 0.05
"""Seconds that an ear judges at a time."""
LIMIT, WARNING = 6, 3
CALLER = "8003"
"""A telephone whose number is part of no number that is called."""


def hangzhou(sample: PbxPlan) -> PbxPlan:
    """The sample plan with classes of service: 8001 all, 8007 wards (local calls only), 8010 timed and hidden."""
    plan = sample.model_dump(mode="json", exclude={"extensions"})
    name = {"zh": "分机", "en": "Extensions"}
    groups = [
        {"numbers": "8001-8004", "name": name, "rights": "all"},
        {"numbers": "8005-8009", "name": name, "rights": "ward", "language": "en"},
        {"numbers": "8010", "name": name, "rights": "timed"},
        {"numbers": "8011", "name": name, "rights": "longer"},
        {"numbers": "8020", "name": name, "may_dial": []},
    ]
    limits = [{"seconds": LIMIT, "warning": WARNING}]
    classes = [
        {"id": "all", "name": name, "may_dial": ["internal", "local", "national", "mobile", "international"]},
        {"id": "ward", "name": name, "may_dial": ["internal", "local"]},
        {"id": "timed", "name": name, "may_dial": ["mobile"], "limits": limits, "hide_number": True},
    ]
    longer = [{"seconds": 4 * LIMIT, "warning": WARNING}]
    classes.append({"id": "longer", "name": name, "may_dial": ["mobile"], "limits": longer})
    routes = [{"name": name, "trunks": ["telecom", "unicom"]}]
    outgoing = {"access": "9", "classes": classes, "routes": routes}
    return PbxPlan.model_validate(plan | {"extensions": groups, "outgoing": outgoing})


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with Telephony(tmp_path_factory.mktemp("outgoing"), shape=hangzhou) as pair:
        yield pair


@pytest.fixture
def exchange(telephony: Telephony) -> Iterator[Exchange]:
    found = telephony.exchange()
    run(found.sweep())
    yield found
    run(telephony.simulator.carrier({"mode": "normal"}))
    call(found.stop)


@dataclass
class Words:
    """Speech that sounds one tone, whatever it says."""

    sound: Path
    said: list[tuple[str, Language]]

    async def prompt(self, text: str, language: Language) -> Path | None:
        """Remember it."""
        self.said.append((text, language))
        return self.sound


async def talking(telephony: Telephony, extension: str, digits: str, **facts: Any) -> dict[str, Any]:
    """A simulated phone dials and is answered."""
    asked = {"extension": extension, "digits": digits, "talk": 60, "until": "answered"}
    told = await telephony.simulator.dial(asked | facts)
    assert told["outcome"] == "answered", (extension, digits, told)
    return told


async def on_trunks(telephony: Telephony) -> list[tuple[str, str, str]]:
    """Trunk, number and caller's number of each leg at the carriers."""
    legs = (await telephony.simulator.calls({}))["calls"]
    return [(leg["endpoint"], leg["number"], leg["shown"]) for leg in legs if "number" in leg]


@pytest.mark.parametrize(
    ("extension", "digits", "number"),
    [
        ("8001", MOBILE, "013800138000"),
        ("8001", f"9{MOBILE}", "013800138000"),
        ("8001", f"17909{MOBILE}", "013800138000"),
        ("8005", LANDLINE, "057188886666"),
        ("8001", "995588", "95588"),
    ],
)
def test_who_may_is_connected(
    telephony: Telephony, exchange: Exchange, extension: str, digits: str, number: str
) -> None:
    """Over the first line of the route, in the carrier's form, with the trunk's number shown."""

    async def story() -> list[tuple[str, str, str]]:
        phone = await talking(telephony, extension, digits)
        legs = await on_trunks(telephony)
        await telephony.simulator.hang_up({"call": phone["call"]})
        await until_nobody_calls(telephony)
        return legs

    assert run(story()) == [("trunk-telecom", number, "057188880000")]


def test_who_may_not_is_told_a_cause(telephony: Telephony, exchange: Exchange, tmp_path: Path) -> None:
    """Without speech the phone gets 603 and Q.850's 52, outgoing calls barred; nothing goes over a trunk."""
    phone = Line("8007", telephony.secrets["8007"], telephony.settings.sip_port)
    run(sipp("find_it_barred", phone, tmp_path, dialled=MOBILE, ear=9))
    assert run(on_trunks(telephony)) == []


def test_who_may_not_hears_a_sentence_in_their_language(telephony: Telephony, tmp_path: Path) -> None:
    """It is heard to the end, then the call is over."""
    words = Words(tmp_path / "words.wav", [])
    write_tone(words.sound, WORDS_TONE, seconds=2)
    spoken = telephony.exchange(words)
    run(spoken.sweep())
    told = run(telephony.simulator.dial({"extension": "8005", "digits": MOBILE, "talk": 60, "hear": True}))
    call(spoken.stop)
    assert words.said == [("This telephone may not make such calls.", "en")]
    assert Recording(Path(told["heard"]).read_bytes()).seconds_of(WORDS_TONE) >= 1.5


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("congestion", ["“telecom” had no line."]),
        ("silent", ["“telecom” was unreachable."]),
    ],
)
def test_another_trunk_takes_over_unnoticed(
    telephony: Telephony, exchange: Exchange, mode: str, told: list[str]
) -> None:
    """The first has no line, or says nothing: the phone just hears who answers over the second, and it is on record."""
    steps: list[str] = []
    exchange.outgoing.step = lambda call, *reasons: steps.extend(reason.text("en") for reason in reasons)

    async def story() -> list[tuple[str, str, str]]:
        await telephony.simulator.carrier({"mode": mode, "trunk": "telecom"})
        phone = await talking(telephony, "8001", MOBILE)
        legs = await on_trunks(telephony)
        await telephony.simulator.hang_up({"call": phone["call"]})
        await until_nobody_calls(telephony)
        return legs

    assert [(trunk, number) for trunk, number, _ in run(story())] == [("trunk-unicom", f"86{MOBILE}")]
    assert steps == told


def test_a_trunk_that_is_known_to_be_down_is_not_tried(telephony: Telephony, exchange: Exchange) -> None:
    """The call goes over the next at once; the decision says so."""

    async def story() -> list[tuple[str, str, str]]:
        await telephony.simulator.carrier({"mode": "dead", "trunk": "telecom"})
        await telephony.trunks_are("down", "telecom")
        phone = await talking(telephony, "8001", MOBILE)
        legs = await on_trunks(telephony)
        await telephony.simulator.hang_up({"call": phone["call"]})
        await until_nobody_calls(telephony)
        return legs

    assert [trunk for trunk, _, _ in run(story())] == ["trunk-unicom"]
    assert [line.trunk for line in exchange.dialer.routes(f"86{MOBILE}")] == ["unicom"]
    decision = exchange.numbers.decide("8001", MOBILE)
    assert [line.trunk for line in decision.routes] == ["unicom"]
    assert "“telecom” can take no call now." in [reason.text("en") for reason in decision.why]


def test_a_number_that_nobody_has_is_asked_of_one_network(telephony: Telephony, exchange: Exchange) -> None:
    """It is nobody's at the next carrier either: the caller is told at once, and it is on record."""
    steps: list[str] = []
    exchange.outgoing.step = lambda call, *reasons: steps.extend(reason.text("en") for reason in reasons)
    asked: list[str] = []
    exchange.trunks.told = lambda call: asked.append(f"{call.trunk}: {call.outcome}")

    async def story() -> dict[str, Any]:
        await telephony.simulator.carrier({"mode": "no-number", "trunk": "telecom"})
        return await telephony.simulator.dial({"extension": "8001", "digits": MOBILE})

    assert run(story())["cause"] == Cause.UNALLOCATED
    assert asked == ["telecom: no-such-number"]
    assert steps == ["The network says over “telecom” that nobody has this number: no other line is tried."]
    assert list(exchange.trunks.healthy()) == ["telecom", "unicom"]


def test_a_busy_person_is_no_fault_of_a_trunk(telephony: Telephony, exchange: Exchange) -> None:
    """The phone is told so at once, the trunk stays in use."""
    told = run(telephony.simulator.dial({"extension": "8005", "digits": BUSY}))
    assert told["outcome"] == "busy"
    assert list(exchange.trunks.healthy()) == ["telecom", "unicom"]


class Watch(Ear):
    """Hears when the warning sounds, and how loud it is beside the phone's own tone that the far end sends back."""

    def __init__(self) -> None:
        super().__init__(OWN_TONE)
        self.shares: list[float] = []

    def _judge(self, block: list[int]) -> None:
        self.shares.append(share(block, WARNING_TONE))
        super()._judge(block)


def test_a_timed_call_is_warned_and_cut(telephony: Telephony, exchange: Exchange, tmp_path: Path) -> None:
    """Both hear the beep three seconds before the end; after six the exchange hangs up.

    The far end sends back all that it hears. A beep that only the phone heard would be 56 % of the power beside its own
    tone; one that comes back from the far end as well has twice the amplitude, 84 %.
    """
    ear = call(Watch)

    async def story() -> tuple[list[tuple[str, str, str]], str]:
        phone = Line("8010", telephony.secrets["8010"], telephony.settings.sip_port)
        echo = ear.hears(OWN_TONE)
        talk = sipp("talk_until_cut", phone, tmp_path, dialled=MOBILE, ear=ear.number)
        cut = Deferred.fromCoroutine(talk)
        await echo
        legs = await on_trunks(telephony)
        [name] = await under_way(exchange)
        await cut
        await until_nobody_calls(telephony)
        return legs, name

    legs, name = run(story())
    call(ear.close)
    assert [leg[2] for leg in legs] == ["anonymous"]
    loud = [at * BLOCK for at, part in enumerate(ear.shares) if part > 0.8]
    assert 0.2 <= len(loud) * BLOCK <= 0.5, ear.shares
    assert WARNING - 1 <= len(ear.shares) * BLOCK - loud[0] <= WARNING + 1
    assert timedelta(seconds=LIMIT - 0.5) < lasted(telephony, name) < timedelta(seconds=LIMIT + 6)


def test_a_timed_call_that_outlived_us_is_warned_too(telephony: Telephony, tmp_path: Path) -> None:
    """The life that began it is gone; the next reads off its legs when the beep is due, and the far end echoes it."""
    before, ear = telephony.exchange(), call(Watch)
    run(before.sweep())

    async def dialled() -> Deferred[None]:
        phone = Line("8011", telephony.secrets["8011"], telephony.settings.sip_port)
        echo = ear.hears(OWN_TONE)
        cut = Deferred.fromCoroutine(sipp("talk_until_cut", phone, tmp_path, dialled=MOBILE, ear=ear.number))
        await echo
        return cut

    cut = run(dialled())
    call(before.stop)
    after = telephony.exchange()
    run(after.sweep())
    (name,) = run(under_way(after))

    async def over() -> None:
        await cut
        await until_nobody_calls(telephony)

    run(over())
    call(after.stop)
    call(ear.close)
    loud = [at * BLOCK for at, part in enumerate(ear.shares) if part > 0.8]
    assert 0.2 <= len(loud) * BLOCK <= 0.5, (name, ear.shares)
    assert 4 * LIMIT - WARNING - 2 <= loud[0] <= 4 * LIMIT - WARNING + 1


def test_a_timed_call_is_cut_when_we_are_dead_too(telephony: Telephony) -> None:
    """Asterisk holds the limit; our program has let go of it after the answer."""
    exchange = telephony.exchange()
    run(exchange.sweep())
    phone = run(talking(telephony, "8010", MOBILE))
    (name,) = run(under_way(exchange))
    call(exchange.stop)
    run(telephony.simulator.over({"call": phone["call"]}))
    run(until_nobody_calls(telephony))
    assert timedelta(seconds=LIMIT - 0.5) < lasted(telephony, name) < timedelta(seconds=LIMIT + 6)


def lasted(telephony: Telephony, name: str) -> timedelta:
    """How long a call talked, by Asterisk's records."""
    records = [record for record in telephony.records.of_call(name) if record.channel.startswith(name)]
    answered, hung_up = (next(one.at for one in records if one.kind == kind) for kind in ("ANSWER", "HANGUP"))
    return hung_up - answered


async def under_way(exchange: Exchange) -> list[str]:
    """The calls that talk, once there is one."""
    while not exchange.dialer.under_way():
        await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
    return list(exchange.dialer.under_way())


def test_a_call_out_goes_on_over_our_restart(telephony: Telephony) -> None:
    """The next life finds it whole and lets it talk; the caller hangs up, and no leg is left."""
    before = telephony.exchange()
    run(before.sweep())
    phone = run(talking(telephony, "8001", MOBILE))
    run(under_way(before))
    call(before.stop)
    after = telephony.exchange()
    run(after.sweep())
    still = run(under_way(after))
    legs = run(on_trunks(telephony))
    run(telephony.simulator.hang_up({"call": phone["call"]}))
    run(until_nobody_calls(telephony))
    call(after.stop)
    assert len(still) == len(legs) == 1


@pytest.mark.parametrize(("digits", "shown"), [(f"*67{MOBILE}", "anonymous"), (f"*82{MOBILE}", "057188880000")])
def test_a_code_before_the_number_hides_or_shows_the_callers(
    telephony: Telephony, exchange: Exchange, digits: str, shown: str
) -> None:
    """For this call only."""

    async def story() -> list[tuple[str, str, str]]:
        phone = await talking(telephony, "8001", digits)
        legs = await on_trunks(telephony)
        await telephony.simulator.hang_up({"call": phone["call"]})
        return legs

    assert [leg[2] for leg in run(story())] == [shown]


@pytest.mark.parametrize(("digits", "hidden"), [(f"*67{MOBILE}", True), (f"*82{MOBILE}", False)])
def test_no_packet_tells_the_carrier_whose_telephone_calls(
    telephony: Telephony, exchange: Exchange, tmp_path: Path, digits: str, hidden: bool
) -> None:
    """A softphone that is not ours calls and talks: every SIP packet to the carrier is read, for its number."""
    sent: list[bytes] = []
    wire = telephony.simulator.wire("telecom")

    def read(data: bytes) -> None:
        sent.append(data)

    wire.sees = read
    line = Line(CALLER, telephony.secrets[CALLER], telephony.settings.sip_port)
    with SoftPhone(line, tmp_path, tone=FIRST) as phone:

        async def story() -> None:
            await phone.registered()
            await phone.command("dial", digits)
            await phone.hears(OUTSIDE_TONE)
            await phone.hears(FIRST)  # the carrier echoes
            await phone.command("hangup")
            await phone.happens("CALL_CLOSED")
            await until_nobody_calls(telephony)

        run(story(), timeout=40)
    wire.sees = lambda data: None
    calls = [data.decode() for data in sent if not data.startswith(b"OPTIONS ")]
    assert any(text.startswith("INVITE ") for text in calls)
    heads = [line for text in calls for line in text.partition("\r\n\r\n")[0].split("\r\n")]
    assert not [line for line in heads if re.search(rf'(sip:|"){CALLER}\b', line)]
    ours = [line for line in heads if "057188880000" in line]
    assert bool(ours) is not hidden


def test_emergency_calls_go_through_while_we_are_dead(telephony: Telephony) -> None:
    """Also from a telephone without any right, with codes before: over the second trunk while the first is dead."""
    dialled = {"120": "120", "9110": "110", "*67119": "119", "*829122": "122", "110#": "110"}

    async def story() -> list[tuple[str, str, str]]:
        await telephony.simulator.carrier({"mode": "dead", "trunk": "telecom"})
        try:
            # All at once: each waits for the dead trunk.
            phones = await gatherResults(
                [
                    Deferred.fromCoroutine(talking(telephony, extension, digits))
                    for extension in ("8001", "8020")
                    for digits in dialled
                ]
            )
            legs = await on_trunks(telephony)
            for phone in phones:
                await telephony.simulator.hang_up({"call": phone["call"]})
        finally:
            await telephony.simulator.carrier({"mode": "normal"})
        return legs

    legs = run(story())
    wanted = 2 * [("trunk-unicom", number) for number in dialled.values()]
    assert sorted((trunk, number) for trunk, number, _ in legs) == sorted(wanted)


async def told_of(telephony: Telephony, began: datetime) -> list[CallRow]:
    """Emergency calls on record since then, the newest first."""
    await telephony.book.written()
    wanted = Wanted(began, ReactorClock(reactor).now() + timedelta(minutes=1), direction="emergency")
    return await search(telephony.database, wanted, 10)


def test_an_emergency_call_that_was_made_while_we_were_dead_is_found(telephony: Telephony) -> None:
    """The next life reads it in Asterisk's own records: it is told once, and on record with who took it."""
    telephony.come_online("trunk-telecom")  # whatever a story before did to it
    began = ReactorClock(reactor).now()
    alarms: Heard[EmergencyDialled] = Heard()
    telephony.bus.subscribe(EmergencyDialled, alarms.append)

    async def story() -> None:
        phone = await talking(telephony, "8020", "9120")
        await telephony.simulator.hang_up({"call": phone["call"]})
        await until_nobody_calls(telephony)

    run(story())
    exchange = telephony.exchange()
    run(exchange.sweep())
    run(exchange.sweep())
    mine = [one for one in alarms if one.extension == "8020" and one.at >= began]
    rows = [row for row in run(told_of(telephony, began)) if row.caller == "8020"]
    call(exchange.stop)
    assert [(one.extension, one.number) for one in mine] == [("8020", "120")]
    assert [(row.id, row.called, row.outcome, row.answered_by, row.trunk) for row in rows] == [
        (mine[0].call, "120", "answered", "telecom", "telecom")
    ]
    assert rows[0].answered_at is not None
    assert rows[0].ended_at is not None


def test_an_emergency_call_is_told_while_it_goes_on(telephony: Telephony, exchange: Exchange) -> None:
    """As soon as it is dialled; screens have it, and it ends on record when it ends."""
    began = ReactorClock(reactor).now()
    alarms: Heard[EmergencyDialled] = Heard()
    ended: Heard[CallEnded] = Heard()
    telephony.bus.subscribe(EmergencyDialled, alarms.append)
    telephony.bus.subscribe(CallEnded, ended.append)

    async def story() -> None:
        phone = await talking(telephony, "8001", "119")
        await alarms.until(lambda told: any(one.number == "119" for one in told))
        assert [(one.extension, one.number, one.over) for one in exchange.emergencies.recent() if one.at >= began] == [
            ("8001", "119", False)
        ]
        await telephony.simulator.hang_up({"call": phone["call"]})
        await ended.until(lambda over: any(one.call == alarms[-1].call for one in over))

    run(story())
    (row,) = run(told_of(telephony, began))
    assert (row.caller, row.called, row.outcome, row.trunk) == ("8001", "119", "answered", "telecom")
    assert row.seconds > 0
    assert [one.over for one in exchange.emergencies.recent() if one.at >= began] == [True]
