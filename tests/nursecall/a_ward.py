"""A small hospital for tests: two wards, a clock that moves when told, a real SQL database in memory."""

from __future__ import annotations

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import Entry, Event, entries
from nursecall.calls import OpenCall
from nursecall.patients import Patients
from nursecall.plan import NurseCallPlan
from nursecall.plan_lines import AnyLine
from nursecall.reading import Ended, Presence, Press, Terminal
from nursecall.store import CallStore
from nursecall.ward import Wards
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

E = TypeVar("E")

ZONE = ZoneInfo("Asia/Shanghai")

PLAN: dict[str, Any] = {
    "call_types": [
        {"id": "call", "name": {"zh": "呼叫", "en": "Call"}, "spoken": {"zh": "呼叫", "en": "is calling"}}
        | {"priority": 3, "icon": "bell"},
        {"id": "wc", "name": {"zh": "卫生间", "en": "WC"}, "spoken": {"zh": "卫生间呼叫", "en": "calls from the WC"}}
        | {"priority": 2, "icon": "wc"},
        {"id": "code", "name": {"zh": "抢救", "en": "Code"}, "spoken": {"zh": "抢救", "en": "code blue"}}
        | {"priority": 1, "icon": "heart"},
        {"id": "quiet", "name": {"zh": "服务", "en": "Service"}, "spoken": {"zh": "", "en": ""}}
        | {"priority": 5, "icon": "cup", "speakable": False},
    ],
    "wards": [
        {
            "id": "w1",
            "name": {"zh": "一病区", "en": "Ward 1"},
            "beds": ["1-40"],
            "patience": 120,
            "repeat": 20,
            "shifts": [
                {"id": "day", "name": {"zh": "白班", "en": "Day"}, "start": "08:00", "end": "20:00"},
                {"id": "night", "name": {"zh": "夜班", "en": "Night"}, "start": "20:00", "end": "08:00"},
            ],
            "roster": [
                {"shift": "day", "nurse": "李静", "mobile": "13800000001"},
                {"shift": "day", "nurse": "王芳", "mobile": "13800000002"},
                {"shift": "night", "nurse": "赵敏", "mobile": "13800000003"},
            ],
        },
        {"id": "w2", "name": {"zh": "二病区", "en": "Ward 2"}, "language": "en", "beds": ["1-10"], "patience": 60},
    ],
    "lines": [
        {"id": "l1", "ward": "w1", "device": "l1"},
        {"id": "l2", "ward": "w2", "device": "l2"},
    ],
}


def plan(**changes: Any) -> NurseCallPlan:
    """The sample plan with some sections replaced."""
    return NurseCallPlan.model_validate(PLAN | changes)


def ward_with(index: int, **changes: Any) -> NurseCallPlan:
    """The sample plan, one ward of it changed."""
    wards = list(PLAN["wards"])
    wards[index] = wards[index] | changes
    return plan(wards=wards)


class AWard:
    """The service with all it needs; `told` is everything published."""

    def __init__(self, the_plan: NurseCallPlan | None = None, *, start: bool = True) -> None:
        self.plan = the_plan or plan()
        self.clock = FakeClock()
        self.database = InlineDatabase()
        self.told: list[Event] = []
        self._build()
        if start:
            now(self.wards.start())

    def _build(self) -> None:
        self.bus = Bus()
        self.bus.subscribe(Event, self.told.append)
        self.patients = Patients(self.database, self.bus, self.clock)
        self.wards = Wards(self.plan, ZONE, CallStore(self.database), self.patients, self.clock, self.bus)

    def restart(self, *, start: bool = True) -> None:
        """As after `kill -9`: everything in memory is gone."""
        self.wards.stop()
        self.told.clear()
        self._build()
        if start:
            now(self.wards.start())

    def wait(self, seconds: int) -> None:
        """Second by second, as time passes."""
        for _ in range(seconds):
            self.clock.advance(1)

    def line(self, ward: str = "w1") -> AnyLine:
        """The ward's host line."""
        return next(line for line in PLAN_LINES if line.ward == ward)

    def press(self, bed: str, call_type: str = "call", ward: str = "w1") -> None:
        """Somebody presses."""
        self.wards.heard(self.line(ward), Press(ward, bed, call_type))

    def reset(self, bed: str, call_type: str | None = None, ward: str = "w1") -> None:
        """Somebody came."""
        self.wards.heard(self.line(ward), Ended(ward, bed, call_type))

    def presence(self, bed: str, here: bool, ward: str = "w1") -> None:
        """A nurse is at that bed, or leaves it."""
        self.wards.heard(self.line(ward), Presence(ward, bed, here))

    def terminal(self, bed: str, well: bool, ward: str = "w1") -> None:
        """The bed's terminal breaks, or works again."""
        self.wards.heard(self.line(ward), Terminal(ward, bed, well))

    def line_is(self, state: State, line: str = "l1") -> None:
        """The line's own word."""
        self.bus.publish(HealthChanged(at=self.clock.now(), part=f"line:{line}", state=state))

    def acknowledge(self, bed: str, by: str = "nurse", ward: str = "w1") -> bool:
        """Somebody at the screen takes the call of that bed."""
        return now(self.wards.acknowledge(self.open(bed, ward).id, by))

    def open(self, bed: str, ward: str = "w1") -> OpenCall:
        """The only open call of that bed."""
        (call,) = (call for call in self.wards.open(ward) if call.bed == bed)
        return call

    def heard(self, kind: type[E]) -> list[E]:
        """What of this kind was told."""
        return [event for event in self.told if isinstance(event, kind)]

    def kinds(self) -> list[str]:
        """What was told, by name."""
        return [type(event).__name__ for event in self.told]

    def journal(self) -> list[Entry]:
        """What was written down."""
        with self.database.engine.begin() as connection:
            return list(entries(connection))


PLAN_LINES = plan().lines
