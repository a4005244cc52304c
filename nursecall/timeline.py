"""All that befell one call, from the journal, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json import loads
from typing import Any

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.i18n import translate
from appliance.foundation.journal import journal
from appliance.foundation.values import Language
from nursecall.views import PastCall

MARGIN = timedelta(hours=1)
"""So much out of order the journal may be: what was told while it could not be written comes late."""

WAYS = {
    "station": "by station screen", "sms": "by SMS", "desk": "by desk phone", "mobile": "by telephone",
    "pager": "by pager", "ward": "by the screen of another ward", "supervisor": "by the supervisor's telephone",
    "speaker": "by loudspeaker", "mail": "by mail",
}  # fmt: skip
RESULTS = {
    "delivered": "was told", "accepted": "will come", "declined": "declined", "failed": "could not be told",
    "no-answer": "no answer",
}  # fmt: skip

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Happening:
    """One thing that befell a call. kind: the event's name; message: a message id, filled by `facts`.

    words: facts that are message ids themselves.
    """

    at: datetime
    kind: str
    message: str
    facts: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, str], ...] = ()

    def text(self, language: Language) -> str:
        """As a sentence."""
        said = {name: translate(word, language) for name, word in self.words}
        return translate(self.message, language, **dict(self.facts), **said)


async def timeline(database: Transactions, call: PastCall, names: Mapping[str, str] | None = None) -> list[Happening]:
    """What befell `call`, in order. names: ward → what people call it, where a step went to a ward or its desk."""
    since, until = call.raised_at - MARGIN, None if call.ended_at is None else call.ended_at + MARGIN

    def read(connection: sa.Connection) -> list[Happening]:
        first = _first_after(connection, since)
        kinds = [f"nursecall.{name}" for name in _SAID]
        query = sa.select(journal.c.at, journal.c.kind, journal.c.body)
        query = query.where(journal.c.id >= first, journal.c.kind.in_(kinds))
        # Nothing in the journal is sought by call: the stretch of its life is read, a few thousand lines.
        query = query.where(journal.c.body.contains(f'"call":"{call.id}"', autoescape=True))
        if until is not None:
            query = query.where(journal.c.id < _first_after(connection, until))
        rows = connection.execute(query.order_by(journal.c.id)).all()
        return [_happening(row.at, row.kind.partition(".")[2], _in_words(loads(row.body), names or {})) for row in rows]

    return sorted(await database.transact(read), key=lambda one: one.at)


def _first_after(connection: sa.Connection, at: datetime) -> int:
    """The number of the first line at or after `at`, by halving: lines are as good as in order of time."""
    wanted = at.astimezone(UTC).isoformat()
    low, high = 1, (connection.execute(sa.select(sa.func.max(journal.c.id))).scalar() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(sa.select(journal.c.at).where(journal.c.id == middle)).scalar()
        if found is None or found < wanted:
            low = middle + 1
        else:
            high = middle
    return low


def _in_words(body: Body, names: Mapping[str, str]) -> Body:
    """Wards by name in who was told, and where."""

    def named(*told: str) -> list[str]:
        return [names.get(one, one) for one in told]

    if isinstance(body.get("to"), list):
        body = {**body, "to": [named(*told) for told in body["to"]]}
    if "who" in body and "device" in body:
        body = {**body, **dict(zip(("who", "device"), named(body["who"], body["device"]), strict=True))}
    return body


def _happening(at: str, kind: str, body: Body) -> Happening:
    return _SAID[kind](datetime.fromisoformat(at), kind, body)


def _plainly(message: str) -> Callable[[datetime, str, Body], Happening]:
    return lambda at, kind, _body: Happening(at, kind, message)


def _filled(message: str, *names: str) -> Callable[[datetime, str, Body], Happening]:
    def said(at: datetime, kind: str, body: Body) -> Happening:
        return Happening(at, kind, message, tuple((name, str(body[name])) for name in names))

    return said


def _raised(at: datetime, kind: str, body: Body) -> Happening:
    if body.get("by"):
        return Happening(at, kind, "{by} made the call at a screen.", (("by", body["by"]),))
    if body.get("heard_as") == "*":
        return Happening(at, kind, "A terminal or a line is in trouble.")
    heard = body.get("heard_as")
    return Happening(at, kind, "Pressed while a nurse was at the bed: an emergency." if heard else "Pressed.")


def _device(message: str, without: str) -> Callable[[datetime, str, Body], Happening]:
    def said(at: datetime, kind: str, body: Body) -> Happening:
        by, device = (("by", body["by"]),), body.get("device", "")
        if not device:
            return Happening(at, kind, without, by)
        return Happening(at, kind, message, by, (("device", device),))

    return said


def _passed_on(at: datetime, kind: str, body: Body) -> Happening:
    way = ("way", _word(WAYS, body["by"]))
    people = ", ".join(_who(who, device) for who, device in body["to"])
    if not people:
        return Happening(at, kind, "Passed on {way}, but nobody was to be found.", (), (way,))
    return Happening(at, kind, "Passed on {way} to {people}.", (("people", people),), (way,))


def _result(at: datetime, kind: str, body: Body) -> Happening:
    words = (("way", _word(WAYS, body["by"])), ("outcome", _word(RESULTS, body["outcome"])))
    who = _who(body["who"], body["device"])
    return Happening(at, kind, "{who}, {way}: {outcome}.", (("who", who),), words)


def _word(words: Mapping[str, str], key: str) -> str:
    return words.get(key, key)


def _who(who: str, device: str) -> str:
    return f"{who} ({device})" if who and device and who != device else who or device


_SAID: dict[str, Callable[[datetime, str, Body], Happening]] = {
    "CallRaised": _raised,
    "BedUnknown": _plainly("The bed is not in the plan."),
    "CallRepeated": _filled("Pressed again: {presses} times now.", "presses"),
    "CallUpgraded": _plainly("Pressed while a nurse was at the bed: an emergency from now on."),
    "CallAcknowledged": _device("{by} took it at: {device}.", "{by} took it."),
    "CallAttended": _plainly("A nurse is at the bed."),
    "CallLeft": _plainly("The nurse left without a reset: the call waits again."),
    "CallTalkBegan": _device("{by} speaks with the patient from: {device}.", "{by} speaks with the patient."),
    "CallTalkEnded": _filled("{by} has spoken with the patient.", "by"),
    "CallEscalated": _passed_on,
    "CallStepResult": _result,
    "CallTroubled": _plainly("The terminal or its line is in trouble: a reset may go unheard."),
    "CallMended": _plainly("Terminal and line are well again."),
    "CallPatientChanged": _plainly("Another patient, or another care grade, at the bed."),
    "CallReset": _plainly("Reset at the bed."),
    "CallCancelled": _device("{by} ended it from afar at: {device}.", "{by} ended it from afar."),
    "CallCleared": _plainly("The trouble is over, and so the call."),
    "CallContinued": _plainly("It went on as another call after a restart."),
}
