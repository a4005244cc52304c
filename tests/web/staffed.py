"""The cardboard house with shifts, people who work in them, rounds and services."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from nursecall.care_events import CareChanged
from nursecall.plan import NurseCallPlan
from nursecall.roster import Cells, Staff, Stint
from nursecall.roster_events import OnDutyChanged
from tests.fakes.house import PLAN, SHANGHAI, CardboardHouse
from tests.support import now
from tests.web.browser import Hospital, hospital
from web.live import Live

_SHIFTS = [
    {"id": "day", "name": {"zh": "白班", "en": "Day"}, "start": "08:00", "end": "16:00"},
    {"id": "evening", "name": {"zh": "小夜班", "en": "Evening"}, "start": "16:00", "end": "00:00"},
    {"id": "night", "name": {"zh": "大夜班", "en": "Night"}, "start": "00:00", "end": "08:00"},
]
_STANDING = [
    {"shift": "day", "nurse": "总值班一", "mobile": "13800000001"},
    {"shift": "evening", "nurse": "总值班二", "mobile": "13800000002"},
    {"shift": "night", "nurse": "总值班三", "mobile": "13800000003"},
]


def _staffed() -> NurseCallPlan:
    sections: dict[str, Any] = PLAN.model_dump(exclude_defaults=True)
    for ward, other in zip(sections["wards"], ("w2", "w1"), strict=True):
        ward |= {"shifts": _SHIFTS, "roster": _STANDING, "neighbours": [other], "sound": {"test": 0}}
    sections["rounds"] = [{"ward": "w1", "minutes": {0: 15, 1: 60}}]
    sections["services"] = [
        {"id": "water", "name": {"zh": "送水", "en": "Water"}, "icon": "drip", "to": ["role:porter"]},
        {"id": "chair", "name": {"zh": "轮椅", "en": "Wheelchair"}, "icon": "assist", "to": ["13911112222"]},
        {"id": "pillow", "name": {"zh": "枕头", "en": "Pillow"}, "icon": "bed"},
        {"id": "help", "name": {"zh": "协助", "en": "Help"}, "icon": "hand", "call_type": "service"},
    ]
    return NurseCallPlan.model_validate(sections)


STAFFED = _staffed()

PEOPLE = (
    Staff("1001", "w1", "沈敏", mobile="13900000001", login="nurse"),
    Staff("1002", "w1", "葛晓芸", mobile="13900000002"),
    Staff("1003", "w1", "章文静", mobile="13900000003"),
    Staff("1004", "w1", "卜丽华", "supervisor", "13900000004"),
    Staff("1005", "w1", "何平", "doctor", "13900000005", "8105"),
    Staff("1006", "w1", "Emma Clarke", mobile="13900000006"),
    Staff("2001", "w2", "Helen Fang", mobile="13900000011"),
    Staff("2002", "w2", "Peter Tan", mobile="13900000012"),
)
PATTERN = ("day", "day", "evening", "night", "", "")


def fill(cardboard: CardboardHouse) -> None:
    """These people work here."""
    now(cardboard.house.roster.keep_staff(PEOPLE, "boss"))
    cardboard.house.care.start()


def plan_month(cardboard: CardboardHouse) -> None:
    """Five weeks about today by a pattern of six days; the beds of today's day shift are shared out."""
    today = cardboard.clock.now().astimezone(SHANGHAI).date()
    first, last = today - timedelta(days=14), today + timedelta(days=20)
    cells: dict[tuple[date, str], tuple[Stint, ...]] = {}
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        for turn, one in enumerate(PEOPLE[:6]):
            shift = PATTERN[(offset + turn) % len(PATTERN)] if one.role == "nurse" else "day" * (day.weekday() < 5)
            if shift:
                cells[day, shift] = (*cells.get((day, shift), ()), Stint(one.id))
    whole: Cells = cells
    now(cardboard.house.roster.replace("w1", first, last, whole, "boss"))


def share_all(cardboard: CardboardHouse, at: datetime) -> None:
    """The beds of the shift that is on, among its nurses."""
    roster, beds = cardboard.house.roster, STAFFED.wards[0].beds
    for run in roster.running("w1", at):
        nurses = [one.staff for one in roster.of_run("w1", run) if one.staff and one.person.role == "nurse"]
        shared = {staff: " ".join(beds[turn :: len(nurses)]) for turn, staff in enumerate(nurses)}
        now(roster.share("w1", run.cell, shared, "boss"))


def wire(cardboard: CardboardHouse, live: Live) -> None:
    """Screens hear of care and rosters, as in the whole house."""
    cardboard.bus.subscribe(CareChanged, lambda event: live.calls_changed(event.ward))

    def redraw(changed: OnDutyChanged) -> None:
        for ward in changed.wards:
            live.calls_changed(ward)
            live.roster_changed(ward)

    cardboard.bus.subscribe(OnDutyChanged, redraw)


def staffed() -> Hospital:
    """A furnished panel for unit tests."""
    place = hospital(STAFFED)
    fill(place.cardboard)
    wire(place.cardboard, place.live)
    return place
