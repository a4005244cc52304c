"""Staff, rosters, covers, and what goes on over a restart are kept alike by every kind of storage."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from appliance.foundation.journal import entries
from nursecall.care_events import ServiceRequested
from nursecall.care_store import Look, Reminder, Request, change, left
from nursecall.handover import Note, handover
from nursecall.plan_wards import Shift
from nursecall.roster import Cells, Cover, RosterRefused, Run, Staff, Stint
from nursecall.roster_store import Books, RosterStore
from nursecall.schema import ward_notes
from nursecall.store import CallStore
from tests.contracts.conftest import Storage
from tests.fakes.clock import START
from tests.nursecall.a_ward import plan

MONDAY = date(2026, 3, 2)
ANN = Staff("1001", "w1", "沈敏", mobile="13900000001", login="shen")
BOB = Staff("1002", "w1", "Bob", "doctor", extension="8101", active=False)
CELLS: Cells = {
    (MONDAY, "day"): (Stint("1002", "21-40 加1"), Stint("1001", "1-20")),
    (MONDAY, "night"): (Stint("1001"),),
}
HOUR = timedelta(hours=1)


def rewrite(storage: Storage, cells: Cells) -> object:
    store = RosterStore(storage.database)
    return storage.run(store.rewrite("w1", MONDAY, MONDAY, lambda _: cells, "import", "boss", START))


def books(storage: Storage) -> Books:
    found: Books = storage.run(RosterStore(storage.database).books(MONDAY, START))
    return found


def test_a_roster_comes_back_as_it_was(storage: Storage) -> None:
    """In the order in which people are told; an emptied cell is gone."""
    store = RosterStore(storage.database)
    storage.run(store.write_staff([ANN, BOB], "boss", START))
    assert rewrite(storage, CELLS) is not None
    assert rewrite(storage, CELLS) is None
    assert books(storage) == Books({"1001": ANN, "1002": BOB}, {"w1": CELLS}, ())
    rewrite(storage, {(MONDAY, "night"): (Stint("1002"), Stint("1001"))})
    assert books(storage).cells == {"w1": {(MONDAY, "night"): (Stint("1002"), Stint("1001"))}}
    kinds = storage.transact(lambda connection: [entry.kind.split(".")[1] for entry in entries(connection)])
    assert kinds == ["StaffChanged", "StaffChanged", "RosterChanged", "RosterChanged"]


def test_a_change_that_is_refused_leaves_nothing(storage: Storage) -> None:
    """Neither a row nor a line of the journal."""
    store = RosterStore(storage.database)

    def refuse(cells: Cells) -> Cells:
        raise RosterRefused("There is no such ward.")

    with pytest.raises(RosterRefused):
        storage.run(store.rewrite("w1", MONDAY, MONDAY, refuse, "swap", "boss", START))
    with pytest.raises(RosterRefused, match="shen"):
        storage.run(store.write_staff([ANN, Staff("1003", "w1", "C", login="shen")], "boss", START))
    assert books(storage) == Books()
    assert storage.transact(lambda connection: list(entries(connection))) == []


def test_a_cover_is_withdrawn_or_ended(storage: Storage) -> None:
    """One that has begun was there; one that is over is not brought back."""
    store = RosterStore(storage.database)
    coming = Cover("c1", "w1", "1001", START + HOUR, START + 2 * HOUR)
    begun = Cover("c2", "w1", "1001", START - HOUR, START + 2 * HOUR)
    for cover in (coming, begun):
        storage.run(store.cover(cover, "boss", START))
    assert books(storage).covers == (begun, coming)
    for cover in (coming, begun):
        storage.run(store.withdraw(cover, "boss", START))
    assert books(storage).covers == ()


def test_looks_reminders_and_requests_come_back(storage: Storage) -> None:
    """The last look of each bed; what has ended does not; the same change twice is once."""
    looks = [Look(f"l{n}", "w1", "1", "P1", START + n * HOUR, 60, "tap", "沈敏") for n in range(3)]
    reminder = Reminder("r1", "w1", "2", "P2", "turn", "", START, 120, START, "沈敏")
    request = Request("q1", "w1", "3", "water", "温水", "", START, "沈敏", START + HOUR)
    over = Request("q2", "w1", "3", "water", "", "", START, "沈敏", None, ended_at=START)
    asked = ServiceRequested(at=START, ward="w1", bed="3", request="q1", service="water", to=(("a", "1"),), groups=(),
                             attempt=1, call="", by="沈敏")  # fmt: skip
    changes = [*map(change, looks), change(reminder), change(request, asked), change(over)]
    for _ in range(2):
        storage.run(CallStore(storage.database).write(changes))
    found = storage.transact(lambda connection: left(connection, START + HOUR))
    assert (found.looks, found.reminders, found.requests) == ((looks[-1],), (reminder,), (request,))
    assert len(storage.transact(lambda connection: list(entries(connection)))) == 1


def test_a_hand_over_is_read_alike(storage: Storage) -> None:
    """Only what was in the shift."""
    shift = Shift.model_validate(plan().wards[0].shifts[0].model_dump())
    run = Run(shift, MONDAY, START, START + 8 * HOUR)
    notes = [Note(f"n{n}", "w1", "", "x", START + n * 5 * HOUR, "沈敏") for n in range(-1, 3)]
    storage.transact(lambda connection: connection.execute(ward_notes.insert(), [note.__dict__ for note in notes]))
    found = storage.run(handover(storage.database, "w1", run, START + 9 * HOUR))
    assert (found.notes, found.calls, found.rounds, found.taken) == (tuple(notes[1:3]), (), (), ())
