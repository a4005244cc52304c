"""What went over trunks is counted by the hour, on every storage."""

from __future__ import annotations

from datetime import timedelta

from pbx.traffic.hours import HOUR, Amount, Key, hour_of
from pbx.traffic.traffic import LATER, SOON, Traffic
from pbx.trunk_lines import LineCall
from tests.contracts.conftest import Storage
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase

HALF_PAST = hour_of(START) + HOUR / 2


def a_call(outcome: str = "answered", *, minutes: float = 10, incoming: bool = False) -> LineCall:
    """A call over `telecom` that begins at half past, is answered after a minute where it is, and ends."""
    answered = HALF_PAST + timedelta(minutes=1) if outcome == "answered" else None
    return LineCall("telecom", incoming, HALF_PAST, answered, HALF_PAST + timedelta(minutes=minutes), outcome)


def test_calls_add_up(storage: Storage) -> None:
    """By direction; a row that is there is added to."""
    traffic = Traffic(storage.database, FakeClock())
    for call in (a_call(), a_call("busy", minutes=1), a_call(incoming=True)):
        traffic.over(call)
    storage.run(traffic.write())
    for call in (a_call("congestion", minutes=0), a_call("silent", minutes=0), a_call("left", minutes=0)):
        traffic.over(call)
    traffic.begun("telecom", 7, HALF_PAST)
    traffic.begun("telecom", 3, HALF_PAST)
    storage.run(traffic.write())
    found = storage.run(traffic.read(START - HOUR, START + 2 * HOUR))
    minute = 60_000
    assert found == {
        Key("telecom", hour_of(START), False): Amount(
            5, answers=1, busy=1, congestion=1, failures=1, talk_ms=9 * minute, held_ms=11 * minute, peak=7
        ),
        Key("telecom", hour_of(START), True): Amount(1, answers=1, talk_ms=9 * minute, held_ms=10 * minute),
    }


def test_a_long_call_counts_once_and_lasts_into_each_hour(storage: Storage) -> None:
    """Ninety minutes from half past: half an hour, a whole one."""
    traffic = Traffic(storage.database, FakeClock())
    traffic.over(a_call(minutes=90))
    storage.run(traffic.write())
    found = storage.run(traffic.read(START - HOUR, START + 3 * HOUR))
    held = {key.hour: (amount.seizures, amount.held_ms, amount.talk_ms) for key, amount in found.items()}
    hour = hour_of(START)
    assert held == {hour: (1, 1_800_000, 1_740_000), hour + HOUR: (0, 3_600_000, 3_600_000)}


def test_what_cannot_be_written_waits() -> None:
    """A broken database loses no call."""
    database, clock = InlineDatabase(), FakeClock()
    traffic = Traffic(database, clock)
    database.broken = OSError("the disk is full")
    traffic.over(a_call())
    clock.advance(SOON)
    database.broken = None
    clock.advance(LATER)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT seizures, answers FROM trunk_hours").all() == [(1, 1)]
