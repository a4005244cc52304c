"""A flow tried without a telephone: the same engine, a caller whose keys are clicked, answers that are chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from twisted.internet.defer import Deferred

from appliance.foundation.values import Ended, HungUp, Language
from pbx.causes import Cause
from pbx.ivr.desks import Numbers
from pbx.ivr.engine import Menus
from pbx.ivr.nodes import Database, Http
from pbx.ivr.plan import Flows
from pbx.ivr.ports import Caller, Failed, Service
from pbx.ivr.run import Around
from pbx.plan_schedules import Schedule
from pbx.schedules import Kind, Position


@dataclass(frozen=True)
class Line:
    """What happened. what: said, step, left. node: where; text: the words, or the kind of step; sound: a recording."""

    what: str
    flow: str
    node: str
    text: str
    detail: str = ""
    language: Language = "zh"
    sound: str = ""


@dataclass
class Waiting:
    """What the trial waits for: a key, or one of `options`. fields: variables that an answer would fill."""

    what: str
    about: str = ""
    options: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    answer: Deferred[tuple[str, Mapping[str, str]]] = field(default_factory=Deferred)


class Trial:
    """One caller. `lines` grows as they go; `waiting` says what they may do next, None when it is over."""

    def __init__(
        self,
        flows: Flows,
        schedules: Mapping[str, Schedule],
        flow: str,
        *,
        at: datetime,
        zone: ZoneInfo,
        kind: Kind,
        desks: Numbers,
        extension: str = "8001",
        positions: Mapping[str, Position] | None = None,
    ) -> None:
        self.call, self.extension, self.channel = "trial", extension, ""
        self.lines: list[Line] = []
        self.waiting: Waiting | None = None
        self._at, self._place = at, (flow, "")
        self._desks, self._gone = desks, False
        around = Around(
            prompts=self, sounds=Path("/nonexistent"), chime=lambda: None, beep=lambda: None, desks=self, lookups=self,
            services=_Services(self), queues=_Queues(self), faxes=_Faxes(self),
            messages=self, steps=self, clock=self, zone=zone, kind=kind,
            position=lambda schedule: (positions or {}).get(schedule, ""),
        )  # fmt: skip
        self._menus, self._flow = Menus(flows, schedules, around), flow

    def begin(self) -> None:
        """Call."""
        Deferred.fromCoroutine(self._menus.run(self, self._flow))

    def reply(self, what: str, values: Mapping[str, str] | None = None) -> None:
        """Press a key, "" for letting the time run out, `hang-up`; or choose one of the options, with values."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.answer.callback((what, values or {}))

    def now(self) -> datetime:
        return self._at

    # --- the caller

    async def answer(self) -> None:
        """Nothing to be done."""

    async def play(self, sounds: Sequence[Path], *, barge_in: bool = False) -> None:
        if self._gone:
            raise HungUp

    async def key(self, sounds: Sequence[Path], timeout: timedelta, *, barge_in: bool = True) -> str:
        key, _ = await self._asked(Waiting("key"))
        self._at += timedelta(seconds=2) if key else timeout
        return key

    async def collect(
        self, sounds: Sequence[Path], digits: int | None, timeout: timedelta, *, also_ends: str = ""
    ) -> str:
        return ""

    async def record(
        self, name: str, longest: timedelta, *, silence: timedelta | None = None, beep: Path | None = None
    ) -> float:
        chosen, _ = await self._asked(Waiting("choice", "record", ("speaks", "silent")))
        return 10.0 if chosen == "speaks" else 0.0

    async def hang_up(self, cause: int = Cause.NORMAL) -> None:
        self._gone = True

    # --- what the flow reaches

    async def prompt(self, text: str, language: Language) -> Path | None:
        return None

    def has(self, number: str) -> bool:
        return self._desks.has(number)

    def begins(self, keyed: str) -> bool:
        return self._desks.begins(keyed)

    async def ring(self, caller: Caller, number: str, ring: timedelta) -> Ended:
        chosen, _ = await self._asked(Waiting("choice", number, ("answered", "busy", "no-answer")))
        return Ended(chosen)

    async def outside(self, caller: Caller, number: str, ring: timedelta) -> Ended:
        return await self.ring(caller, number, ring)

    async def http(self, node: Http, variables: Mapping[str, str]) -> Mapping[str, str] | None:
        return await self._looked_up(node)

    async def database(self, node: Database, variables: Mapping[str, str]) -> Mapping[str, str] | None:
        return await self._looked_up(node)

    async def _looked_up(self, node: Http | Database) -> Mapping[str, str] | None:
        chosen, values = await self._asked(
            Waiting("choice", node.kind, ("found", "none", "failed"), tuple(node.fields))
        )  # fmt: skip
        if chosen == "failed":
            raise Failed("chosen in the trial")
        return {name: values.get(name, "") for name in node.fields} if chosen == "found" else None

    async def serve(self, name: str) -> bool:
        """What a service or a queue comes to."""
        chosen, _ = await self._asked(Waiting("choice", name, ("done", "failed")))
        return chosen == "done"

    def place(self, call: str) -> str:
        return "message"

    def file(self, name: str) -> Path:
        return Path("message.wav")

    async def keep(
        self, name: str, *, call: str, caller: str, flow: str, node: str, seconds: float, tell: Sequence[str]
    ) -> None:
        """Nothing is kept."""

    def drop(self, name: str) -> None:
        """Nothing was kept."""

    # --- what is told

    def entered(self, call: str, caller: str, flow: str, channel: str = "") -> None:
        """It is the first step that shows."""

    def at(self, call: str, flow: str, node: str, language: Language, variables: Mapping[str, str]) -> None:
        """Nothing outlasts a trial."""

    def step(self, call: str, flow: str, node: str, kind: str, what: str, detail: str = "") -> None:
        self._place = (flow, node)
        self.lines.append(Line("step", flow, node, what, detail))

    def said(self, call: str, text: str, language: Language, sound: str = "") -> None:
        self.lines.append(Line("said", *self._place, text, language=language, sound=sound))

    def left(self, call: str, flow: str, node: str, why: str) -> None:
        self.lines.append(Line("left", flow, node, why))

    async def _asked(self, waiting: Waiting) -> tuple[str, Mapping[str, str]]:
        if self._gone:
            raise HungUp
        self.waiting = waiting
        chosen, values = await waiting.answer
        if chosen == "hang-up":
            self._gone = True
            raise HungUp
        return chosen, values


class _Services(Mapping[str, Service]):
    """Every service is there, and comes to what is chosen."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial

    def __getitem__(self, name: str) -> Service:
        async def serve(caller: Caller, language: Language) -> bool:
            return await self._trial.serve(name)

        return serve

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Queues:
    """Every queue is there, too."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial

    def has(self, queue: str) -> bool:
        return True

    async def wait(self, caller: Caller, queue: str, language: Language) -> bool:
        return await self._trial.serve(queue)


class _Faxes:
    """Every document is there."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial

    async def has(self, document: str) -> bool:
        return True

    async def now(self, caller: Caller, document: str, menu: str) -> None:
        """Faxed; the call is over."""

    async def call_back(self, caller: Caller, document: str, number: str, by: str, menu: str) -> bool:
        return await self._trial.serve("fax")
