"""Flows for tests, and a house in which a fake caller goes through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from appliance.foundation.config import parse
from appliance.foundation.days import DayKind, weekdays
from appliance.foundation.values import Ended, Language
from pbx.ivr.engine import Menus
from pbx.ivr.nodes import Database, Http
from pbx.ivr.plan import whole
from pbx.ivr.ports import Caller, Failed, Faxes, Queues, Service
from pbx.ivr.run import Around
from pbx.plan import PbxPlan
from pbx.schedules import Position
from tests.fakes.caller import FakeCaller, FakePrompts
from tests.fakes.clock import FakeClock
from tests.support import now

EXTENSIONS = '[[extensions]]\nnumbers = "8001-8010"\nname = { zh = "病区", en = "Ward" }\n'


def plan(text: str) -> PbxPlan:
    """The exchange's part of a plan, from TOML; with extensions 8001 to 8010. Raises Faulty."""
    return parse(EXTENSIONS + text, PbxPlan)


class FakeDesks:
    """Rings nobody. outcomes: number to what becomes of it, else answered."""

    def __init__(self) -> None:
        self.numbers = {f"80{n:02}" for n in range(1, 11)}
        self.outcomes: dict[str, str] = {}
        self.rung: list[str] = []

    def has(self, number: str) -> bool:
        return number in self.numbers

    def begins(self, keyed: str) -> bool:
        return any(number != keyed and number.startswith(keyed) for number in self.numbers)

    async def ring(self, caller: Caller, number: str, ring: timedelta) -> Ended:
        self.rung.append(number)
        return Ended(self.outcomes.get(number, "answered"))

    async def outside(self, caller: Caller, number: str, ring: timedelta) -> Ended:
        return await self.ring(caller, number, ring)


@dataclass
class FakeLookups:
    """Answers what it is told to, or fails."""

    answer: Mapping[str, str] | None = None
    fails: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)

    async def http(self, node: Http, variables: Mapping[str, str]) -> Mapping[str, str] | None:
        self.asked.append(dict(variables))
        if self.fails:
            raise Failed("no answer")
        return self.answer

    async def database(self, node: Database, variables: Mapping[str, str]) -> Mapping[str, str] | None:
        self.asked.append(dict(variables))
        if self.fails:
            raise Failed("no answer")
        return self.answer


class FakeMessages:
    """Keeps messages in a list."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.dropped: list[str] = []
        self._count = 0

    def place(self, call: str) -> str:
        self._count += 1
        return f"{call}-{self._count}"

    def file(self, name: str) -> Path:
        return Path(f"{name}.wav")

    async def keep(
        self, name: str, *, call: str, caller: str, flow: str, node: str, seconds: float, tell: Sequence[str]
    ) -> None:
        self.kept.append({"name": name, "caller": caller, "flow": flow, "seconds": seconds, "tell": tuple(tell)})

    def drop(self, name: str) -> None:
        self.dropped.append(name)


class Told:
    """Every step as text."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.words: list[str] = []
        self.ends: list[str] = []
        self.places: list[tuple[str, str, dict[str, str]]] = []

    def at(self, call: str, flow: str, node: str, language: Language, variables: Mapping[str, str]) -> None:
        self.places.append((f"{flow}.{node}", language, dict(variables)))

    def entered(self, call: str, caller: str, flow: str, channel: str = "") -> None:
        self.steps.append(f"{flow}")

    def step(self, call: str, flow: str, node: str, kind: str, what: str, detail: str = "") -> None:
        self.steps.append(f"{node}:{what}{':' + detail if detail else ''}")

    def said(self, call: str, text: str, language: Language, sound: str = "") -> None:
        self.words.append(f"{language}:{text}")

    def left(self, call: str, flow: str, node: str, why: str) -> None:
        self.ends.append(why)


class House:
    """Fakes, and the engine over them."""

    def __init__(self, text: str, sounds: Path = Path()) -> None:
        self.plan = plan(text)
        self.prompts, self.desks, self.lookups = FakePrompts(), FakeDesks(), FakeLookups()
        self.messages, self.told, self.clock = FakeMessages(), Told(), FakeClock()
        self.services: dict[str, Service] = {}
        self.holidays: dict[date, DayKind] = {}
        self.position: Position = ""
        self.around = Around(
            prompts=self.prompts, sounds=sounds, chime=lambda: Path("chime.wav"), beep=lambda: None, desks=self.desks,
            lookups=self.lookups, services=self.services, queues=None, faxes=None,
            messages=self.messages, steps=self.told, clock=self.clock, zone=ZoneInfo("Asia/Shanghai"),
            kind=lambda day: self.holidays.get(day) or weekdays(day), position=lambda schedule: self.position,
        )  # fmt: skip
        self.menus = Menus(whole(self.plan.flows), {row.id: row for row in self.plan.schedules}, self.around)

    def with_queues(self, queues: Queues) -> None:
        """A house that has queues."""
        around = Around(**{**vars(self.around), "queues": queues})
        self.menus = Menus(whole(self.plan.flows), {row.id: row for row in self.plan.schedules}, around)

    def with_faxes(self, faxes: Faxes) -> None:
        """A house that faxes documents."""
        around = Around(**{**vars(self.around), "faxes": faxes})
        self.menus = Menus(whole(self.plan.flows), {row.id: row for row in self.plan.schedules}, around)

    def call(self, *keys: str, flow: str = "main", speaks: Sequence[float] = ()) -> FakeCaller:
        """Somebody goes through a flow pressing `keys`."""
        caller = FakeCaller(keys)
        caller.speaks = list(speaks)
        now(self.menus.run(caller, flow))
        return caller
