"""A feed with its desk, messages as a hospital writes them, on a real database in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from appliance.foundation.bus import Bus
from appliance.foundation.journal import Entry, Event, entries
from nursecall.adt_desk import Desk
from nursecall.patients import Patients
from nursecall.plan import NurseCallPlan
from nursecall.plan_adt import AdtFeed
from nursecall.wire.hl7_answer import Answer
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

ZONE = ZoneInfo("Asia/Shanghai")
FEED: dict[str, Any] = {
    "id": "his",
    "wards": {"内一": "w1", "W2": "w2"},
    "care_grade": "ZPV-2",
    "care_grades": {"X": 0},
}
WARDS = [
    {"id": "w1", "name": {"zh": "一病区", "en": "Ward 1"}, "beds": ["1-40"]},
    {"id": "w2", "name": {"zh": "二病区", "en": "Ward 2"}, "beds": ["1-10"]},
]


def plan() -> NurseCallPlan:
    """Two wards."""
    call = {"id": "call", "name": {"zh": "呼叫", "en": "Call"}, "spoken": {"zh": "呼叫", "en": "is calling"}}
    return NurseCallPlan.model_validate({"call_types": [call | {"priority": 3, "icon": "bell"}], "wards": WARDS})


def feed(**changes: Any) -> AdtFeed:
    """The sample feed, some keys changed."""
    return AdtFeed.model_validate(FEED | changes)


def at(minute: float) -> str:
    """HL7's time, so many minutes after the tests begin, at the site."""
    return f"{(START + timedelta(minutes=minute)).astimezone(ZONE):%Y%m%d%H%M%S}"


def person(
    visit: str, bed: str | None = None, *, before: str = "", name: str = "", grade: str = "", **more: str
) -> str:
    """PID and PV1 (and ZPV) of a patient; `bed` is PV1-3 as it is written, None for an empty one."""
    pv1 = [""] * 46
    pv1[0], pv1[2], pv1[3], pv1[6], pv1[19] = "PV1", "I", bed or "", before, visit
    pv1[44], pv1[45] = more.get("admitted", ""), more.get("over", "")
    pid = f"PID|1||{more.get('number', 'P' + visit)}^^^H||{name or '病人^' + visit}||{more.get('born', '')}|M"
    return "\r".join([pid, "|".join(pv1).rstrip("|"), *([f"ZPV|1|{grade}"] if grade else [])])


def adt(event: str, minute: float, *rows: str, control: str = "", charset: str = "UNICODE UTF-8") -> str:
    """A message about something that happened in that minute."""
    control = control or f"{event}-{minute:g}-{crc32(str(rows).encode())}"
    msh = f"MSH|^~\\&|HIS|H1|NB|W|{at(minute)}||ADT^{event}|{control}|P|2.4||||||{charset}"
    return "\r".join([msh, f"EVN|{event}|{at(minute)}", *rows, ""])


@dataclass
class AFeed:
    """A desk with all it needs; `told` is everything published."""

    feed: AdtFeed = field(default_factory=feed)
    plan: NurseCallPlan = field(default_factory=plan)
    clock: FakeClock = field(default_factory=lambda: FakeClock(START + timedelta(days=1)))
    database: InlineDatabase = field(default_factory=InlineDatabase)
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As after `kill -9`: everything in memory is gone."""
        self.bus = Bus()
        self.bus.subscribe(Event, self.told.append)
        self.patients = Patients(self.database, self.bus, self.clock)
        now(self.patients.load())
        self.desk = Desk(self.feed, self.plan, ZONE, self.patients, self.database, self.clock)

    def send(self, *messages: str, encoding: str = "utf-8") -> list[Answer]:
        """What the desk answers, one after the other."""
        return [now(self.desk.take(message.encode(encoding)))[0] for message in messages]

    def beds(self) -> dict[str, str]:
        """Visit by bed; those without one under `ward:` and the visit."""
        return {
            f"{patient.ward}:{patient.bed or patient.visit}": patient.visit or patient.number
            for patient in self.patients.every()
        }

    def journal(self) -> list[Entry]:
        """What was written down."""
        with self.database.engine.begin() as connection:
            return list(entries(connection))


def beds_after(messages: Iterable[str]) -> dict[str, str]:
    """Who lies where when these came in that order."""
    there = AFeed()
    assert {answer.code for answer in there.send(*messages)} <= {"AA"}
    return there.beds()


def clock_at(minute: float) -> datetime:
    """The same time as `at`, aware."""
    return START + timedelta(minutes=minute)
