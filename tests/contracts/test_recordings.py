"""A recording's life in rows, on every kind of storage."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from appliance.foundation.journal import verify
from pbx.leg import Leg
from pbx.recording import store, views
from pbx.recording.rule import Ends
from pbx.recording.talk import Talk
from pbx.recording.views import Wanted
from tests.contracts.conftest import Storage
from tests.fakes.clock import START

KEEP = timedelta(days=30)


def kept(connection: sa.Connection, identity: str, number: str = "8613800138000") -> None:
    """A talk of 8001 with a number outside, recorded, over and sealed."""
    talk = Talk("call", Leg("leg"), Leg("other"), "b", "8001", number, Ends("out", ("8001",)), "telecom")
    store.begin(connection, identity, talk, "rule", "alaw", START, KEEP)
    store.end(connection, identity, START + timedelta(seconds=5))
    [one] = [one for one in store.taken(connection) if one.id == identity]
    assert store.sealed(connection, one, 4.5, 72_000, b"\x01\x02")


def test_it_is_going_then_taken_then_kept_and_then_only_on_record(storage: Storage) -> None:
    """Each step once; the journal's chain is whole."""

    def story(connection: sa.Connection) -> None:
        talk = Talk("call", Leg("leg"), Leg("other"), "b", "8001", "8002", Ends("internal", ("8001", "8002")))
        store.begin(connection, "r1", talk, "", "gsm", START, KEEP)
        assert [(one.id, one.call, one.channel) for one in store.going(connection)] == [("r1", "call", "leg")]
        store.end(connection, "r1", START + timedelta(seconds=5))
        store.end(connection, "r1", START + timedelta(seconds=50))
        [one] = store.taken(connection)
        assert (one.ended_at, one.format) == (START + timedelta(seconds=5), "gsm")
        assert store.sealed(connection, one, 4.5, 14_850, b"\x00\xff")
        assert not store.sealed(connection, one, 4.5, 14_850, b"")
        store.passed(connection, "r1", "8003")
        assert store.every(connection) == [store.Kept("r1", "main", "gsm", 4.5, 14_850)]
        store.moved(connection, "r1")
        assert (store.oldest(connection), store.every(connection)[0].store) == ([], "second")
        assert store.outlived(connection, START + KEEP) == []
        assert len(store.outlived(connection, START + KEEP + timedelta(seconds=1))) == 1
        assert store.deleted(connection, "r1", "plan", START + KEEP)
        found = views.one(connection, "r1")
        assert found is not None
        assert (found.state, found.shape, found.passed_to, found.began_at) == ("deleted", None, "8003", START)
        assert [(act.act, act.by) for act in views.acts(connection, "r1")] == [("deleted", "plan")]
        assert list(verify(connection)) == []

    storage.transact(story)


def test_what_did_not_come_about_leaves_nothing(storage: Storage) -> None:
    """Nor can what is kept be dropped."""

    def story(connection: sa.Connection) -> list[views.Found]:
        kept(connection, "r1")
        talk = Talk("call", Leg("leg"), Leg("other"), "b", "8001", "8002", Ends("internal", ("8001", "8002")))
        store.begin(connection, "r2", talk, "", "gsm", START, KEEP)
        for identity in ("r1", "r2"):
            store.drop(connection, identity)
        return views.search(connection, Wanted())

    assert [found.id for found in storage.transact(story)] == ["r1"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(number="1380"), ["r1"]),
        (Wanted(number="1%"), []),
        (Wanted(extension="8001"), ["r1", "r2"]),
        (Wanted(extension="800"), []),
        (Wanted(direction="in"), []),
        (Wanted(trunk="telecom", direction="out", number="139"), ["r2"]),
        (Wanted(marked=True), ["r2"]),
        (Wanted(since=START, until=START), []),
        (Wanted(since=START, until=START + timedelta(seconds=1)), ["r1", "r2"]),
        (Wanted(before=START), []),
        (Wanted(most=1), ["r1"]),
    ],
)
def test_it_is_found_by_what_is_known_of_it(storage: Storage, wanted: Wanted, found: list[str]) -> None:
    """A number by any part of it, an extension whole."""

    def story(connection: sa.Connection) -> list[str]:
        kept(connection, "r1")
        kept(connection, "r2", "8613900139000")
        store.mark(connection, "r2", "manager", "why", START)
        return [one.id for one in views.search(connection, wanted)]

    assert storage.transact(story) == found
