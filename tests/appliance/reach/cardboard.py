"""Telephones of cardboard: the exchange as those who reach nurses see it, and a real ward behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.config import parse
from appliance.foundation.journal import Entry, entries
from appliance.foundation.values import Ended, HungUp, Language
from appliance.plan import Plan
from appliance.reach.phones import Phones
from appliance.reach.talks import Talks
from nursecall.calls import OpenCall
from nursecall.duties import PlanDuties
from nursecall.events import CallEscalated
from nursecall.patients import Patients
from nursecall.plan_escalation import By
from nursecall.reading import Press
from nursecall.store import CallStore
from nursecall.ward import Wards
from pbx.callout import NotReached
from pbx.terms import Terms
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

SAMPLE = (Path(__file__).parents[3] / "hospital" / "plan.toml").read_text("utf-8")
ANNA, BERTA = ("Anna", "13800138001"), ("Berta", "13800138002")


class FakeParty:
    """Somebody who has answered. Keys are pressed with `press`; sentences they hear are in `heard`."""

    def __init__(self, number: str) -> None:
        self.call, self.number, self.extension = f"call-{number}", number, number
        self.heard: list[str] = []
        self.gone = False
        self._waiting: Deferred[str] | None = None
        self._ahead: list[str] = []

    async def play(self, sounds: Sequence[Path]) -> None:
        if self.gone:
            raise HungUp
        self.heard += [sound.stem for sound in sounds]

    async def collect(self, sounds: Sequence[Path], digits: int | None, timeout: timedelta) -> str:
        await self.play(sounds)
        if self._ahead:
            return self._ahead.pop(0)
        self._waiting = Deferred()
        key = await self._waiting
        if self.gone:
            raise HungUp
        return key

    async def hang_up(self) -> None:
        self.gone = True

    def press(self, key: str) -> None:
        """Press a key; "" is patience that ran out."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            self._ahead.append(key)
        else:
            waiting.callback(key)

    def leave(self) -> None:
        """Hang up."""
        self.gone = True
        self.press("")


class FakeExchange:
    """Rings whoever is asked for; a test answers, or lets it ring in vain. Is its own `callout` and `dialer`."""

    def __init__(self) -> None:
        self.ringing: dict[str, Deferred[FakeParty]] = {}
        self.rung: list[tuple[str, float, str]] = []
        self.bridged: list[tuple[FakeParty, str, Terms, Deferred[Ended]]] = []
        self.away = False

    @property
    def callout(self) -> FakeExchange:
        return self

    @property
    def dialer(self) -> FakeExchange:
        return self

    async def desk(
        self, extension: str, ring: timedelta, longest: timedelta, *, auto_answer: bool = False, shown: str = ""
    ) -> FakeParty:
        return await self._ring(extension, ring, shown)

    async def outside(self, number: str, ring: timedelta, longest: timedelta, *, urgent: bool = False) -> FakeParty:
        return await self._ring(number, ring, "")

    async def ring(self, caller: Any, extension: str, terms: Terms) -> Ended:
        over: Deferred[Ended] = Deferred()
        self.bridged.append((caller, extension, terms, over))
        ended = await over
        await terms.over(ended)
        return ended

    def answers(self, number: str) -> FakeParty:
        """Somebody takes the telephone."""
        party = FakeParty(number)
        self.ringing.pop(number).callback(party)
        return party

    def fails(self, number: str, outcome: str = "no-answer") -> None:
        """It rings in vain."""
        self.ringing.pop(number).errback(NotReached(outcome))

    async def _ring(self, number: str, ring: timedelta, shown: str) -> FakeParty:
        if self.away:
            raise NotReached("unreachable")
        self.rung.append((number, ring.total_seconds(), shown))
        self.ringing[number] = Deferred(lambda _: self.ringing.__delitem__(number))
        return await self.ringing[number]


class FakePrompts:
    """Each sentence is a file of that name. `lost`: no voice is left."""

    def __init__(self) -> None:
        self.lost = False

    async def prompt(self, text: str, language: Language) -> Path | None:
        return None if self.lost else Path(f"{text}.wav")


class House:
    """The sample hospital's ward A, its beds 2 to 40 with telephones 8002 to 8040, and the telephones to reach it by.

    changes: what its `phones` say besides.
    """

    def __init__(self, **changes: Any) -> None:
        self.plan = parse(SAMPLE, Plan)
        phones = self.ward.phones.model_copy(update=changes)
        self.change_ward(phones=phones)
        self.clock, self.bus, self.database = FakeClock(), Bus(), InlineDatabase()
        patients, store = Patients(self.database, self.bus, self.clock), CallStore(self.database)
        self.wards = Wards(self.plan.nursecall, self.plan.site.zone, store, patients, self.clock, self.bus)
        now(self.wards.start())
        self.exchange, self.prompts = FakeExchange(), FakePrompts()
        self.talks = Talks(
            lambda: self.plan,
            self.wards,
            PlanDuties(lambda: self.plan.nursecall, self.plan.site.zone),
            lambda: self.exchange,
            lambda: self.exchange,
            self.prompts,
            self.clock,
        )
        self.phones = Phones(
            lambda: self.plan, self.wards, lambda: self.exchange, self.talks, self.prompts, self.clock, self.bus
        )
        self._serial = 0

    @property
    def ward(self) -> Any:
        """Ward A of the plan."""
        ward = self.plan.nursecall.ward("ward-a")
        assert ward is not None
        return ward

    def change_ward(self, **changes: Any) -> None:
        """Another ward A in the plan."""
        changed = self.ward.model_copy(update=changes)
        wards = tuple(changed if ward.id == "ward-a" else ward for ward in self.plan.nursecall.wards)
        nursecall = self.plan.nursecall.model_copy(update={"wards": wards})
        self.plan = self.plan.model_copy(update={"nursecall": nursecall})

    def press(self, bed: str = "28") -> OpenCall:
        """Somebody calls."""
        [line] = [line for line in self.plan.nursecall.lines if line.id == "ward-a"]
        self.wards.heard(line, Press("ward-a", bed, "call"))
        return self.call(bed)

    def reset(self, bed: str = "28") -> None:
        """Somebody came."""
        from nursecall.reading import Ended as Reset

        [line] = [line for line in self.plan.nursecall.lines if line.id == "ward-a"]
        self.wards.heard(line, Reset("ward-a", bed, "call"))

    def call(self, bed: str = "28") -> OpenCall:
        """The open call of that bed."""
        [call] = [call for call in self.wards.open("ward-a") if call.bed == bed]
        return call

    def step(self, call: OpenCall, by: By, *to: tuple[str, str], tree: str = "", index: int = 1) -> CallEscalated:
        """A step of its escalation, taken now."""
        self.clock.advance(0)
        found = next(held for held in self.wards._held.board if held.facts.id == call.id)
        from nursecall.calls import Telling

        self._serial += 1
        telling = Telling(tree, self._serial, index, 1, by, to)
        events = found.life.overdue(telling, self.clock.now())
        self.wards._held.happened(found, events)
        [step] = [event for event in events if isinstance(event, CallEscalated)]
        return step

    def carry(self, step: CallEscalated, carrier: Any = None) -> Deferred[None]:
        """Carry it out."""
        going: Deferred[None] = Deferred.fromCoroutine((carrier or self.phones).carry(step, "28床 呼叫"))
        return going

    def results(self, bed: str = "28") -> list[tuple[str, str, str | None]]:
        """Who, on which device, with which outcome: as the call knows it."""
        return [(one.who, one.device, one.outcome) for one in self.call(bed).told]

    def journal(self) -> list[Entry]:
        """What was written down."""
        with self.database.engine.begin() as connection:
            return list(entries(connection))

    def connect(self) -> None:
        """The bed answers."""
        terms = self.exchange.bridged[-1][2]

        async def answered() -> None:
            await terms.answered(self.clock.now())

        now(answered())

    def ended(self, answered: bool = True) -> Ended:
        """How a talk went."""
        at: datetime = self.clock.now()
        return Ended("answered", at, at) if answered else Ended("no-answer")
