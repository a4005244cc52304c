"""One text to many: previewed, accepted as a whole, watched person by person, tried again where it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions, serialise
from appliance.foundation.journal import Event
from pbx.events import BroadcastMade, MessagesRetried
from pbx.schema import broadcasts, message_parts, messages
from pbx.sms.letters import dialable, parts_of
from pbx.sms.outbox import Outbox
from pbx.sms.people import NAME_FIELD, Person, addressed
from pbx.sms.post import publish
from pbx.sms.store import FAILED, WAITING, accept
from pbx.sms.trouble import Unsendable
from pbx.sms.userdata import Alphabet, alphabet_for

ABOUT = "broadcast:"
"""How the `about` of its messages begins; the broadcast's id follows."""


@dataclass(frozen=True)
class Preview:
    """What would be sent. text: as the first gets it. parts: of the longest. total: over all people. plain: GSM-7."""

    text: str
    people: int
    parts: int
    total: int
    plain: bool


@dataclass(frozen=True)
class BroadcastRow:
    """A broadcast, and how many of its messages are in which state."""

    id: str
    text: str
    made_by: str
    made_at: datetime
    people: int
    states: dict[str, int]


def preview(text: str, people: Sequence[Person]) -> Preview:
    """Raises Unsendable for what cannot be sent to somebody."""
    if not people:
        raise Unsendable("Choose somebody to write to.")
    texts = [addressed(text, _named(text, person)) for person in people]
    parts = [len(parts_of(one)) for one in texts]
    plain = all(alphabet_for(one) is Alphabet.GSM7 for one in texts)
    return Preview(texts[0], len(people), max(parts), sum(parts), plain)


def _named(text: str, person: Person) -> Person:
    dialable(person.mobile)
    if NAME_FIELD in text and not person.name:
        raise Unsendable("The text has {field}, but {mobile} has no name.", field=NAME_FIELD, mobile=person.mobile)
    return person


class Broadcasts:
    """Writes to many through the outbox."""

    def __init__(self, database: Transactions, outbox: Outbox, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._bus = bus

    async def make(self, identity: str, text: str, people: Sequence[Person], by: str) -> bool:
        """Accept it for everybody, or for nobody; it is on disk when this returns. Raises Unsendable.

        identity: a fresh id. False when a broadcast has it already: a form that is sent twice writes once.
        """
        preview(text, people)
        now = self._clock.now()
        letters = [
            replace(
                self._outbox.letter(person.mobile, addressed(text, person), ABOUT + identity),
                bulk=True,
                name=person.name,
            )
            for person in people
        ]
        made = BroadcastMade(at=now, broadcast=identity, people=len(people), by=by)
        row = {"id": identity, "text": text, "made_by": by, "made_at": now}

        def write(connection: sa.Connection) -> list[Event]:
            serialise(connection, "broadcasts")
            known = sa.select(broadcasts.c.id).where(broadcasts.c.id == identity)
            if connection.execute(known).first() is not None:
                return []
            connection.execute(broadcasts.insert().values(row))
            journal.append(connection, made)
            return [made, *accept(connection, letters, now)]

        events = await self._database.transact(write)
        publish(self._bus, events)
        self._outbox.look()
        return bool(events)

    async def again(self, broadcast: str, by: str) -> int:
        """Try again what failed; how many that is."""
        now = self._clock.now()
        failed = sa.select(messages.c.id).where(messages.c.about == ABOUT + broadcast, messages.c.state == FAILED)
        fresh = {"state": WAITING, "accepted_at": now, "next_try_at": now, "sent_at": None, "gateway": "", "tried": ""}

        def write(connection: sa.Connection) -> list[Event]:
            ids = list(connection.execute(failed).scalars())
            if not ids:
                return []
            connection.execute(message_parts.delete().where(message_parts.c.message.in_(ids)))
            connection.execute(messages.update().where(messages.c.id.in_(ids)).values(**fresh, tries=0, why=""))
            event = MessagesRetried(at=now, broadcast=broadcast, people=len(ids), by=by)
            journal.append(connection, event)
            return [event]

        events = await self._database.transact(write)
        publish(self._bus, events)
        self._outbox.look()
        return sum(event.people for event in events if isinstance(event, MessagesRetried))
