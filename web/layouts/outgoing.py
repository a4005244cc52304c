"""Who may dial what: classes of service, numbers and codes, routes."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.categories import RIGHTS, WORDS
from pbx.plan import PbxPlan
from pbx.plan_outgoing import Barred, CallLimit, ClassOfService, OutRoute, TimedRights
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import CLOSED, ID, NAME, called, named

HOME = "/exchange/dialling"
KINDS: dict[str, str] = {right: str(WORDS[right]) for right in RIGHTS}
"""Kinds of numbers."""

NO_CODE = "Digits only, without the leading 0."

TIMES = Shape(
    TimedRights,
    (
        Group(
            "",
            (
                Field("schedule", "While these hours …", ref="schedules"),
                Field("closed", "… are", choices=CLOSED),
                Field("may_dial", "they may dial instead", choices=KINDS),
            ),
        ),
    ),
)
LIMITS = Shape(
    CallLimit,
    (
        Group(
            "",
            (
                Field("calls", "Calls to", "None ticked: all calls outside.", choices=KINDS),
                Field("seconds", "are cut after (seconds)"),
                Field("warning", "a beep tells so before (seconds)", "0: no beep."),
            ),
        ),
    ),
)
CLASSES = Layout(
    name="classes",
    path=("pbx", "outgoing", "classes"),
    home=HOME,
    title="Classes of service",
    one="class",
    help="What a group of telephones may dial, when and how long. "
    "Which telephones have which class is said at “Extensions”.",
    item=Shape(
        ClassOfService,
        (
            Group(
                "",
                (
                    NAME,
                    ID,
                    Field("hide_number", "Their number is not shown"),
                    Field("may_dial", "May dial", choices=KINDS),
                ),
            ),
            Group(
                "At other times",
                (Field("times", "Other rights at other times", "The first row that holds counts.", rows=TIMES),),
            ),
            Group(
                "Only these places",
                (
                    Field(
                        "areas",
                        "National calls only to these area codes",
                        "Without the leading 0. Empty: to all. One code is one city.",
                        hint="571, 21",
                        wrong=NO_CODE,
                    ),
                    Field(
                        "countries",
                        "International calls only to these countries",
                        "Country codes. Empty: to all.",
                        hint="852, 1",
                        wrong=NO_CODE,
                    ),
                ),
            ),
            Group(
                "How long",
                (
                    Field(
                        "limits",
                        "Timed calls",
                        "The first row for the kind of number counts. Asterisk itself cuts the call.",
                        rows=LIMITS,
                    ),
                ),
            ),
        ),
    ),
    columns=("Name shown", "May dial", "Timed calls", "Extensions"),
    cells=lambda doc, names, language: (
        named(doc, language),
        ", ".join(translate(KINDS.get(one, one), language) for one in doc.get("may_dial", [])),
        _limits(doc, language),
        _whose(doc, names),
    ),
    identity="id",
    blank={"may_dial": ["internal", "billed", "local"]},
    dialled=True,
    more=(("/exchange/edit/extensions", "Who has which class"), ("/exchange/edit/hours", "Hours")),
)


def _limits(doc: Doc, language: Language) -> str:
    return ", ".join(
        translate("{seconds} s", language, seconds=one.get("seconds", "")) for one in doc.get("limits", [])
    )


def _whose(doc: Doc, names: Names) -> str:
    return ", ".join(numbers for identity, numbers in names["rights"] if identity == doc.get("id"))


BARRED = Shape(
    Barred,
    (
        Group(
            "",
            (
                Field(
                    "prefix",
                    "Numbers that begin with",
                    "With the country's code, without + or 00: 86 before Chinese numbers.",
                    hint="882",
                    wrong="Digits only.",
                ),
                Field("why", "Why, for who asks"),
            ),
        ),
    ),
)
CODES = Layout(
    name="numbers",
    path=("pbx",),
    home=HOME,
    title="For all calls out",
    item=Shape(
        PbxPlan,
        (
            Group(
                "Emergency numbers",
                (
                    Field(
                        "emergency",
                        "Emergency numbers",
                        "Never billed, never barred, from every telephone, also while our program is dead.",
                    ),
                ),
            ),
            Group(
                "Outside line",
                (
                    Field(
                        "outgoing.access",
                        "Code for an outside line",
                        "Empty: none. Otherwise it may be dialled before outside numbers.",
                        hint="9",
                        wrong="At most three digits.",
                    ),
                    Field("outgoing.always_access", "Without it an outside number is none"),
                    Field(
                        "outgoing.codes",
                        "Carriers' prefix codes",
                        "People may still dial them; they are left out, as routes choose the carrier.",
                    ),
                ),
            ),
            Group(
                "Number hiding",
                (
                    Field(
                        "outgoing.hide_code",
                        "Before a number, hides the caller's",
                        "Empty: not offered.",
                        wrong="One or two of * and #, then digits: *67.",
                    ),
                    Field(
                        "outgoing.show_code",
                        "Before a number, shows the caller's",
                        "Empty: not offered.",
                        wrong="One or two of * and #, then digits: *82.",
                    ),
                ),
            ),
            Group(
                "Barred numbers",
                (Field("outgoing.barred", "Nobody may call them, billed or not", rows=BARRED),),
            ),
            Group(
                "Calls that the plan itself makes",
                (
                    Field(
                        "outgoing.house",
                        "Class of service",
                        "Of numbers that rules for calls from outside forward to, and that voice menus call.",
                        ref="classes",
                        usual="any number that is not barred",
                    ),
                ),
            ),
            Group(
                "Trunks of poor quality",
                (
                    Field("outgoing.quality.answered", "Of a hundred calls, answered at least", "0: not judged."),
                    Field(
                        "outgoing.quality.ringing_seconds",
                        "It rings after at most, on average (seconds)",
                        "0: not judged.",
                    ),
                    Field("outgoing.quality.calls", "So many calls make a verdict"),
                    Field("outgoing.quality.hours", "Looked back on (hours)", "After them it gets another chance."),
                ),
                folded=True,
                help="Where the cheapest trunk goes first, one below this comes last.",
            ),
        ),
    ),
    dialled=True,
)


def _route(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    kinds = [translate(KINDS.get(one, one), language) for one in doc.get("to", [])]
    about = [
        *kinds,
        *(called(names["carriers"], str(one)) for one in doc.get("carriers", [])),
        *(f"+{one}…" for one in doc.get("prefixes", [])),
    ]
    if doc.get("schedule"):
        said = "while “{schedule}” is closed" if doc.get("closed") else "while “{schedule}” is open"
        about.append(translate(said, language, schedule=called(names["schedules"], str(doc["schedule"]))))
    trunks = [called(names["trunks"], str(one)) for one in doc.get("trunks", [])]
    order = translate(ORDERS[str(doc.get("order", "listed"))], language) if len(trunks) > 1 else ""
    return (
        named(doc, language), ", ".join(about) or translate("every call out", language), " → ".join(trunks), order,
    )  # fmt: skip


ORDERS = {"listed": "in this order", "cheapest": "the cheapest first"}
ROUTES = Layout(
    name="routes",
    path=("pbx", "outgoing", "routes"),
    home=HOME,
    title="Routes",
    one="route",
    help="Every route that fits a call counts, in this order: later ones are the detours of earlier ones. "
    "Without any route, every trunk, the cheapest first.",
    ordered=True,
    item=Shape(
        OutRoute,
        (
            Group("", (NAME,)),
            Group(
                "Which calls",
                (
                    Field("to", "To these kinds of numbers", "None ticked: whatever it is.", choices=KINDS),
                    Field(
                        "carriers",
                        "To numbers of these carriers",
                        "By the tables of number ranges. None: of any.",
                        ref="carriers",
                    ),
                    Field(
                        "prefixes",
                        "To numbers that begin with",
                        "With the country's code, without + or 00. Empty: any.",
                        hint="86571, 852",
                        wrong="Digits only.",
                    ),
                    Field("schedule", "While these hours …", ref="schedules", usual="at any time"),
                    Field("closed", "… are", choices=CLOSED, when={"schedule": ("*",)}),
                ),
            ),
            Group(
                "Over",
                (
                    Field("trunks", "These trunks", ref="trunks"),
                    Field("order", "Tried", choices=ORDERS),
                    Field(
                        "code",
                        "Code dialled before the number",
                        "A carrier's prefix code.",
                        hint="17909",
                        wrong="Digits and * only.",
                    ),
                    Field(
                        "shown",
                        "Number shown",
                        usual="the trunk's own",
                        wrong="Digits only, or + before them.",
                    ),
                    Field("last", "No later route is tried"),
                ),
            ),
        ),
    ),
    columns=("Name shown", "Which calls", "Over", ""),
    cells=_route,
    dialled=True,
)
