"""Named hours: when the hospital, a clinic or a line works."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.plan_schedules import Schedule, Special
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import ID, NAME, named

DAYS = {
    "workday": "Workdays",
    "restday": "Rest days",
    "holiday": "Public holidays",
    "daily": "Every day",
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
SPECIAL = Shape(
    Special,
    (
        Group(
            "",
            (
                Field("first", "First day"),
                Field("last", "Last day", "Empty: one day."),
                NAME,
                Field("hours", "Open at", "Empty: closed.", hint="08:00-12:00, 13:30-17:30"),
            ),
        ),
    ),
)


def cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    """Name, hours by kinds of days, the switch."""
    closed = translate("closed", language)
    hours = [
        f"{translate(DAYS.get(day, day), language)} {', '.join(spans) or closed}"
        for day, spans in doc.get("hours", {}).items()
    ]
    return named(doc, language), "；".join(hours) if language == "zh" else "; ".join(hours), str(doc.get("switch", "–"))


LAYOUT = Layout(
    name="hours",
    path=("pbx", "schedules"),
    home="/exchange/inbound",
    title="Hours",
    one="hours",
    help="Hours by a name, for rules of calls in and out. Holidays and make-up workdays are known by the calendar.",
    item=Shape(
        Schedule,
        (
            Group("", (NAME, ID)),
            Group(
                "The week",
                (
                    Field(
                        "hours",
                        "Hours by kinds of days",
                        "What is said of a day of the week comes before its kind; a day of which nothing is said is "
                        "closed. An end that is not later is the next day's: 22:00-06:00.",
                        choices=DAYS,
                    ),
                ),
            ),
            Group(
                "Special days",
                (Field("special", "Days with hours of their own", "Whatever the calendar says.", rows=SPECIAL),),
            ),
            Group(
                "Switch",
                (
                    Field(
                        "switch",
                        "Star code of its night switch",
                        "With 1 after it, it closes; with 2 it opens; with 0 it goes by the hours again. Empty: none.",
                        hint="*28",
                        wrong="A * and up to four digits.",
                    ),
                    Field("switch_from", "Extensions that may switch it", ref="extensions"),
                ),
                folded=True,
            ),
        ),
    ),
    columns=("Name shown", "Open at", "Switch"),
    cells=cells,
    identity="id",
    more=(("/exchange/sounds", "Sounds"),),
    blank={"hours": {"workday": ["08:00-12:00", "13:30-17:30"]}},
)
