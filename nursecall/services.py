"""Service requests: asked for at a station or by a call, told to those who see to them, told again when overdue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.i18n import Text, translate
from appliance.foundation.values import Language, new_id
from nursecall.board import printable
from nursecall.calls import OpenCall
from nursecall.cancelling import MayNotCancel
from nursecall.care_events import CareChanged, ServiceDone, ServiceEvent, ServiceRequested, ServiceTaken
from nursecall.care_store import Request, change
from nursecall.duties import people
from nursecall.events import CallEnded, CallRaised, CallRepeated
from nursecall.next_timer import NextTimer
from nursecall.plan import NurseCallPlan
from nursecall.plan_care import Service
from nursecall.ports import Duties
from nursecall.rounding import Keep

NOTE = 200
ATTEMPTS = 3


class Calls(Protocol):
    """The calls of the wards; `nursecall.ward.Wards`."""

    def open(self, ward: str | None = None) -> Sequence[OpenCall]: ...
    async def raise_service(self, ward: str, bed: str, call_type: str, text: str, by: str) -> str: ...
    async def acknowledge(self, call: str, by: str) -> bool: ...
    async def cancel(self, call: str, by: str) -> bool: ...


class Services:
    """Every request that is not done. plan: returns the one in force. One timer for all."""

    def __init__(
        self, plan: Callable[[], NurseCallPlan], duties: Duties, calls: Calls, keep: Keep, clock: Clock, bus: Bus
    ) -> None:
        self._plan, self._duties, self._calls = plan, duties, calls
        self._keep, self._clock, self._bus = keep, clock, bus
        self._open: dict[str, Request] = {}
        self._timer = NextTimer(clock, self._moments, self._ring)
        self._deaf = (
            bus.subscribe(CallRaised, self._raised),
            bus.subscribe(CallRepeated, self._repeated),
            bus.subscribe(CallEnded, self._ended),
        )

    def bring_back(self, requests: Iterable[Request]) -> None:
        """Those of the run before."""
        self._open = {one.id: one for one in requests} | self._open
        self._ring()

    def stop(self) -> None:
        """Nobody is told again."""
        for stop_hearing in self._deaf:
            stop_hearing()
        self._timer.stop()

    def open(self, ward: str) -> list[Request]:
        """What was asked for in that ward and is not done, the oldest first."""
        return sorted((one for one in self._open.values() if one.ward == ward), key=lambda one: one.raised_at)

    def find(self, request: str) -> Request | None:
        """That request, if it is not done."""
        return self._open.get(request)

    def offered(self, ward: str) -> list[Service]:
        """What may be asked for in that ward."""
        return [service for service in self._plan().services if service.in_ward(ward)]

    def overdue(self, one: Request) -> bool:
        """Whether it takes longer than the plan says, since it was asked for or taken."""
        service = self._plan().service(one.service)
        patience = timedelta(seconds=service.overdue) if service else timedelta.max
        return self._clock.now() - (one.taken_at or one.raised_at) >= patience

    async def ask(self, ward: str, bed: str, service: Service, note: str, by: str) -> None:
        """Somebody at a screen asks for it; by a call, where the plan says so. note: for those who are told."""
        note = printable(note, NOTE)
        if service.call_type is not None:
            await self._calls.raise_service(ward, bed, service.call_type, note, by)
        elif (there := self._asked(ward, bed, service.id)) is not None:
            self._noted(there, note)
        else:
            self._begin(ward, bed, service, note, "", by)

    async def take(self, request: str, by: str) -> bool:
        """`by` sees to it. False where it is done, or somebody has taken it."""
        one, now = self._open.get(request), self._clock.now()
        if one is None or one.taken_at is not None:
            return False
        new = self._due(replace(one, taken_at=now, taken_by=by), now)
        self._change(new, ServiceTaken(at=now, by=by, **_subject(one)))
        if one.call:
            await self._calls.acknowledge(one.call, by)
        return True

    async def done(self, request: str, by: str) -> bool:
        """It was done; its call, where the type of that allows it, is over too. False where it is done already."""
        one = self._open.get(request)
        if one is None:
            return False
        self._end(one, by)
        if one.call:
            # What may not be cancelled from afar waits for the button at the bed.
            with suppress(MayNotCancel):
                await self._calls.cancel(one.call, by)
        return True

    def text(self, event: ServiceRequested, language: Language) -> str:
        """What those who see to it are told: without the patient's name."""
        plan, one = self._plan(), self._open.get(event.request)
        ward, service = plan.ward(event.ward), plan.service(event.service)
        told = "{ward}, bed {bed}: {service}." if event.attempt == 1 else "{ward}, bed {bed}: {service}. Still waiting."
        words = translate(
            told, language, ward=_named(ward.name if ward else None, event.ward, language), bed=event.bed,
            service=_named(service.name if service else None, event.service, language),
        )  # fmt: skip
        return f"{words} {one.note}" if one is not None and one.note else words

    def _raised(self, call: CallRaised) -> None:
        service = next((one for one in self._plan().services if one.call_type == call.call_type), None)
        if service is not None and service.in_ward(call.ward):
            self._begin(call.ward, call.bed, service, self._note_of(call.ward, call.call), call.call, call.by)

    def _repeated(self, call: CallRepeated) -> None:
        there = next((one for one in self._open.values() if one.call == call.call), None)
        if there is not None:
            self._noted(there, self._note_of(call.ward, call.call), whole=True)

    def _ended(self, call: CallEnded) -> None:
        for one in [one for one in self._open.values() if one.call == call.call]:
            self._end(one, "")

    def _note_of(self, ward: str, call: str) -> str:
        return next((one.note for one in self._calls.open(ward) if one.id == call), "")

    def _asked(self, ward: str, bed: str, service: str) -> Request | None:
        same = (ward, bed, service)
        return next((one for one in self._open.values() if (one.ward, one.bed, one.service) == same), None)

    def _begin(self, ward: str, bed: str, service: Service, note: str, call: str, by: str) -> None:
        now = self._clock.now()
        one = self._due(Request(new_id(), ward, bed, service.id, note, call, now, by, None), now)
        self._change(one, self._told(one, by))

    def _noted(self, one: Request, note: str, *, whole: bool = False) -> None:
        if note and note not in one.note:
            said = note if whole else "; ".join(filter(None, (one.note, note)))
            self._change(replace(one, note=said[:NOTE]))

    def _end(self, one: Request, by: str) -> None:
        now = self._clock.now()
        waited = (now - one.raised_at).total_seconds()
        ended = replace(one, ended_at=now, ended_by=by, due_at=None)
        self._change(ended, ServiceDone(at=now, by=by, waited=waited, **_subject(one)))

    def _due(self, one: Request, since: datetime) -> Request:
        service = self._plan().service(one.service)
        again = service is not None and one.attempts < ATTEMPTS
        return replace(one, due_at=since + timedelta(seconds=service.overdue) if service and again else None)

    def _told(self, one: Request, by: str) -> ServiceRequested:
        service, now = self._plan().service(one.service), self._clock.now()
        whom = service.to if service else ()
        found = [person for to in whom for person in people(to, one.ward, one.bed, now, self._duties)]
        to = tuple(dict.fromkeys((person.name, person.mobile) for person in found if person.mobile))
        groups = service.groups() if service else ()
        return ServiceRequested(
            at=now, to=to, groups=groups, attempt=one.attempts, call=one.call, by=by, **_subject(one)
        )

    def _change(self, one: Request, *events: ServiceEvent) -> None:
        if one.id in self._open:
            one = replace(one, changes=one.changes + 1)
        if one.ended_at is None:
            self._open[one.id] = one
        else:
            self._open.pop(one.id, None)
        self._keep(change(one, *events))
        self._timer.set()
        self._bus.publish(CareChanged(at=self._clock.now(), ward=one.ward))

    def _moments(self) -> Iterator[datetime]:
        return (one.due_at for one in self._open.values() if one.due_at is not None)

    def _ring(self) -> None:
        now = self._clock.now()
        for one in [one for one in self._open.values() if one.due_at is not None and one.due_at <= now]:
            again = self._due(replace(one, attempts=one.attempts + 1), now)
            told = self._told(again, one.raised_by)
            self._change(again, *([told] if told.to or told.groups else []))
        self._timer.set()


def _subject(one: Request) -> dict[str, str]:
    return {"request": one.id, "ward": one.ward, "bed": one.bed, "service": one.service}


def _named(text: Text | None, identity: str, language: Language) -> str:
    return text[language] if text is not None else identity
