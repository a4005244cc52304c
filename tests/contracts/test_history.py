"""The history of calls is searched alike in every kind of storage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from appliance.foundation import journal
from nursecall.events import CallRaised, CallReset
from nursecall.patient_days import patient_days
from nursecall.schema import nurse_calls
from nursecall.timeline import timeline
from nursecall.views import Wanted, count, history, one
from tests.contracts.conftest import Storage
from tests.fakes.clock import START
from tests.nursecall.test_views import a_call

CALLS = [
    a_call("a", waited=400, attended_at=START + timedelta(seconds=61), acknowledged_by="Ann_1"),
    a_call("b", waited=90, ward="ward-b", patient="Li%Ming", outcome="cancelled", ended_by="ann"),
    a_call("c", waited=None, escalations=1, at=START + timedelta(seconds=0.5)),
]


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ({}, "cba"),
        ({"wards": ("ward-a",)}, "ca"),
        ({"patient": "li%m"}, "b"),
        ({"patient": "_"}, ""),
        ({"staff": "ANN"}, "ba"),
        ({"staff": "ann_"}, "a"),
        ({"ending": "reset"}, "a"),
        ({"ending": "cancelled"}, "b"),
        ({"ending": "open"}, "c"),
        ({"ending": "escalated"}, "c"),
        ({"waited": timedelta(seconds=60), "now": START + timedelta(seconds=200)}, "cba"),
        ({"waited": timedelta(seconds=65), "now": START + timedelta(seconds=200)}, "cb"),
        ({"waited": timedelta(seconds=120), "now": START + timedelta(seconds=200)}, "c"),
    ],
)
def test_the_same_calls_are_found(storage: Storage, sought: dict[str, Any], found: str) -> None:
    """In whatever case names are written; a sign that SQL knows is only a sign."""
    storage.transact(lambda connection: connection.execute(nurse_calls.insert(), [vars(call) for call in CALLS]))
    wanted = Wanted(START, START + timedelta(days=1), **sought)
    assert [call.id for call in storage.run(history(storage.database, wanted))] == list(found)
    assert storage.run(count(storage.database, wanted)) == len(found)


def test_a_call_comes_back_whole_with_what_befell_it(storage: Storage) -> None:
    """Of all that the journal has, only what is its own."""
    call = CALLS[0]
    storage.transact(lambda connection: connection.execute(nurse_calls.insert().values(**vars(call))))
    assert storage.run(one(storage.database, "a")) == call
    assert storage.run(one(storage.database, "x")) is None
    told = [
        event
        for identity in ("a", "a1", "b")
        for event in (
            CallRaised(at=START, call=identity, ward="w", bed="1", call_type="call", line="l", priority=5),
            CallReset(at=START + timedelta(seconds=400), call=identity, ward="w", bed="1", call_type="call", waited=4),
        )
    ]
    storage.transact(lambda connection: journal.append(connection, *told))
    found = storage.run(timeline(storage.database, call))
    assert [happening.kind for happening in found] == ["CallRaised", "CallReset"]


def test_patient_days_of_an_empty_house_are_not_known(storage: Storage) -> None:
    """Rather than none."""
    assert storage.run(patient_days(storage.database, ("w1",), START, START + timedelta(days=1))) is None
