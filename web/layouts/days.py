"""Holidays and make-up days, where the calendar that comes with the box does not know them, or has them otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.foundation.days_plan import NamedDays
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import NAME, named

KINDS: Mapping[str, str] = {"holiday": "Public holidays", "workday": "Workdays", "restday": "Rest days"}


def _cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    first, last = doc.get("first", ""), doc.get("last")
    kind = str(doc.get("kind", "holiday"))
    days = f"{first} – {last}" if last else str(first)
    return named(doc, language), days, translate(KINDS.get(kind, kind), language)


LAYOUT = Layout(
    name="days",
    path=("site", "days"),
    home="/exchange/inbound",
    title="Holidays",
    one="days",
    help="Rates, hours and rights go by the kind of day. The box knows the holidays up to the year it was made for; as "
    "soon as the next are announced, enter them here, with the weekends that make up for them as workdays.",
    item=Shape(
        NamedDays,
        (
            Group(
                "Which days",
                (
                    NAME,
                    Field("first", "First day"),
                    Field("last", "Last day", "Empty: one day."),
                    Field("kind", "They are", choices=KINDS),
                ),
            ),
        ),
    ),
    columns=("Name shown", "Which days", "They are"),
    cells=_cells,
)
