"""Takes the messages of one feed: each is answered when it is on record with all that follows from it, or refused."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from appliance.foundation.values import new_id
from nursecall.adt import CIRCLE, Heard, Reader, Refused
from nursecall.adt_messages import keep, known, received
from nursecall.beds import settle
from nursecall.occupancy import Visit, order, tell
from nursecall.patient_events import AdtWithoutEffect, PatientLostBed, PatientsMerged
from nursecall.patient_words import empty_bed, merge, note, words_of
from nursecall.patients import Patients
from nursecall.plan import NurseCallPlan
from nursecall.plan_adt import AdtFeed
from nursecall.wire import hl7
from nursecall.wire.hl7 import Message
from nursecall.wire.hl7_answer import Answer, acknowledge
from nursecall.wire.hl7_sentence import sentence

LATER = "The records cannot be written just now; send it again."
OUR_FAULT = "The message cannot be worked on here; hospital IT finds more in the log."
OLDER = "Older than what is known of this visit; nothing was changed."
OVER = "The visit is over; nothing was changed."
NOT_OURS = "The ward is none of ours; nothing was changed."
NOTHING_NEW = "Nothing new; nothing was changed."
LOST = "A bed was taken from another visit, which has none now."


class Desk:
    """One feed's messages in, answers out."""

    log = Logger()

    def __init__(
        self,
        feed: AdtFeed,
        plan: NurseCallPlan,
        zone: ZoneInfo,
        patients: Patients,
        database: Transactions,
        clock: Clock,
    ) -> None:
        self._feed, self._zone = feed, zone
        self._reader = Reader(feed, plan, zone)
        self._patients, self._database, self._clock = patients, database, clock

    async def take(self, data: bytes) -> tuple[Answer, bytes]:
        """What is answered to a message, and how that goes over the wire. Raises nothing that a message could cause."""
        message: Message | None = None
        try:
            message = hl7.read(data, self._feed.encoding)
            heard = self._reader.read(message, self._clock.now())
            answer = await self._write(message, data, heard)
        except (hl7.Unreadable, Refused) as why:
            return await self.refuse(data, Answer("AR", (why.sentence,), why.where, why.code), message)
        except Exception as why:
            # Our own mistake. Sent again it would be made again, and hold up all that comes after it.
            self.log.error(
                "feed {feed}: {kind} at {place}", feed=self._feed.id, kind=type(why).__name__, place=_at(why)
            )
            return await self.refuse(data, Answer("AR", (sentence(OUR_FAULT),)), message)
        return self._answered(message, answer)

    async def _write(self, message: Message, data: bytes, heard: Heard) -> Answer:
        try:
            return await self._patients.change(lambda connection: self._apply(connection, message, data, heard))
        except (Refused, CancelledError):
            raise
        except Exception as why:
            # Not the exception itself: what a database says of a row may hold all of the row.
            kind = type(getattr(why, "orig", why)).__name__
            self.log.error("feed {feed}: a message could not be written down: {kind}", feed=self._feed.id, kind=kind)
            return Answer("AE", (sentence(LATER),))

    async def refuse(self, data: bytes, answer: Answer, message: Message | None = None) -> tuple[Answer, bytes]:
        """The answer to what can never be taken, kept where people look for it."""
        message = message or hl7.header(data)
        this = received(self._feed.id, message, data, self._clock.now(), answer)
        try:
            await self._database.transact(lambda connection: keep(connection, this))
        except Exception as why:
            kind = type(getattr(why, "orig", why)).__name__
            self.log.error("feed {feed}: a refusal could not be written down: {kind}", feed=self._feed.id, kind=kind)
        return self._answered(message, answer)

    def _answered(self, message: Message, answer: Answer) -> tuple[Answer, bytes]:
        # The sentences name fields, wards and beds, never a patient.
        self.log.info(
            "feed {feed}: {event} {control}: {code} {text}",
            feed=self._feed.id, event=message.event, control=message.control, code=answer.code, text=answer.text,
        )  # fmt: skip
        at = self._clock.now().astimezone(self._zone)
        return answer, acknowledge(message, answer, new_id()[:20], at)

    def _apply(
        self, connection: sa.Connection, message: Message, data: bytes, heard: Heard
    ) -> tuple[Sequence[Event], Answer]:
        now = self._clock.now()
        before = known(connection, received(self._feed.id, message, data, now, Answer("AA")))
        if before is not None:
            return (), before
        events, text = self._change(connection, heard, now)
        if text:
            visit = heard.said[0].visit if heard.said else ""
            events.append(
                AdtWithoutEffect(
                    at=now, feed=self._feed.id, control=message.control, event=heard.event, visit=visit, why=text
                )
            )
        lost = [LOST] if any(isinstance(event, PatientLostBed) for event in events) else []
        answer = Answer("AA", (*heard.remarks, *(sentence(one) for one in (*lost, text) if one)))
        keep(connection, received(self._feed.id, message, data, now, answer))
        return events, answer

    def _change(self, connection: sa.Connection, heard: Heard, now: datetime) -> tuple[list[Event], str]:
        """What happened; and, where nothing did, why not."""
        events: list[Event] = []
        if heard.merger is not None:
            try:
                keys = merge(connection, heard.merger.prior, heard.merger.surviving, heard.at, heard.merger.facts)
            except ValueError as why:
                raise Refused(CIRCLE, "MRG-1", 205) from why
            events.append(PatientsMerged(at=now, prior=heard.merger.prior, surviving=heard.merger.surviving))
        else:
            keys = note(connection, heard.said)
        emptied = [heard.emptied] if heard.emptied else []
        for place in emptied:
            empty_bed(connection, place, heard.at)
        changes = settle(
            connection, keys, emptied=emptied, source=self._feed.id, at=now, default_grade=self._feed.default_grade
        )
        events += [event for change in changes for event in change.events(now)]
        return events, "" if changes or heard.merger else _why_nothing(connection, heard, keys)


def _at(why: Exception) -> str:
    """Where it happened; what it says may name a patient."""
    frame = traceback.extract_tb(why.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _why_nothing(connection: sa.Connection, heard: Heard, keys: Collection[str]) -> str:
    for said in words_of(connection, keys).values():
        visit: Visit = tell(said)
        newest, latest = max(said, key=order), max(said, key=lambda one: one.rank)
        if newest is not latest:
            return OLDER
        if visit.ended and heard.event != "A03":
            return OVER
        if visit.here and not visit.place.ward:
            return NOT_OURS
    return NOTHING_NEW
