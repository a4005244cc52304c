"""A day on the sample hospital's first ward, written into a box through its own call store, for a report to show."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from appliance.cli.house import open_database, plan_in_force
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from appliance.foundation.database import DirectDatabase
from appliance.foundation.values import new_id
from appliance.plan import Plan
from appliance.settings import Settings
from nursecall.calls import CallFacts
from nursecall.events import CallEvent
from nursecall.life import life
from nursecall.patients import Patients
from nursecall.rules import Rules
from nursecall.store import CallStore, Change

BY_HOUR = (2, 1, 1, 1, 2, 3, 6, 8, 7, 6, 5, 5, 4, 3, 4, 5, 5, 6, 7, 8, 6, 5, 3, 2)
"""Calls begun in each hour: most at getting up, at meals and at bedtime."""

KINDS = ("call", "call", "wc", "call", "call", "call", "assist", "call", "wc", "call", "call")
RARE, RARE_EVERY = "code-blue", 37


def write_yesterday(settings: Settings) -> date:
    """Write it; returns which day it was at the site."""
    database = open_database(settings)
    plan = plan_in_force(database)
    day = (CommandClock().now().astimezone(plan.site.zone) - timedelta(days=1)).date()
    midnight = datetime.combine(day, time(), plan.site.zone)
    patients, store = Patients(database), CallStore(database)
    finish(patients.load())
    for number, begun in enumerate(_moments(midnight)):
        for change in _call(number, begun, plan, patients):
            finish(store.write([change]))
    _close(database)
    return day


def _moments(midnight: datetime) -> list[datetime]:
    return [
        midnight + timedelta(hours=hour, seconds=(n + (hour * 7 + n * 13) % 17 / 17) * 3600 // count)
        for hour, count in enumerate(BY_HOUR)
        for n in range(count)
    ]


def _call(number: int, begun: datetime, plan: Plan, patients: Patients) -> list[Change]:
    ward = plan.nursecall.wards[0]
    bed = ward.beds[(number * 17 + 4) % len(ward.beds)]
    kind = plan.nursecall.call_type(RARE if number % RARE_EVERY == RARE_EVERY - 1 else KINDS[number % len(KINDS)])
    patient = patients.at(ward.id, bed)
    assert kind is not None
    facts = CallFacts(
        id=new_id(),
        ward=ward.id,
        bed=bed,
        call_type=kind.id,
        priority=kind.priority,
        line=plan.nursecall.lines[0].id,
        raised_at=begun,
        patient=patient.name if patient else None,
        care_grade=patient.care_grade if patient else None,
    )
    changes = [_change(facts, (facts.raised(),))]
    machine = life(facts)
    rules = Rules(plan.nursecall, plan.site.zone)
    nurses = [person.name for person in rules.duties.on_duty(ward.id, begun)]
    waited, taken = _patience_of(number, urgent=kind.priority <= 2)
    if number % 6 == 2:
        changes.append(_change(facts, machine.press(begun + timedelta(seconds=taken * 0.7))))
    if taken > ward.patience:
        late = begun + timedelta(seconds=ward.patience)
        telling = rules.telling(facts, late)
        assert telling is not None
        changes.append(_change(facts, machine.overdue(telling, late)))
    if number % 5:
        by = nurses[number % len(nurses)]
        changes.append(_change(facts, machine.acknowledge(by, "station", begun + timedelta(seconds=taken))))
    changes.append(_change(facts, machine.reset(begun + timedelta(seconds=waited))))
    return changes


def _patience_of(number: int, *, urgent: bool) -> tuple[float, float]:
    """Seconds until the reset at the bed, and until somebody took it."""
    taken = 4.0 + number * 29 % 23 if urgent or number % 12 else 61.0 + number % 50
    return taken + (9 if urgent else 18) + number * 53 % 71, taken


def _change(facts: CallFacts, events: tuple[CallEvent, ...]) -> Change:
    facts.changes += 1
    return Change.of(facts, events)


def _close(database: DirectDatabase) -> None:
    database.engine.dispose()
