"""A small hospital in Hangzhou that calls out: two carriers, four classes of service."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from appliance.foundation.days import CHINA
from pbx.decision import Decision, decide
from pbx.number_plan import Here, Served
from pbx.plan import PbxPlan

ZONE = ZoneInfo("Asia/Shanghai")
HERE = Here("CN", "571", ZONE, CHINA)
SERVED = (Served("600"), Served("*98", "internal", exact=True), Served("*", None))
MONDAY = datetime(2026, 3, 2, 10, tzinfo=ZONE)
"""A workday in office hours."""
SUNDAY = datetime(2026, 3, 1, 10, tzinfo=ZONE)

DEMO: dict[str, Any] = {
    "extensions": [
        {"numbers": "8001-8009", "name": {"zh": "护士站", "en": "Stations"}, "rights": "ward"},
        {"numbers": "8010-8019", "name": {"zh": "行政", "en": "Offices"}, "rights": "office"},
        {"numbers": "8020", "name": {"zh": "院长", "en": "Director"}, "rights": "all"},
        {"numbers": "8030-8039", "name": {"zh": "病房", "en": "Patients"}},
        {"numbers": "8040", "name": {"zh": "走廊", "en": "Corridor"}, "may_dial": ["internal"]},
    ],
    "trunks": [
        {"id": "telecom", "name": {"zh": "电信", "en": "Telecom"}, "host": "127.0.0.1", "tariff": "t",
         "format": "national", "caller_id": "057188880000"},
        {"id": "mobile", "name": {"zh": "移动", "en": "Mobile"}, "host": "127.0.0.1", "tariff": "m",
         "format": "e164"},
    ],
    "schedules": [{"id": "office", "name": {"zh": "上班", "en": "Office"}, "hours": {"workday": ["08:00-17:30"]}}],
    "outgoing": {
        "access": "9",
        "classes": [
            {"id": "ward", "name": {"zh": "病区", "en": "Ward"}, "may_dial": ["internal", "billed", "local"],
             "limits": [{"calls": ["local"], "seconds": 180, "warning": 20}]},
            {"id": "office", "name": {"zh": "行政", "en": "Office"},
             "may_dial": ["internal", "local", "national", "mobile", "international"],
             "times": [{"schedule": "office", "closed": True, "may_dial": ["internal", "local"]}],
             "areas": ["571", "574"], "countries": ["852"], "hide_number": True},
            {"id": "all", "name": {"zh": "全部", "en": "All"}, "may_dial": ["internal", "billed", "local",
             "national", "mobile", "information", "premium", "international"]},
        ],
        "barred": [{"prefix": "88216", "why": {"zh": "诈骗", "en": "fraud"}}],
    },
}  # fmt: skip


def plan(**outgoing: Any) -> PbxPlan:
    """The plan; `outgoing` replaces rows of that section."""
    return PbxPlan.model_validate(DEMO | {"outgoing": DEMO["outgoing"] | outgoing})


PLAN = plan()


def dial(extension: str, dialled: str, at: datetime = MONDAY, **facts: Any) -> Decision:
    """What becomes of it. facts: another `plan`, `healthy`, `cost`."""
    wanted: dict[str, Any] = {"plan": PLAN, "here": HERE, "served": SERVED} | facts
    return decide(wanted.pop("plan"), wanted.pop("here"), extension, dialled, at, **wanted)
