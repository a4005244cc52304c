"""Our lines and simulated hosts at the two ends of real pseudo terminals, in one reactor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, ReactorClock
from appliance.foundation.health import HealthChanged, State
from appliance.simulator.control import Answer, Simulator
from appliance.simulator.ward import WardHosts
from appliance.simulator.ward_ends import far_end
from appliance.simulator.ward_statuses import WardStatuses
from nursecall.line_ends import Heard as Meant
from nursecall.line_ends import party, reader
from nursecall.line_health import FLOODS
from nursecall.lines import Lines
from nursecall.plan_lines import AnyLine, EspaLine, Line
from nursecall.reading import Asked, Ended, Presence, Press, Reading, Terminal
from nursecall.standing import Standing
from nursecall.traces import Traces
from tests.ports import free_port
from tests.real_reactor import Heard, reactor, run

TYPES = {"卫生间|WC": "wc", "急救|蓝色|CODE": "code-blue", "增援|ASSIST": "assist"}
ROLES = ("station", "control")


def line(role: str = "station", **more: Any) -> EspaLine:
    """The sample hospital's line."""
    return EspaLine.model_validate({"id": "ward-a", "ward": "a", "device": "a", "role": role, "types": TYPES, **more})


class Ward:
    """Both ends, and all that came."""

    def __init__(self, devices: Path, *lines: AnyLine, ours: Clock | None = None) -> None:
        clock, bus = ReactorClock(reactor), Bus()
        self.bus, self.clock = bus, ours or clock
        self.heard: Heard[Reading] = Heard()
        self.health: Heard[HealthChanged] = Heard()
        self.standings: dict[Asked, Standing] = {}
        self.hosts = WardHosts(lines, devices, reactor=reactor, clock=clock)
        self.lines = Lines(
            lines,
            devices,
            keep=devices / "keep",
            reactor=reactor,
            clock=self.clock,
            bus=bus,
            heard=lambda _line, reading: self.heard.append(reading),
            stands=lambda asked: self.standings.get(asked, Standing.TERMINATED),
            becomes=lambda _asked: None,
            traces=Traces(self.clock, bus),
        )
        self._simulator = Simulator()
        self.hosts.register(self._simulator)
        WardStatuses(self.hosts, clock).register(self._simulator)
        bus.subscribe(HealthChanged, self.health.append)

    async def ask(self, verb: str, **request: Any) -> Answer:
        """As the control socket would."""
        return await self._simulator.answer({"verb": verb, "line": "ward-a", **request})

    async def pressed(self, bed: str, **request: Any) -> Answer:
        """A press that must succeed."""
        answer = await self.ask("press", bed=bed, **request)
        assert answer["ok"], answer
        return answer

    async def is_now(self, state: State) -> None:
        """Wait for the line's health."""
        await self.health.until(lambda told: bool(told) and told[-1].state is state)


def story(
    devices: Path,
    tell: Callable[[Ward], Awaitable[None]],
    *lines: AnyLine,
    plugged: bool = True,
    ours: Clock | None = None,
) -> None:
    """Run `tell` in the reactor. ours: the time of our lines, where it is not that of the hosts."""

    async def whole() -> None:
        ward = Ward(devices, *lines, ours=ours)
        if plugged:
            ward.hosts.start()
        ward.lines.start()
        try:
            await tell(ward)
        finally:
            ward.lines.stop()
            ward.hosts.stop()

    run(whole())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("frame", [{}, {"data_bits": 7, "parity": "even", "stop_bits": 2, "encoding": "ascii"}])
def test_a_press_and_its_reset_arrive(tmp_path: Path, role: str, frame: dict[str, Any]) -> None:
    """In both roles; with the field's settings in Chinese, and with the standard's in English."""

    async def tell(ward: Ward) -> None:
        answer = await ward.pressed("28", type="wc")
        assert ward.heard == [Press("a", "28", "wc")]
        assert answer["text"] == ("28床 卫生间" if not frame else "Bed 28 WC")
        assert answer["acked_at"] >= answer["pressed_at"]
        assert answer["bytes"] >= answer["block_bytes"] + 4
        await ward.ask("reset", bed="28")
        assert ward.heard == [Press("a", "28", "wc"), Ended("a", "28", None)]
        await ward.is_now(State.UP)

    story(tmp_path, tell, line(role, **frame))


@pytest.mark.parametrize("role", ROLES)
def test_two_hundred_presses_among_rubbish_arrive_once_and_in_order(tmp_path: Path, role: str) -> None:
    """Random bytes all the time, now and then a wrong check or a cut block."""

    async def tell(ward: Ward) -> None:
        await ward.is_now(State.UP)
        await ward.ask("line", action="garble", seconds=600)
        for number in range(200):
            if number % 20 == 5:
                await ward.ask("line", action="wrong-bcc", count=1)
            if number % 50 == 9:
                await ward.ask("line", action="cut", count=1)
            await ward.pressed(str(number), timeout=60)
        assert ward.heard == [Press("a", str(number), "call") for number in range(200)]
        await ward.is_now(State.DEGRADED)

    story(tmp_path, tell, line(role))


@pytest.mark.parametrize("role", ROLES)
def test_presses_arrive_during_a_flood(tmp_path: Path, role: str) -> None:
    """Far more rubbish than the line could carry."""

    async def tell(ward: Ward) -> None:
        await ward.is_now(State.UP)
        await ward.ask("line", action="flood", seconds=600, rate=100_000)
        for number in range(10):
            await ward.pressed(str(number), timeout=60)
        assert [reading.bed for reading in ward.heard] == [str(number) for number in range(10)]

    story(tmp_path, tell, line(role))


@pytest.mark.parametrize("role", ROLES)
def test_an_unplugged_line_comes_back_and_loses_nothing(tmp_path: Path, role: str) -> None:
    """Who presses while it is out is told; the host says it again when it is in."""

    async def tell(ward: Ward) -> None:
        await ward.pressed("1")
        await ward.ask("line", action="drop")
        await ward.is_now(State.DOWN)
        answer = await ward.ask("press", bed="2")
        assert not answer["ok"]
        assert "unplugged" in answer["error"]
        assert (await ward.ask("lines"))["lines"][0]["state"] == "unplugged"
        await ward.ask("line", action="restore")
        await ward.is_now(State.UP)
        await ward.pressed("3")
        assert ward.heard == [Press("a", "1", "call"), Press("a", "2", "call"), Press("a", "3", "call")]

    story(tmp_path, tell, line(role))


@pytest.mark.parametrize("role", ROLES)
def test_a_press_that_waits_is_told_when_the_cord_is_pulled(tmp_path: Path, role: str) -> None:
    """Not left waiting."""

    async def tell(ward: Ward) -> None:
        await ward.is_now(State.UP)
        await ward.ask("line", action="silent")
        waiting = Deferred.fromCoroutine(ward.ask("press", bed="7", timeout=600))
        await ward.ask("line", action="drop")
        assert "unplugged" in (await waiting)["error"]

    story(tmp_path, tell, line(role))


def test_a_mute_host_leaves_a_press_unanswered_until_it_is_mended(tmp_path: Path) -> None:
    """It keeps what it has to say."""

    async def tell(ward: Ward) -> None:
        await ward.is_now(State.UP)
        await ward.ask("line", action="silent")
        answer = await ward.ask("press", bed="7", timeout=0.3)
        assert "nobody acknowledged" in answer["error"]
        assert (await ward.ask("lines"))["lines"] == [
            {"line": "ward-a", "ward": "a", "device": str(tmp_path / "a"), "pending": 1, "state": "silent"}
        ]
        await ward.ask("line", action="ok")
        await ward.heard.until(lambda heard: len(heard) == 1)
        assert ward.heard == [Press("a", "7", "call")]

    story(tmp_path, tell, line())


def test_lines_that_start_before_their_hosts_find_them(tmp_path: Path) -> None:
    """The box is up before the ward."""

    async def tell(ward: Ward) -> None:
        await ward.is_now(State.DOWN)
        ward.hosts.start()
        await ward.is_now(State.UP)
        assert (await ward.ask("press", bed="1", wait=False))["ok"]
        await ward.heard.until(lambda heard: len(heard) == 1)

    story(tmp_path, tell, line(), plugged=False)


def test_two_lines_are_two(tmp_path: Path) -> None:
    """One flooded, one down: the third speaks."""
    lines = [line(id=f"w{n}", device=f"w{n}") for n in range(3)]

    async def tell(ward: Ward) -> None:
        await ward.ask("line", line="w0", action="flood", seconds=600, rate=200_000)
        await ward.ask("line", line="w1", action="drop")
        for number in range(20):
            await ward.pressed(str(number), line="w2")
        assert [reading.bed for reading in ward.heard] == [str(number) for number in range(20)]

    story(tmp_path, tell, *lines)


def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """An unknown line, action or type, a missing bed; a real device is never touched."""

    async def tell(ward: Ward) -> None:
        refusals: list[tuple[dict[str, Any], str]] = [
            ({"verb": "press", "line": "w9", "bed": "1"}, "no simulated line w9"),
            ({"verb": "press", "line": "real", "bed": "1"}, "no simulated line real"),
            ({"verb": "press"}, "needs bed"),
            ({"verb": "press", "bed": "1", "type": "fire"}, "no text that means fire"),
            ({"verb": "line", "action": "dance"}, "can do no dance"),
            ({"verb": "line", "action": "garble", "seconds": -1}, "seconds"),
        ]
        for request, part in refusals:
            answer = await ward.ask(**request)
            assert not answer["ok"]
            assert part in answer["error"]

    story(tmp_path, tell, line(), line(id="real", device=str(tmp_path / "not-simulated")))


KINDS: list[Reading] = [
    *(Press("a", "28", kind) for kind in ("call", "wc", "code-blue", "assist")),
    Ended("a", "28", None),
    Ended("a", "28", "wc"),
    *(Presence("a", "28", here) for here in (True, False)),
    *(Terminal("a", "28", well) for well in (False, True)),
]
WORDS: dict[str, Any] = {
    "types": TYPES,
    "ends": ["复位|RESET"],
    "present": ["到场|PRESENT"],
    "absent": ["离开|LEFT"],
    "faults": ["拔出|UNPLUGGED"],
    "mended": ["恢复|MENDED"],
}


def heard(there: AnyLine, reading: Reading, seconds: int = 60) -> list[Meant]:
    """What our end hears when the far end says `reading`, over a wire that is only in memory."""
    near, far, read = party(there), far_end(there), reader(there)  # type: ignore[arg-type]
    found: list[Meant] = []
    near.begin(0.0)
    far.party.begin(0.0)
    if not isinstance(reading, Press):
        for first in (Press("a", "28", "call"), Press("a", "28", "wc")):
            far.tell(first, 0.0)
    far.tell(reading, 0.0)
    for tick in range(seconds * 100):
        now = tick / 100
        for event in [*near.feed(far.party.outgoing(), now), *near.tick(now)]:
            found += read(event)
        far.party.feed(near.outgoing(), now)
        far.party.tick(now)
        if found and reading == found[-1]:
            break
    return found


@pytest.mark.parametrize("encoding", ["ascii", "gb18030", "utf-8"])
@pytest.mark.parametrize("bed_from", ["address", "text"])
@pytest.mark.parametrize("reading", KINDS)
def test_what_the_host_writes_the_plan_reads(encoding: str, bed_from: str, reading: Reading) -> None:
    """Everything, in every encoding, wherever the bed stands."""
    assert heard(line(encoding=encoding, bed_from=bed_from, **WORDS), reading)[-1] == reading


CHECKED = {"protocol": "text", "check": "xor", "check_as": "hex", "answer": "\x06"}
OTHERS: dict[str, dict[str, Any]] = {
    "tap": {"protocol": "tap", "encoding": "ascii", "silence": 20},
    "text": {**CHECKED, "framing": "stx-etx", "silence": 20},
    "modbus": {
        "protocol": "modbus",
        "units": [
            {
                "address": 5,
                "contacts": [
                    {"input": number, "bed": "28", "means": means}
                    for number, means in enumerate(["call", "wc", "code-blue", "assist", "reset", "present", "fault"])
                ],
            },
            {"address": 6, "contacts": [{"input": 0, "bed": "3", "means": "call"}]},
        ],
    },
    "espax": {"protocol": "espax", "silence": 20},
}


def of_bed(ward: Ward, bed: str) -> list[Reading]:
    """What was heard of it."""
    return [reading for reading in ward.heard if reading.bed == bed]


def another(wire: str, port: int = 0, **more: Any) -> AnyLine:
    """A line of another protocol under the same name, that knows the same words."""
    place = {"listen": f"127.0.0.1:{port}"} if wire == "espax" else {"device": "a"}
    said = {"id": "ward-a", "ward": "a", **place, **OTHERS[wire], **({} if wire == "modbus" else WORDS), **more}
    return TypeAdapter[AnyLine](Line).validate_python(said)


@pytest.mark.parametrize("wire", sorted(OTHERS))
def test_every_kind_of_host_says_everything(tmp_path: Path, wire: str) -> None:
    """Over a real pseudo terminal, or real TCP: each is acknowledged, and heard once."""

    async def tell(ward: Ward) -> None:
        await ward.is_now(State.UP)
        ward.heard.clear()
        for verb, request, reading in (
            ("press", {"type": "wc"}, Press("a", "28", "wc")),
            ("presence", {}, Presence("a", "28", True)),
            ("presence", {"here": False}, Presence("a", "28", False)),
            ("terminal", {}, Terminal("a", "28", False)),
            ("terminal", {"well": True}, Terminal("a", "28", True)),
            ("reset", {}, Ended("a", "28", "wc" if wire == "espax" else None)),
        ):
            answer = await ward.ask(verb, bed="28", **request)
            assert answer["ok"], answer
            await ward.heard.until(lambda heard, reading=reading: reading in heard)  # type: ignore[misc]
            assert of_bed(ward, "28") == [reading]
            ward.heard.clear()

    story(tmp_path, tell, another(wire, free_port(), **({"silence": 86_400} if wire in ("tap", "text") else {})))


@pytest.mark.parametrize(
    ("wire", "trouble"),
    [("espax", "wrong-bcc"), *((wire, how) for wire in ("modbus", "tap", "text") for how in ("wrong-bcc", "cut"))],
)
def test_a_spoilt_message_degrades_its_line_and_comes_again(tmp_path: Path, wire: str, trouble: str) -> None:
    """A press is never lost, and heard once."""
    quiet = {"silence": 86_400} if wire in ("tap", "text") else {}

    async def tell(ward: Ward) -> None:
        await ward.is_now(State.UP)
        ward.heard.clear()
        assert (await ward.ask("line", action=trouble))["ok"]
        answer = await ward.ask("press", bed="28", timeout=90)
        assert answer["ok"], answer
        assert of_bed(ward, "28") == [Press("a", "28", "call")]
        assert wire == "espax" or State.DEGRADED in [event.state for event in ward.health]

    story(tmp_path, tell, another(wire, free_port(), **quiet))


@pytest.mark.parametrize("wire", sorted(OTHERS))
def test_an_unplugged_line_of_any_kind_comes_back(tmp_path: Path, wire: str) -> None:
    """Down at once, or as soon as a host without a connection is noticed; then up, and heard."""

    async def tell(ward: Ward) -> None:
        await ward.is_now(State.UP)
        assert (await ward.ask("line", action="drop"))["ok"]
        await ward.is_now(State.DOWN)
        assert not (await ward.ask("press", bed="28"))["ok"]
        await ward.ask("line", action="restore")
        await ward.is_now(State.UP)
        await ward.heard.until(lambda heard: Press("a", "28", "call") in heard)

    story(tmp_path, tell, another(wire, free_port(), **({"silence": 86_400} if wire in ("tap", "text") else {})))


def test_a_message_is_repeated_at_will(tmp_path: Path) -> None:
    """A host that says the same again and again: it floods, and other beds are heard."""

    async def tell(ward: Ward) -> None:
        await ward.pressed("1")
        await ward.ask("line", action="repeat", count=300)
        await ward.pressed("2", timeout=60)
        await ward.heard.until(lambda heard: Press("a", "2", "call") in heard)
        assert len(ward.heard) < 60
        await ward.health.until(lambda told: told[-1].detail == FLOODS)

    there = another("text", check="none", answer="", silence=86_400)
    story(tmp_path, tell, there)


def test_what_has_no_check_cannot_have_a_wrong_one(tmp_path: Path) -> None:
    """Said in a sentence."""

    async def tell(ward: Ward) -> None:
        answer = await ward.ask("line", action="wrong-bcc")
        assert answer["error"] == "What this line carries has no check."
        assert "has said nothing yet" in (await ward.ask("line", action="repeat"))["error"]

    story(tmp_path, tell, another("text", check="none"))
