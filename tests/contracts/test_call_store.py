"""Nurse calls are kept alike by every kind of storage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from appliance.foundation.journal import entries, verify
from nursecall.bedsides import Bedside
from nursecall.calls import CallFacts, Happened, Telling
from nursecall.life import life
from nursecall.patients import BadRows, Patients
from nursecall.schema import nurse_calls
from nursecall.scribe import refuses
from nursecall.store import CallStore, Change
from tests.contracts.conftest import Storage
from tests.fakes.clock import START
from tests.nursecall.a_ward import plan


def facts(call: str = "c1", bed: str = "28", after: float = 0) -> CallFacts:
    """A call as it begins."""
    raised_at = START + timedelta(seconds=after, microseconds=123456)
    return CallFacts(
        id=call,
        ward="w1",
        bed=bed,
        call_type="call",
        priority=3,
        line="l1",
        raised_at=raised_at,
        patient="李明",
        care_grade=1,
        changes=1,
    )


def story(call: CallFacts) -> list[Change]:
    """Pressed, pressed again, passed on, taken, pressed once more."""
    changes = [Change.of(call, [call.raised()])]
    machine, at = life(call), call.raised_at + timedelta(seconds=1)
    steps: list[Callable[[], Happened]] = [
        lambda: machine.press(at),
        lambda: machine.overdue(Telling("usual", 1, 1, 1, "sms", (("李静", "13800000001"),)), at),
        lambda: machine.acknowledge("王芳", "station", at),
        lambda: machine.press(at),
    ]
    for step in steps:
        happened = step()
        call.changes += 1
        changes.append(Change.of(call, happened))
    return changes


def write(storage: Storage, changes: Sequence[Change]) -> None:
    """In one transaction."""
    storage.run(CallStore(storage.database).write(changes))


def kinds(storage: Storage) -> list[str]:
    """What the journal says, line by line."""
    return storage.transact(lambda connection: [entry.kind.split(".")[1] for entry in entries(connection)])


STORY = ["CallRaised", "CallRepeated", "CallEscalated", "CallAcknowledged", "CallRepeated"]


def test_an_open_call_comes_back_as_it_was(storage: Storage) -> None:
    """Every field, to the microsecond, after every change."""
    call = facts()
    for change in story(call):
        write(storage, [change])
        (back,) = storage.run(CallStore(storage.database).open_calls())
        assert Change.of(back, []).row == change.row
    assert kinds(storage) == STORY


def test_a_whole_story_can_be_written_at_once(storage: Storage) -> None:
    """With one line of the journal for each change, in order, in one chain."""
    call = facts()
    write(storage, story(call))
    assert storage.run(CallStore(storage.database).open_calls()) == [call]
    assert kinds(storage) == STORY
    assert storage.transact(lambda connection: list(verify(connection))) == []


def test_what_was_written_is_not_written_again(storage: Storage) -> None:
    """When the answer was lost nobody knows; the same changes are given once more, and some new ones."""
    call = facts()
    changes = story(call)
    write(storage, changes[:3])
    write(storage, changes)
    write(storage, changes[1:2])
    assert storage.run(CallStore(storage.database).open_calls()) == [call]
    assert kinds(storage) == STORY


def test_a_row_that_was_lost_comes_back_with_the_next_change(storage: Storage) -> None:
    """Each change carries all of it."""
    call = facts()
    changes = story(call)
    write(storage, changes[-1:])
    assert storage.run(CallStore(storage.database).open_calls()) == [call]


def test_open_calls_come_oldest_first_and_ended_ones_never(storage: Storage) -> None:
    """The order of the queue after a restart."""
    first, second, third = facts("c9", "1", 0), facts("c5", "2", 1), facts("c1", "3", 2)
    write(storage, [Change.of(call, [call.raised()]) for call in (third, first, second)])
    ended = life(second).reset(START + timedelta(minutes=1))
    second.changes += 1
    write(storage, [Change.of(second, ended)])
    assert [call.id for call in storage.run(CallStore(storage.database).open_calls())] == ["c9", "c1"]
    row = storage.transact(
        lambda connection: connection.execute(sa.select(nurse_calls).where(nurse_calls.c.id == "c5")).one()._mapping
    )
    assert (row["state"], row["ended_at"]) == ("ended", START + timedelta(minutes=1))


def test_what_is_known_of_a_bed_comes_back(storage: Storage) -> None:
    """Its last state only, however often the same changes are given."""
    here = Bedside(ward="w1", bed="28", line="l1", present_since=START, changes=1)
    gone = Bedside(ward="w1", bed="28", line="l2", fault_since=START, changes=2)
    changes = [Change.of(here, []), Change.of(gone, [])]
    write(storage, changes)
    write(storage, changes[:1])
    assert storage.run(CallStore(storage.database).left()) == ([], [gone])


def test_all_of_a_batch_is_written_or_nothing(storage: Storage) -> None:
    """A row without a bed takes the good one with it; the good one alone is taken."""
    good, bad = facts("c1"), facts("c2")
    changes = [Change.of(good, [good.raised()]), Change.of(bad, [bad.raised()])]
    changes[1].row["bed"] = None
    with pytest.raises(sa.exc.IntegrityError):
        write(storage, changes)
    assert storage.run(CallStore(storage.database).open_calls()) == []
    assert kinds(storage) == []
    write(storage, changes[:1])
    assert kinds(storage) == ["CallRaised"]


def test_what_no_database_takes_is_told_from_what_it_does_not_take_now(storage: Storage) -> None:
    """Such a row is set aside; for anything else it is tried again."""
    call = facts()
    call.raised_at = START.replace(tzinfo=None)
    with pytest.raises(Exception, match="time zone") as caught:
        write(storage, [Change.of(call, [])])
    assert isinstance(caught.value, Exception)
    assert refuses(caught.value)
    with pytest.raises(sa.exc.DatabaseError) as broken:
        storage.transact(lambda connection: connection.execute(sa.text("SELECT * FROM nowhere")))
    assert not refuses(broken.value)


def test_a_label_too_long_is_refused_where_length_is_checked(storage: Storage) -> None:
    """SQLite takes it; PostgreSQL refuses it for good, which must not hold up other calls."""
    call = facts(bed="x" * 17)
    try:
        write(storage, [Change.of(call, [])])
    except sa.exc.DataError as why:
        refused = refuses(why)
    else:
        refused = False
    assert refused == (storage.name == "postgresql")


def test_patients_are_replaced_as_a_whole_or_not_at_all(storage: Storage) -> None:
    """Of the wards that the file names."""
    patients = Patients(storage.database)
    head = "ward,bed,number,name,care_grade,born\n"
    storage.run(patients.import_csv(head + "w1,28,1,李明,1,1950-03-04\nw2,1,2,Tom,2,\n", plan()))
    storage.run(patients.import_csv(head + "w1,29,3,王芳,0,\n", plan()))
    with pytest.raises(BadRows):
        storage.run(patients.import_csv(head + "w1,30,4,张三,0,\nw1,31,5,,0,\n", plan()))
    again = Patients(storage.database)
    storage.run(again.load())
    assert sorted((one.ward, one.bed, one.name) for one in again.every()) == [("w1", "29", "王芳"), ("w2", "1", "Tom")]
    assert kinds(storage) == ["PatientsChanged", "PatientsChanged"]
