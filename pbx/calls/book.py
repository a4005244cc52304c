"""Writes down every call. A call never waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.aside import Aside
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from pbx.calls.events import (
    CallAnswered,
    CallBegan,
    CallDirected,
    CallEnded,
    CallStep,
    Direction,
    EmergencyDialled,
)
from pbx.calls.schema import telephone_calls
from pbx.reason import Reason

AT_ONCE = 500
"""Legs asked for in one question."""


@dataclass
class _Open:
    """A call under way."""

    answered_at: datetime | None = None


@dataclass(frozen=True)
class _Entry:
    event: Event
    begins: bool = False
    told: bool = False
    row: Mapping[str, Any] = field(default_factory=dict)


class CallBook:
    """`began`, `directed`, `step`, `answered`, `ended`: in this order, once each but for steps."""

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._open: dict[str, _Open] = {}
        self._aside = Aside(database, clock, _keep, self._tell, "writing down calls")
        self._bus = bus

    async def finish(self) -> None:
        """Write what is left."""
        await self._aside.finish()

    def _tell(self, entry: _Entry) -> None:
        if not entry.told:
            self._bus.publish(entry.event)

    async def written(self) -> None:
        """Wait until all that was said so far is on record."""
        await self._aside.written()

    def began(self, call: str, caller: str, leg: str, *, trunk: str = "", grown_from: str = "") -> None:
        """Somebody calls."""
        self._open[call] = _Open()
        event = CallBegan(at=self._clock.now(), call=call, caller=caller, leg=leg, trunk=trunk, grown_from=grown_from)
        row = {"caller": caller, "leg": leg, "trunk": trunk, "grown_from": grown_from, "began_at": event.at}
        self._aside.add(_Entry(event, begins=True, row=row))

    def emergency(self, call: str, extension: str, number: str, leg: str, at: datetime) -> None:
        """An extension called an emergency number, without us."""
        self._open[call] = _Open()
        began = CallBegan(at=at, call=call, caller=extension, leg=leg)
        row = {"caller": extension, "leg": leg, "trunk": "", "grown_from": "", "began_at": at}
        self._aside.add(_Entry(began, begins=True, row=row))
        self.alarm(call, extension, number, at)
        self.directed(call, "emergency", number)

    def alarm(self, call: str, extension: str, number: str, at: datetime) -> None:
        """That it did is told at once: people matter more than rows."""
        dialled = EmergencyDialled(at=at, call=call, extension=extension, number=number)
        self._bus.publish(dialled)
        self._aside.add(_Entry(dialled, told=True))

    def goes_on(self, call: str) -> None:
        """A call of a life before has not ended, or whoever says so tells its end."""
        self._open.setdefault(call, _Open())

    async def of_legs(self, legs: Sequence[str]) -> dict[str, tuple[str, bool]]:
        """The calls on record that these legs made, and whether they have ended, by leg."""
        c = telephone_calls.c

        def read(connection: sa.Connection) -> dict[str, tuple[str, bool]]:
            found: dict[str, tuple[str, bool]] = {}
            for first in range(0, len(legs), AT_ONCE):
                query = sa.select(c.leg, c.id, c.ended_at).where(c.leg.in_(legs[first : first + AT_ONCE]))
                found |= {row.leg: (row.id, row.ended_at is not None) for row in connection.execute(query)}
            return found

        await self.written()
        return await self._database.transact(read)

    def directed(self, call: str, direction: Direction, called: str) -> None:
        """It is known what they want. called: never a dialled string that may hold a PIN."""
        event = CallDirected(at=self._clock.now(), call=call, direction=direction, called=called)
        self._aside.add(_Entry(event, row={"direction": direction, "called": called}))

    def step(self, call: str, *reasons: Reason) -> None:
        """One step after the other of what was decided or tried, and why."""
        for reason in reasons:
            self._aside.add(_Entry(CallStep(at=self._clock.now(), call=call, reason=reason.kept())))

    def answered(self, call: str, by: str, at: datetime, *, trunk: str = "") -> None:
        """Both talk. trunk: over which a call goes out."""
        open_ = self._open.get(call)
        if open_ is not None and open_.answered_at is None:
            open_.answered_at = at
            row = {"answered_at": at, "answered_by": by, **({"trunk": trunk} if trunk else {})}
            self._aside.add(_Entry(CallAnswered(at=at, call=call, by=by), row=row))

    def ended(self, call: str, outcome: str, at: datetime | None = None) -> None:
        """It is over; a second time changes nothing. outcome: where it was not answered."""
        open_ = self._open.pop(call, None)
        if open_ is None:
            return
        over = at or self._clock.now()
        talked = (over - open_.answered_at).total_seconds() if open_.answered_at else 0.0
        outcome = "answered" if open_.answered_at else outcome
        event = CallEnded(at=over, call=call, outcome=outcome, talked_seconds=max(0.0, round(talked, 3)))
        self._aside.add(_Entry(event, row={"ended_at": over, "outcome": outcome}))

    def resumed(self, call: str, why: Reason, by: str, since: datetime) -> None:
        """A call of a life before goes on, also one that was thought to have ended. by: who answered it `since`, or "".

        Whoever has it tells its end.
        """
        self._open[call] = _Open(since if by else None)
        row: dict[str, Any] = {"ended_at": None, "outcome": ""}
        if by:
            row |= {"answered_at": sa.func.coalesce(telephone_calls.c.answered_at, since), "answered_by": by}
        self._aside.add(_Entry(CallStep(at=self._clock.now(), call=call, reason=why.kept()), row=row))

    async def take_up(self, before: datetime, end: Callable[[str, Callable[[datetime | None], None]], None]) -> None:
        """After a start: calls that began `before` and have not ended on record.

        end: is given a caller's leg, and what to tell when that is gone, which may be at once; None for no idea when.
        """
        for row in await self._database.transact(lambda connection: _still_open(connection, before)):
            if row.id in self._open:
                continue
            self._open[row.id] = _Open(row.answered_at)
            end(row.leg, partial(self._ended_unseen, row.id))

    def _ended_unseen(self, call: str, at: datetime | None) -> None:
        open_ = self._open.get(call)
        self.ended(call, "answered" if open_ and open_.answered_at else "lost", at)


def _keep(connection: sa.Connection, entries: Sequence[_Entry]) -> None:
    line = journal.head(connection).id
    journal.append(connection, *(entry.event for entry in entries))
    for number, entry in enumerate(entries, start=line + 1):
        call = getattr(entry.event, "call")  # noqa: B009 - every event of a call has one; their base does not say so
        if entry.begins:
            connection.execute(telephone_calls.insert().values(id=call, first_line=number, **entry.row))
        elif entry.row:
            connection.execute(telephone_calls.update().where(telephone_calls.c.id == call).values(**entry.row))


def _still_open(connection: sa.Connection, before: datetime) -> list[sa.Row[Any]]:
    c = telephone_calls.c
    query = sa.select(telephone_calls).where(c.ended_at.is_(None), c.began_at < before)
    return list(connection.execute(query))
