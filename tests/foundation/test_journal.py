"""The journal: a chain that shows every change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.foundation.journal import (
    GENESIS,
    Broken,
    Event,
    Head,
    append,
    entries,
    head,
    journal,
    length,
    link,
    verify,
)
from tests.fakes.clock import START
from tests.fakes.database import InlineDatabase
from tests.support import now


class Colour(Enum):
    """A value that JSON does not know."""

    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Said(Event):
    """Something was said."""

    words: str


@dataclass(frozen=True, kw_only=True)
class Everything(Event):
    """One of each kind of value an event may carry."""

    moment: datetime
    day: date
    span: timedelta
    amount: Decimal
    colour: Colour
    names: tuple[str, ...]
    numbers: frozenset[int]
    nobody: None


@dataclass(frozen=True, kw_only=True)
class Odd(Event):
    """An event with a value nobody can write down."""

    thing: object


def three() -> sa.Connection:
    """A journal of three lines."""
    connection = InlineDatabase().engine.connect()
    append(connection, Said(at=START, words="一"), Said(at=START, words="two"))
    append(connection, Said(at=START, words="three"))
    return connection


def test_an_empty_journal_is_whole() -> None:
    """Nothing written, nothing broken."""
    connection = InlineDatabase().engine.connect()
    assert list(verify(connection)) == []
    assert head(connection) == Head(0, GENESIS)


def test_lines_follow_one_another() -> None:
    """Numbers count from 1 over several appends, and the chain is whole."""
    connection = three()
    assert [(entry.id, entry.kind, entry.body) for entry in entries(connection)] == [
        (1, "tests.Said", {"words": "一"}),
        (2, "tests.Said", {"words": "two"}),
        (3, "tests.Said", {"words": "three"}),
    ]
    assert list(verify(connection)) == []
    assert length(connection) == 3


def test_reading_goes_on_after_a_line() -> None:
    """`after` skips what was read before."""
    assert [entry.id for entry in entries(three(), after=2)] == [3]


def test_the_hash_is_the_one_that_is_documented() -> None:
    """Anybody can verify with SHA-256 and this page."""
    connection = three()
    row = connection.execute(sa.select(journal).where(journal.c.id == 1)).one()
    assert row.hash == link(GENESIS, 1, "2026-03-02T01:00:00+00:00", "tests.Said", '{"words":"一"}')


@pytest.mark.parametrize("column", ["at", "kind", "body", "hash"])
def test_a_changed_line_is_named(column: str) -> None:
    """Whatever column was changed."""
    connection = three()
    connection.execute(journal.update().where(journal.c.id == 2).values({column: "2026-01-01T00:00:00+00:00"}))
    assert Broken(2, "the line does not match its hash") in list(verify(connection))


def test_a_changed_line_with_a_hash_made_to_fit_breaks_the_next() -> None:
    """Who rewrites one line must rewrite all that follow."""
    connection = three()
    first = connection.execute(sa.select(journal.c.hash).where(journal.c.id == 1)).scalar_one()
    row = connection.execute(sa.select(journal).where(journal.c.id == 2)).one()
    forged = {"body": '{"words":"2"}', "hash": link(first, 2, row.at, row.kind, '{"words":"2"}')}
    connection.execute(journal.update().where(journal.c.id == 2).values(forged))
    assert [broken.id for broken in verify(connection)] == [3]


def test_a_removed_line_is_missed() -> None:
    """The line after the gap says which are gone."""
    connection = three()
    connection.execute(journal.delete().where(journal.c.id == 2))
    assert Broken(3, "lines {first} to {last} are missing", {"first": 2, "last": 2}) in list(verify(connection))


def test_a_removed_first_line_is_missed() -> None:
    """Also at the beginning."""
    connection = three()
    connection.execute(journal.delete().where(journal.c.id == 1))
    assert Broken(2, "lines {first} to {last} are missing", {"first": 1, "last": 1}) in list(verify(connection))


def test_a_line_put_in_before_the_first_is_named() -> None:
    """Number 0 belongs to nobody."""
    connection = three()
    connection.execute(journal.insert().values(id=0, at="", kind="", body="", hash=""))
    assert 0 in [broken.id for broken in verify(connection)]


def test_a_cut_off_end_shows_only_against_a_known_head() -> None:
    """The chain alone cannot know that it was longer; a head kept elsewhere can."""
    connection = three()
    known = head(connection)
    connection.execute(journal.delete().where(journal.c.id == 3))
    assert list(verify(connection)) == []
    assert list(verify(connection, known=known)) == [Broken(3, "the journal ends at line {last}", {"last": 2})]


def test_a_journal_written_anew_shows_against_a_known_head() -> None:
    """A forger who rebuilds the whole chain cannot reach the same hash."""
    connection = three()
    known = head(connection)
    connection.execute(journal.delete())
    append(connection, *(Said(at=START, words="forged") for _ in range(4)))
    assert list(verify(connection)) == []
    assert list(verify(connection, known=known)) == [Broken(3, "the line is not the one that was known")]


def test_a_journal_that_grew_still_has_its_known_head() -> None:
    """A head stays true for ever, also that of the empty journal."""
    connection = InlineDatabase().engine.connect()
    empty = head(connection)
    append(connection, Said(at=START, words="one"))
    known = head(connection)
    append(connection, Said(at=START, words="two"))
    assert list(verify(connection, known=known)) == []
    assert list(verify(connection, known=empty)) == []


def test_nothing_remains_of_a_transaction_that_fails() -> None:
    """The event goes with the change it reports."""
    database = InlineDatabase()

    def work(connection: sa.Connection) -> None:
        append(connection, Said(at=START, words="never"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        now(database.transact(work))
    assert now(database.transact(length)) == 0


def test_every_kind_of_value_can_be_written() -> None:
    """Times in UTC, spans in seconds, sets in order."""
    connection = InlineDatabase().engine.connect()
    nine = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8)))
    append(
        connection,
        Everything(
            at=nine,
            moment=nine,
            day=date(2026, 3, 2),
            span=timedelta(minutes=1.5),
            amount=Decimal("0.25"),
            colour=Colour.RED,
            names=("a", "b"),
            numbers=frozenset({3, 1, 2}),
            nobody=None,
        ),
    )
    (entry,) = entries(connection)
    assert entry.at == datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert entry.body == {
        "moment": "2026-03-02T01:00:00+00:00",
        "day": "2026-03-02",
        "span": 90.0,
        "amount": "0.25",
        "colour": "red",
        "names": ["a", "b"],
        "numbers": [1, 2, 3],
        "nobody": None,
    }


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        (Odd(at=START, thing=object()), TypeError),
        (Odd(at=START.replace(tzinfo=None), thing=1), ValueError),
        (Odd(at=START, thing=START.replace(tzinfo=None)), ValueError),
    ],
)
def test_what_cannot_be_written_is_refused(event: Event, fault: type[Exception]) -> None:
    """Rather than written as something else; a time without a zone could be any time."""
    connection = InlineDatabase().engine.connect()
    with pytest.raises(fault):
        append(connection, event)
    assert length(connection) == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=5))
def test_whatever_is_said_comes_back(words: list[str]) -> None:
    """Line ends, quotes, zero bytes, any script."""
    connection = InlineDatabase().engine.connect()
    append(connection, *(Said(at=START, words=word) for word in words))
    assert [entry.body["words"] for entry in entries(connection)] == words
    assert list(verify(connection)) == []


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_one_tampering_is_found(data: Any) -> None:
    """Change any one value of any one line, or take out any but the last."""
    connection = three()
    number = data.draw(st.integers(1, 3))
    if number < 3 and data.draw(st.booleans()):
        connection.execute(journal.delete().where(journal.c.id == number))
    else:
        column = data.draw(st.sampled_from(["at", "kind", "body", "hash"]))
        row = connection.execute(sa.select(journal).where(journal.c.id == number)).one()._mapping
        value = data.draw(st.text(st.characters(codec="ascii"), max_size=30).filter(lambda text: text != row[column]))
        connection.execute(journal.update().where(journal.c.id == number).values({column: value}))
    assert list(verify(connection)) != []
