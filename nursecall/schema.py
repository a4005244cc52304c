"""Tables of the ward."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata


class TellingsOf(sa.types.TypeDecorator[Any]):
    """Who was told of a call: a sequence of records with a moment `at`, kept as JSON."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return [one | {"at": one["at"].isoformat()} for one in value or ()]

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return tuple(one | {"at": datetime.fromisoformat(one["at"])} for one in value or ())


nurse_calls = sa.Table(
    "nurse_calls",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("ward", sa.String(32), nullable=False),
    sa.Column("bed", sa.String(16), nullable=False),
    sa.Column("call_type", sa.String(32), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("line", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("presses", sa.Integer, nullable=False, default=1),
    sa.Column("escalations", sa.Integer, nullable=False, default=0),
    sa.Column("raised_at", Moment, nullable=False),
    sa.Column("acknowledged_at", Moment),
    sa.Column("acknowledged_by", sa.String(64)),
    sa.Column("ended_at", Moment),
    sa.Column("patient", sa.String(64)),
    sa.Column("care_grade", sa.Integer),
    sa.Column("changes", sa.Integer, nullable=False, default=1),
    sa.Column("step", sa.Integer, nullable=False, default=0),
    sa.Column("patience_from", Moment),
    sa.Column("acknowledged_on", sa.String(16)),
    sa.Column("attended_at", Moment),
    sa.Column("spoken_at", Moment),
    sa.Column("spoken_with", sa.String(64)),
    sa.Column("anew_at", Moment),
    sa.Column("heard_as", sa.String(32)),
    sa.Column("trouble", sa.Boolean, nullable=False, default=False),
    sa.Column("note", sa.String(200), nullable=False, default=""),
    sa.Column("told", TellingsOf, nullable=False, default=()),
    sa.Column("outcome", sa.String(16)),
    sa.Column("ended_by", sa.String(64)),
    sa.Index("ix_nurse_calls_open", "ended_at", "ward"),
    sa.Index("ix_nurse_calls_raised_at", "raised_at"),
)
"""One row a call. escalations: all it ever had; step: those since it last began to wait.

changes: how often the row was written; what was written once is not written again when the answer was lost.
patience_from: when it was raised, raised anew or last passed on; empty means raised_at. anew_at: when raised anew.
heard_as: the type the wire named, where a nurse who was present made it an emergency.
attended_at: when a nurse first was at the bed. spoken_at, spoken_with: speech since it last began to wait.
outcome: reset, cancelled, cleared (a trouble), continued. note: what a service request asks for; never journalled.
told: whom it was passed on to, and what became of that.
"""

bedsides = sa.Table(
    "bedsides",
    metadata,
    sa.Column("ward", sa.String(32), primary_key=True),
    sa.Column("bed", sa.String(16), primary_key=True),
    sa.Column("line", sa.String(32), nullable=False),
    sa.Column("present_since", Moment),
    sa.Column("fault_since", Moment),
    sa.Column("changes", sa.Integer, nullable=False, default=1),
)
"""Beds at which a nurse is, or was, present, and terminals that are, or were, in trouble. Empty: not now."""

_NUMBERED = sa.BigInteger().with_variant(sa.Integer, "sqlite")

patients = sa.Table(
    "patients",
    metadata,
    sa.Column("key", sa.String(72), primary_key=True),
    sa.Column("ward", sa.String(32), nullable=False),
    sa.Column("bed", sa.String(16)),
    sa.Column("said_bed", sa.String(16), nullable=False, default=""),
    sa.Column("number", sa.String(32), nullable=False),
    sa.Column("visit", sa.String(64), nullable=False, default=""),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("sex", sa.String(1), nullable=False, default=""),
    sa.Column("born", sa.Date),
    sa.Column("care_grade", sa.Integer, nullable=False),
    sa.Column("admitted_on", sa.Date),
    sa.Column("note", sa.String(200), nullable=False, default=""),
    sa.Column("away", sa.Boolean, nullable=False, default=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("source", sa.String(32), nullable=False, default=""),
    sa.Index("ix_patients_bed", "ward", "bed", unique=True),
    sa.Index("ix_patients_number", "number"),
)
"""Who lies where: made anew from `patient_words` and `patient_stays` with each change.

bed: empty for who has none; said_bed: where they were put last. care_grade: 0 特级, 1 一级, 2 二级, 3 三级.
"""

patient_words = sa.Table(
    "patient_words",
    metadata,
    sa.Column("id", _NUMBERED, primary_key=True),
    sa.Column("key", sa.String(72), nullable=False),
    sa.Column("event", sa.String(8), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("sent", Moment, nullable=False),
    sa.Column("ward", sa.String(32)),
    sa.Column("bed", sa.String(16)),
    sa.Column("before_ward", sa.String(32)),
    sa.Column("before_bed", sa.String(16)),
    sa.Column("over", sa.Boolean, nullable=False, default=False),
    sa.Column("facts", sa.Text, nullable=False, default="{}"),
    sa.Index("ix_patient_words_key", "key"),
)
"""All that was said of a visit, one row a message; see nursecall.occupancy. ward: empty text for one not ours."""

patient_stays = sa.Table(
    "patient_stays",
    metadata,
    sa.Column("key", sa.String(72), primary_key=True),
    sa.Column("rank", _NUMBERED, primary_key=True, autoincrement=False),
    sa.Column("ward", sa.String(32), nullable=False),
    sa.Column("bed", sa.String(16), nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Index("ix_patient_stays_bed", "ward", "bed"),
)
"""Who was put into which bed when. The last one of a bed owns it, while open. key: empty for a bed that was emptied."""

patient_merges = sa.Table(
    "patient_merges",
    metadata,
    sa.Column("prior", sa.String(32), primary_key=True),
    sa.Column("surviving", sa.String(32), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("facts", sa.Text, nullable=False, default="{}"),
)
"""Patient numbers that were found to be of one person."""

adt_messages = sa.Table(
    "adt_messages",
    metadata,
    sa.Column("id", _NUMBERED, primary_key=True),
    sa.Column("feed", sa.String(32), nullable=False),
    sa.Column("sender", sa.String(128), nullable=False),
    sa.Column("control", sa.String(200), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("event", sa.String(8), nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("code", sa.String(2), nullable=False),
    sa.Column("said", sa.Text, nullable=False, default="[]"),
    sa.Index("ix_adt_messages_control", "feed", "sender", "control"),
    sa.Index("ix_adt_messages_received_at", "received_at"),
)
"""Received HL7 messages, without what they say of patients. code: AA, AR. control: MSH-10; sender: MSH-3 and MSH-4."""

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("ward", sa.String(32), nullable=False),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("mobile", sa.String(16), nullable=False, default=""),
    sa.Column("extension", sa.String(6), nullable=False, default=""),
    sa.Column("login", sa.String(32), nullable=False, default=""),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    sa.Index("ix_staff_ward", "ward"),
)
"""Who works in the hospital. id: the number it knows them by. login: of the panel, empty for none."""

duties = sa.Table(
    "duties",
    metadata,
    sa.Column("ward", sa.String(32), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("shift", sa.String(32), primary_key=True),
    sa.Column("staff", sa.String(32), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("beds", sa.String(200), nullable=False, default=""),
    sa.Index("ix_duties_day", "day"),
)
"""Who works in which shift of which day. place: the order in which they are told. beds: labels and ranges."""

covers = sa.Table(
    "covers",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("ward", sa.String(32), nullable=False),
    sa.Column("staff", sa.String(32), nullable=False),
    sa.Column("start", Moment, nullable=False),
    sa.Column("end", Moment, nullable=False),
    sa.Index("ix_covers_end", "end"),
)
"""Who of another ward helps out in `ward`, from when until when."""

rounds = sa.Table(
    "rounds",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("ward", sa.String(32), nullable=False),
    sa.Column("bed", sa.String(16), nullable=False),
    sa.Column("patient", sa.String(32), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("how", sa.String(16), nullable=False),
    sa.Column("by", sa.String(64), nullable=False, default=""),
    sa.Column("changes", sa.Integer, nullable=False, default=1),
    sa.Index("ix_rounds_at", "at"),
)
"""One row each time somebody looked in (how: presence, tap), and when rounds at the bed began or ended.

patient: the number. minutes: how often somebody has to look in from then on.
"""

reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("ward", sa.String(32), nullable=False),
    sa.Column("bed", sa.String(16), nullable=False),
    sa.Column("patient", sa.String(32), nullable=False, default=""),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("text", sa.String(60), nullable=False, default=""),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("every", sa.Integer),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("made_by", sa.String(64), nullable=False),
    sa.Column("done_at", Moment),
    sa.Column("done_by", sa.String(64)),
    sa.Column("ended_at", Moment),
    sa.Column("changes", sa.Integer, nullable=False, default=1),
    sa.Index("ix_reminders_ended_at", "ended_at"),
)
"""What is to be done at a bed at a time. patient: it goes with them; empty: it is of the bed. every: minutes."""

requests = sa.Table(
    "service_requests",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("ward", sa.String(32), nullable=False),
    sa.Column("bed", sa.String(16), nullable=False),
    sa.Column("service", sa.String(32), nullable=False),
    sa.Column("note", sa.String(200), nullable=False, default=""),
    sa.Column("call", sa.String(32), nullable=False, default=""),
    sa.Column("raised_at", Moment, nullable=False),
    sa.Column("raised_by", sa.String(64), nullable=False, default=""),
    sa.Column("due_at", Moment),
    sa.Column("attempts", sa.Integer, nullable=False, default=1),
    sa.Column("taken_at", Moment),
    sa.Column("taken_by", sa.String(64)),
    sa.Column("ended_at", Moment),
    sa.Column("ended_by", sa.String(64)),
    sa.Column("changes", sa.Integer, nullable=False, default=1),
    sa.Index("ix_service_requests_ended_at", "ended_at"),
    sa.Index("ix_service_requests_raised_at", "raised_at"),
)
"""Water, a wheelchair, a porter. call: the nurse call it came with, empty for none. due_at: when it is told again."""

ward_notes = sa.Table(
    "ward_notes",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("ward", sa.String(32), nullable=False),
    sa.Column("bed", sa.String(16), nullable=False, default=""),
    sa.Column("text", sa.String(300), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Index("ix_ward_notes_at", "ward", "at"),
)
"""What nurses write down for the next shift. bed: empty for the whole ward."""

handovers = sa.Table(
    "handovers",
    metadata,
    sa.Column("ward", sa.String(32), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("shift", sa.String(32), primary_key=True),
    sa.Column("by", sa.String(64), primary_key=True),
    sa.Column("at", Moment, nullable=False),
)
"""Who has read the hand-over of a shift and taken the ward over."""
