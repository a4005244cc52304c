"""What befell one call, read from the journal."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from appliance.foundation import journal
from nursecall import events, timeline
from nursecall.calls import CallFacts, Telling
from nursecall.life import life
from nursecall.timeline import Happening
from tests.fakes.clock import START
from tests.fakes.database import InlineDatabase
from tests.nursecall.test_views import a_call
from tests.support import now

CALL = a_call("c1", waited=100)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def database() -> InlineDatabase:
    """A journal in which the life of one call stands among many others."""
    facts = CallFacts(id="c1", ward="w1", bed="28", call_type="call", priority=3, line="l1", raised_at=START)
    one = life(facts)
    people = (("沈敏", "13800138000"), ("", "8001"))
    lived = [
        facts.raised(),
        *one.press(after(5)),
        *one.overdue(Telling("usual", 1, 1, 1, "sms", people), after(30)),
        *one.result(1, "sms", "13800138000", "沈敏", "delivered", after(32)),
        *one.acknowledge("沈敏", "station", after(40)),
        *one.talk_began("沈敏", "8001", after(50)),
        *one.talk_ended("沈敏", after(60)),
        *one.arrive(after(80)),
        *one.reset(after(100)),
    ]
    others = [
        events.CallRaised(at=at, call=f"c1{at.timestamp():.0f}", ward="w1", bed="3", call_type="call", line="l1",
                          priority=3)
        for at in (START + timedelta(minutes=minutes) for minutes in range(-5000, 5000, 7))
    ]  # fmt: skip
    database = InlineDatabase()
    told = sorted([*others, *lived], key=lambda event: event.at)
    now(database.transact(lambda connection: journal.append(connection, *told)))
    return database


def texts(found: list[Happening]) -> list[str]:
    return [one.text("en") for one in found]


def test_a_call_is_told_from_the_press_to_the_reset(database: InlineDatabase) -> None:
    """Whom it was passed on to, by what; who took it, where; who spoke; when somebody was there. Nothing of others."""
    found = now(timeline.timeline(database, CALL))
    assert texts(found) == [
        "Pressed.",
        "Pressed again: 2 times now.",
        "Passed on by SMS to 沈敏 (13800138000), 8001.",
        "沈敏 (13800138000), by SMS: was told.",
        "沈敏 took it at: station.",
        "沈敏 speaks with the patient from: 8001.",
        "沈敏 has spoken with the patient.",
        "A nurse is at the bed.",
        "Reset at the bed.",
    ]
    assert found[2].at == after(30)
    assert found[2].text("zh") == "已通过短信通知 沈敏 (13800138000), 8001。"


def test_a_ward_is_called_by_its_name() -> None:
    """A step that went to the ward's desk, and one to a neighbour's screen; nobody knows wards by their ids."""
    facts = CallFacts(id="c1", ward="w1", bed="28", call_type="call", priority=3, line="l1", raised_at=START)
    one = life(facts)
    told = [
        *one.overdue(Telling("ward", 1, 1, 1, "desk", (("w1", "8001"),)), after(60)),
        *one.overdue(Telling("ward", 2, 2, 1, "ward", (("w2", "w2"),)), after(90)),
    ]
    database = InlineDatabase()
    now(database.transact(lambda connection: journal.append(connection, *told)))
    found = now(timeline.timeline(database, CALL, {"w1": "Medical ward 1", "w2": "Surgical ward 2"}))
    assert [one.text("en") for one in found] == [
        "Passed on by desk phone to Medical ward 1 (8001).",
        "Passed on by the screen of another ward to Surgical ward 2.",
    ]


def test_what_is_written_late_is_found_all_the_same(database: InlineDatabase) -> None:
    """The records were out of order for most of an hour; the end of the call stands far behind its time."""
    late = events.CallAttended(at=after(90), call="c9", ward="w1", bed="28", call_type="call")
    fill = [
        events.CallRepeated(at=after(60 * minute), call="x", ward="w1", bed="1", call_type="call", presses=2)
        for minute in range(50)
    ]
    empty = InlineDatabase()
    now(empty.transact(lambda connection: journal.append(connection, *fill, late)))
    assert texts(now(timeline.timeline(empty, a_call("c9", waited=100)))) == ["A nurse is at the bed."]


def test_a_call_of_which_the_journal_knows_nothing() -> None:
    """It may have been written before there was one."""
    assert now(timeline.timeline(InlineDatabase(), CALL)) == []


def test_every_event_of_a_call_has_its_words() -> None:
    """A new one must not be missing from what is shown; what is only published is not journalled."""
    kinds = {kind.__name__ for kind in _kinds(events.CallEvent)} - {"CallEnded", "CallNotStored"}
    assert kinds == set(timeline._SAID)


def _kinds(kind: type[events.CallEvent]) -> set[type[events.CallEvent]]:
    found = {one for one in kind.__subclasses__() if one.__module__ == events.__name__}
    return found | {deeper for one in found for deeper in _kinds(one)}
