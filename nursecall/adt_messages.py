"""Which HL7 messages came, and what was answered: so that none counts twice, and for people to look at."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from nursecall.schema import adt_messages, patient_stays, patient_words, patients
from nursecall.wire.hl7 import Message
from nursecall.wire.hl7_answer import Answer, Code
from nursecall.wire.hl7_sentence import Sentence, sentence


@dataclass(frozen=True)
class Received:
    """One message and its answer. control: MSH-10; sender: MSH-3 and MSH-4. It holds nothing that names a patient."""

    feed: str
    sender: str
    control: str
    digest: str
    event: str
    received_at: datetime
    code: Code
    said: tuple[Sentence, ...]


def received(feed: str, message: Message, data: bytes, at: datetime, answer: Answer) -> Received:
    """How a message is kept.

    digest: of all but its MSH. A system that begins to count anew, after it was set up again, gives an old MSH-10 to a
    new message: that one is not the same.
    """
    body = re.split(rb"[\r\n]+", data.strip(b"\r\n"), maxsplit=1)[1:]
    digest = hashlib.sha256(b"\r".join([message.event.encode(), *body])).hexdigest()
    sender, control = "|".join(message.sender)[:128], message.control[:200]
    event = message.event[:8]
    return Received(feed, sender, control, digest, event, at, answer.code, answer.said)


def known(connection: sa.Connection, this: Received) -> Answer | None:
    """What was answered when the same message came before and was taken."""
    query = sa.select(adt_messages.c.said).where(_same(this), adt_messages.c.code == "AA")
    query = query.where(adt_messages.c.digest == this.digest)
    before = connection.execute(query).first()
    return None if before is None else Answer("AA", _said(before.said))


def keep(connection: sa.Connection, this: Received) -> None:
    """Write it down; one that was refused before is written once."""
    connection.execute(adt_messages.delete().where(_same(this), adt_messages.c.code != "AA"))
    row = {of.name: getattr(this, of.name) for of in fields(this)}
    said = json.dumps([[one.message, dict(one.facts)] for one in this.said], ensure_ascii=False)
    connection.execute(adt_messages.insert().values(row | {"said": said}))


def forget(connection: sa.Connection, before: datetime) -> None:
    """Let go of messages that came before that time, and of what was said of those who had left by then."""
    connection.execute(adt_messages.delete().where(adt_messages.c.received_at < before))
    last = sa.func.max(patient_words.c.at)
    old = sa.select(patient_words.c.key).group_by(patient_words.c.key).having(last < before)
    gone = old.where(patient_words.c.key.not_in(sa.select(patients.c.key)))
    later = patient_stays.alias()
    waits = sa.exists().where(later.c.ward == patient_stays.c.ward, later.c.bed == patient_stays.c.bed, later.c.open)
    # Who was put out of a bed does not get it back because the one who came after is forgotten.
    connection.execute(patient_stays.delete().where(patient_stays.c.key.in_(gone), ~waits))
    connection.execute(patient_words.delete().where(patient_words.c.key.in_(gone)))


async def recent(database: Transactions, limit: int = 50) -> list[Received]:
    """The messages that came last, the newest first."""
    query = sa.select(*(adt_messages.c[of.name] for of in fields(Received)))
    query = query.order_by(adt_messages.c.id.desc()).limit(limit)

    def read(connection: sa.Connection) -> list[Received]:
        return [Received(**dict(row._mapping) | {"said": _said(row.said)}) for row in connection.execute(query)]

    return await database.transact(read)


def _said(text: str) -> tuple[Sentence, ...]:
    return tuple(sentence(message, **facts) for message, facts in json.loads(text))


def _same(this: Received) -> sa.ColumnElement[bool]:
    columns = adt_messages.c
    return sa.and_(columns.feed == this.feed, columns.sender == this.sender, columns.control == this.control)
