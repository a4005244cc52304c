"""What was said of visits, as rows: written once, read back in the words of `nursecall.occupancy`."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from nursecall.occupancy import Facts, Place, Said
from nursecall.patient import by_number
from nursecall.schema import patient_merges, patient_stays, patient_words, patients

T = TypeVar("T")
AT_ONCE = 500
"""So many keys are named in one statement."""


def note(connection: sa.Connection, said: Iterable[Said]) -> set[str]:
    """Write down what was said; the keys of the visits it was said of, which may be others than it named.

    A number that was merged counts as the surviving one. A visit of which a file knew the patient's number only takes
    its own key as soon as it is told; and what is said of a number is said of that patient's visit that is here.
    """
    keys = set()
    for one in said:
        merged = _merged(connection, one)
        for word in (merged, *_of_the_merger(connection, one, merged)):
            connection.execute(patient_words.insert().values(_row(word)))
        keys.add(merged.visit)
    return keys


def words_of(connection: sa.Connection, keys: Collection[str]) -> dict[str, list[Said]]:
    """All that was said of each of these visits."""
    found: dict[str, list[Said]] = {key: [] for key in keys}
    for part in portions(keys):
        for row in connection.execute(sa.select(patient_words).where(patient_words.c.key.in_(part))):
            found[row.key].append(_said(row))
    return found


def empty_bed(connection: sa.Connection, place: Place, at: datetime) -> None:
    """It was said that nobody is in that bed."""
    word = Said("", "A20", at, at, place)
    rank = connection.execute(patient_words.insert().values(_row(word))).inserted_primary_key
    assert rank is not None
    stay = {"key": "", "rank": rank[0], "ward": place.ward, "bed": place.bed, "since": at, "open": False}
    connection.execute(patient_stays.insert().values(stay))


def merge(connection: sa.Connection, prior: str, surviving: str, at: datetime, facts: Facts) -> set[str]:
    """From now on `prior` is `surviving`: the keys of the visits of both. Raises ValueError for a circle."""
    surviving = resolve(connection, surviving)
    if surviving == resolve(connection, prior):
        if surviving == prior:
            raise ValueError(f"{surviving} was merged into {prior} before")
        return set()
    connection.execute(patient_merges.delete().where(patient_merges.c.prior == prior))
    row = {"prior": prior, "surviving": surviving, "at": at, "facts": _json(replace(facts, number=surviving))}
    connection.execute(patient_merges.insert().values(row))
    rekey(connection, by_number(prior), by_number(surviving))
    query = sa.select(patients.c.key).where(patients.c.number.in_((prior, surviving)))
    keys = {row.key for row in connection.execute(query)} - {by_number(prior)}
    keys |= {by_number(surviving)} if words_of(connection, [by_number(surviving)])[by_number(surviving)] else set()
    for key in keys:
        word = Said(key, "A40", at, at, facts=replace(facts, number=surviving))
        connection.execute(patient_words.insert().values(_row(word)))
    return keys


def after_all(connection: sa.Connection, now: datetime) -> datetime:
    """Now, or just after the latest thing that was said, where a clock of the hospital's is ahead of ours."""
    last = connection.execute(sa.select(sa.func.max(patient_words.c.at))).scalar()
    return now if last is None else max(now, last + timedelta(milliseconds=1))


def resolve(connection: sa.Connection, number: str) -> str:
    """The number that survived."""
    seen = [number]
    while (after := _merger(connection, seen[-1])) is not None and after.surviving not in seen:
        seen.append(after.surviving)
    return seen[-1]


def rekey(connection: sa.Connection, old: str, new: str) -> None:
    """All that was said of the visit `old` was said of `new`."""
    connection.execute(patient_words.update().where(patient_words.c.key == old).values(key=new))
    connection.execute(patient_stays.delete().where(patient_stays.c.key == old))
    if connection.execute(sa.select(patients.c.key).where(patients.c.key == new)).first() is None:
        connection.execute(patients.update().where(patients.c.key == old).values(key=new))
    connection.execute(patients.delete().where(patients.c.key == old))


def portions(keys: Iterable[T]) -> Iterator[list[T]]:
    """So many as one statement can name."""
    rest = iter(keys)
    while part := list(islice(rest, AT_ONCE)):
        yield part


def _merged(connection: sa.Connection, said: Said) -> Said:
    number = said.facts.number
    if number is None:
        return said
    surviving = resolve(connection, number)
    said = replace(said, facts=replace(said.facts, number=surviving))
    if said.visit == by_number(number):
        return replace(said, visit=_here(connection, surviving) or by_number(surviving))
    listed = by_number(surviving)
    known = sa.select(patient_words.c.id).where(patient_words.c.key == said.visit).limit(1)
    if connection.execute(known).first() is None and _here(connection, surviving) == listed:
        rekey(connection, listed, said.visit)
    return said


def _here(connection: sa.Connection, number: str) -> str | None:
    """The key of the only visit of that patient in our wards."""
    keys = [
        row.key for row in connection.execute(sa.select(patients.c.key).where(patients.c.number == number).limit(2))
    ]
    return keys[0] if len(keys) == 1 else None


def _of_the_merger(connection: sa.Connection, said: Said, merged: Said) -> Iterator[Said]:
    """What the merger said of the person, said also of a visit that was told later."""
    if said.facts.number == merged.facts.number:
        return
    merger = _merger(connection, said.facts.number or "")
    if merger is None:
        return
    this = sa.and_(patient_words.c.key == merged.visit, patient_words.c.event == "A40", patient_words.c.at == merger.at)
    if connection.execute(sa.select(patient_words.c.id).where(this)).first() is None:
        yield Said(merged.visit, "A40", merger.at, merger.at, facts=_facts(merger.facts))


def _merger(connection: sa.Connection, number: str) -> sa.Row[Any] | None:
    return connection.execute(sa.select(patient_merges).where(patient_merges.c.prior == number)).first()


def _row(said: Said) -> dict[str, Any]:
    place, before = said.place, said.before
    return {
        "key": said.visit,
        "event": said.event,
        "at": said.at,
        "sent": said.sent,
        "ward": place and place.ward,
        "bed": place and place.bed,
        "before_ward": before and before.ward,
        "before_bed": before and before.bed,
        "over": said.over,
        "facts": _json(said.facts),
    }


def _said(row: sa.Row[Any]) -> Said:
    return Said(
        row.key, row.event, row.at, row.sent,
        place=None if row.ward is None else Place(row.ward, row.bed),
        before=None if row.before_ward is None else Place(row.before_ward, row.before_bed),
        over=row.over, facts=_facts(row.facts), rank=row.id,
    )  # fmt: skip


def _json(facts: Facts) -> str:
    told = {name: value for name, value in asdict(facts).items() if value is not None}
    return json.dumps(told, ensure_ascii=False, default=date.isoformat)


_DAY: Callable[[str], date] = date.fromisoformat


def _facts(text: str) -> Facts:
    told = json.loads(text)
    return Facts(**told | {name: _DAY(told[name]) for name in ("born", "admitted_on") if name in told})
