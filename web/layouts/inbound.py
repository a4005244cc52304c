"""Calls from outside: the rules in their order, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.config import Section
from appliance.foundation.values import Language
from pbx.inbound.sentences import Called, sentence
from pbx.plan_inbound import (
    Announce,
    Contact,
    Ddi,
    Forward,
    InboundPlan,
    Refuse,
    Ring,
    Rule,
    Served,
    WardDesk,
)
from web.forms.layout import Doc, Field, Group, Layout, Shape, Variants
from web.forms.names import Names, Ref
from web.layouts.common import ID, NAME, named

HOME = "/exchange/inbound"
MORE = (("/exchange/sounds", "Sounds"),)
NO_PATTERN = "A number, a beginning such as 8888*, or a run such as 88880100-88880199."
SECONDS = Field("seconds", "Seconds")


def _step(model: type[Section], *fields: Field) -> Shape:
    return Shape(model, (Group("", fields),))


def _served(ref: Ref | None, label: str, help: str = "") -> Shape:
    return _step(Served, Field("name", label, help, ref=ref))


STEPS = Variants(
    "do",
    "Step",
    {
        "ring": (
            "Ring telephones",
            _step(
                Ring,
                Field("extensions", "Extensions", ref="extensions", hint="8081, 8082"),
                Field("how", "How", choices={"together": "all together", "in-turn": "one after another"}),
                SECONDS,
            ),
        ),
        "ddi": (
            "Direct dialling: the called number ends in the extension",
            _step(Ddi, Field("digits", "Digits of the extension"), SECONDS),
        ),
        "ward": ("Ring a ward's station", _step(WardDesk, Field("ward", "Ward", ref="wards"), SECONDS)),
        "forward": (
            "Off-hours list: numbers one after another",
            _step(
                Forward,
                Field("numbers", "Numbers, inside or outside", hint="13800138000, 8081"),
                Field(
                    "accept",
                    "Who answers outside presses 1",
                    "So that a mobile's own voicemail does not take the call.",
                ),
                SECONDS,
            ),
        ),
        "menu": ("Voice menu", _served("menus", "Voice menu")),
        "mailbox": ("Mailbox", _served("mailboxes", "Mailbox")),
        "room": ("Conference room", _served("rooms", "Conference room")),
        "fax": ("Fax line", _served("faxes", "Fax line")),
        "queue": ("Queue", _served(None, "Queue", "A box without queues takes the next step.")),
        "announce": ("Say something and hang up", _step(Announce, Field("text", "What is said", wide=True))),
        "refuse": (
            "Refuse the call",
            _step(
                Refuse,
                Field(
                    "cause",
                    "The caller is told",
                    choices={"busy": "line busy", "no-such-number": "no such number", "refused": "call refused"},
                ),
            ),
        ),
    },
)
RULE = Shape(
    Rule,
    (
        Group("The rule", (NAME, ID)),
        Group(
            "Which incoming calls",
            (
                Field(
                    "called",
                    "Called numbers",
                    "As people here write them; however the carrier writes them, they fit.",
                    hint="88880001, 8888*",
                    usual="any",
                    wrong=NO_PATTERN,
                    wide=True,
                ),
                Field(
                    "caller",
                    "Callers",
                    "Numbers in the same ways; or withheld (no number), vip, known (in the address book) or unknown.",
                    hint="13800138000, vip",
                    usual="any",
                    wrong=NO_PATTERN,
                    wide=True,
                ),
                Field("trunk", "Over the trunks", "None for any.", ref="trunks"),
                Field("open", "While it is open", ref="schedules", usual="at any time"),
                Field("closed", "While it is closed", ref="schedules", usual="at any time"),
            ),
            help="All that is said here must fit; what is left empty fits every call.",
        ),
        Group(
            "What is done",
            (Field("steps", "Steps, in turn, until one takes the call", rows=STEPS),),
        ),
        Group(
            "What is heard",
            (
                Field("ring_back", "While it rings, the caller hears", ref="ring-backs", usual="as it is for all"),
                Field("speak_caller", "Who answers hears who calls"),
                Field(
                    "language",
                    "Language of what is said",
                    choices={"zh": "Chinese", "en": "English"},
                    usual="the hospital's",
                ),
            ),
            folded=True,
        ),
    ),
)
ALL = Shape(
    InboundPlan,
    (
        Group(
            "When no rule fits",
            (
                Field(
                    "fallback",
                    "These extensions ring together",
                    "Also for every call while the box's program is dead. Empty: the call is refused.",
                    ref="extensions",
                    wide=True,
                ),
            ),
        ),
        Group(
            "Blocked callers",
            (
                Field(
                    "blocked",
                    "Refused before any rule",
                    "Numbers, beginnings such as 0085*, or withheld. The page blocks single callers at once.",
                    hint="13900000000, 0085*",
                    wrong=NO_PATTERN,
                    wide=True,
                ),
            ),
        ),
        Group(
            "What is heard",
            (
                Field(
                    "ring_back",
                    "While it rings, the caller hears",
                    "The carrier's own tone, our bell, or a sound of the hospital: upload it under Sounds.",
                    ref="ring-backs",
                    usual="the carrier's own tone",
                ),
                Field(
                    "ring_back_answered",
                    "The call is answered for it",
                    "For carriers that pass on no sound before the answer; the caller then pays from the first second.",
                ),
                Field("speak_caller", "Who answers hears who calls"),
                Field("longest_minutes", "No call lasts longer than (minutes)"),
            ),
        ),
        Group(
            "Callers that count before the address book",
            (
                Field(
                    "contacts",
                    "Callers",
                    rows=Shape(
                        Contact,
                        (Group("", (Field("number", "Number"), Field("name", "Name"), Field("vip", "VIP"))),),
                    ),
                ),
            ),
            folded=True,
        ),
    ),
)


def said(doc: Doc, names: Names, language: Language) -> str:
    """The rule as one sentence."""
    called = Called(
        dict(names["trunks"]), dict(names["schedules"]), dict(names["wards"]), dict(names["menus"]),
        {**dict(names["rooms"]), **dict(names["faxes"])},
    )  # fmt: skip
    return sentence(Rule.model_validate(doc), called, language)


def cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    """Name, and the whole rule in words."""
    return named(doc, language), said(doc, names, language)


RULES = Layout(
    name="inbound-rules",
    path=("pbx", "inbound", "rules"),
    home=HOME,
    title="Rules",
    one="rule",
    help="For each call from outside the first rule that fits decides; its steps are tried in turn until one takes it.",
    item=RULE,
    columns=("Rule", "As a sentence"),
    cells=cells,
    ordered=True,
    identity="id",
    said=said,
    beside="inbound_try.html",
    more=MORE,
)
FOR_ALL = Layout(
    name="inbound",
    path=("pbx", "inbound"),
    home=HOME,
    title="For all calls from outside",
    item=ALL,
    more=MORE,
)
