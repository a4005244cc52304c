"""Who lies where, on every kind of storage: the same story of messages and lists, the same beds."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.journal import entries
from nursecall.adt_desk import Desk
from nursecall.adt_messages import forget, recent
from nursecall.patients import Patients
from tests.contracts.conftest import Storage
from tests.fakes.clock import START, FakeClock
from tests.nursecall.adt_feed import ZONE, adt, feed, person, plan

HEAD = "ward,bed,number,name,care_grade\n"


class Told:
    """A desk and its patients over one kind of storage."""

    def __init__(self, storage: Storage) -> None:
        self.run: Callable[[Coroutine[Any, Any, Any]], Any] = storage.run
        self.clock = FakeClock(START + timedelta(days=1))
        self.patients = Patients(storage.database, Bus(), self.clock)
        self.desk = Desk(feed(), plan(), ZONE, self.patients, storage.database, self.clock)

    def hear(self, *messages: str) -> list[str]:
        """The codes that were answered."""
        return [self.run(self.desk.take(message.encode()))[0].code for message in messages]

    def beds(self) -> dict[str, str]:
        """Numbers by bed; those without one by their number."""
        return {f"{patient.ward}:{patient.bed or '-' + patient.number}": patient.name for patient in
                self.patients.every()}  # fmt: skip


@pytest.fixture
def told(storage: Storage) -> Told:
    """Nobody is there yet."""
    return Told(storage)


def test_a_story_of_messages_ends_in_the_same_beds(told: Told, storage: Storage) -> None:
    """Swap, displacement, leave, merger, mistake, and a restart that reads it all back."""
    story = [
        adt("A01", 0, person("V1", "内一^^1", name="甲", number="1")),
        adt("A01", 1, person("V2", "内一^^2", name="乙", number="2")),
        adt("A17", 2, person("V1", "内一^^2", name="甲"), person("V2", "内一^^1", name="乙")),
        adt("A01", 3, person("V3", "内一^^1", name="丙", number="3")),
        adt("A21", 4, person("V3", name="丙", number="3")),
        adt("A40", 5, "PID|1||9||丁", "MRG|3"),
        adt("A01", 6, person("V4", "内一^^2", name="戊", number="4")),
        adt("A11", 7, person("V4")),
        adt("A20", 8, "NPU|内一^^2|U"),
    ]
    assert told.hear(*story) == ["AA"] * len(story)
    beds = {"w1:1": "丁", "w1:-PV2": "乙", "w1:-PV1": "甲"}
    assert told.beds() == beds
    assert told.hear(*story) == ["AA"] * len(story)
    again = Told(storage)
    again.run(again.patients.load())
    assert again.beds() == beds
    assert [patient.away for patient in again.patients.every() if patient.bed] == [True]
    kinds = storage.transact(lambda connection: [entry.kind for entry in entries(connection)])
    assert kinds.count("nursecall.PatientsMerged") == 1


def test_lists_and_messages_go_together(told: Told, storage: Storage) -> None:
    """A list exchanges beds at once; the feed goes on with the same people."""
    told.run(told.patients.import_csv(HEAD + "w1,1,1,甲,1\nw1,2,2,乙,2\nw1,3,3,丙,2\n", plan()))
    told.run(told.patients.import_csv(HEAD + "w1,2,1,甲,1\nw1,1,2,乙,2\n", plan()))
    assert told.beds() == {"w1:2": "甲", "w1:1": "乙"}
    told.clock.advance(60)
    told.hear(adt("A02", 1441, person("V1", "W2^^1", name="甲", number="1")))
    assert told.beds() == {"w2:1": "甲", "w1:1": "乙"}
    assert len(told.run(recent(storage.database))) == 1


def test_what_is_old_is_let_go_of(told: Told, storage: Storage) -> None:
    """Those who are here stay."""
    told.hear(*(adt("A01", number, person(f"V{number}", f"内一^^{number}")) for number in (1, 2)))
    told.hear(adt("A03", 3, person("V1")))
    storage.transact(lambda connection: forget(connection, START + timedelta(days=40)))
    told.hear(adt("A02", 3, person("V2", "内一^^3", name="乙")))
    assert told.beds() == {"w1:3": "乙"}
