"""Who is told when nobody comes: escalation trees, and which calls go by which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan_escalation import USUAL, USUAL_TO, By, Step, Tree, TreeRule
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import USUAL_TREE, Names
from web.layouts.common import ID, called, listed
from web.layouts.ward_common import BACK, HEAD, HOME, people

BY: Mapping[str, str] = {
    "station": "the station's screen",
    "sms": "a short message",
    "desk": "a telephone of the house, rung and spoken to",
    "mobile": "each mobile in turn, rung and spoken to",
    "pager": "a pager",
    "ward": "the neighbouring wards' screens",
    "supervisor": "the supervisor: a message, then the mobile",
    "speaker": "loudspeakers of the ward",
    "mail": "an e-mail",
}
WHOM = (
    "Empty: who is meant by itself. Else: duty, assigned, supervisor, role:porter, a number; a ward for a screen or "
    "loudspeakers; a pager system, or pagers:ADDRESS; a mail address."
)
NOBODY = "Nobody a step of this kind can reach."


def _step(prefix: str = "") -> tuple[Field, ...]:
    return (
        Field(f"{prefix}by", "Told by", choices=BY),
        Field(f"{prefix}to", "Who", ref="told", free=True, usual="by itself", wrong=NOBODY),
        Field(f"{prefix}after", "After (seconds)", usual="the ward's patience"),
        Field(f"{prefix}attempts", "How often"),
        Field(f"{prefix}repeat", "Again after (seconds)", usual="as above"),
        Field(f"{prefix}ring", "Each telephone rings (seconds)"),
    )


def _seconds(after: object, language: Language) -> str:
    if after is None:
        return translate("after the ward's patience", language)
    return translate("after {seconds} s", language, seconds=after) if after else translate("at once", language)


def _told(step: Doc, names: Names, language: Language) -> str:
    """“after 60 s: a short message (all nurses on duty), 3 times”."""
    by = str(step.get("by", ""))
    to = str(step.get("to") or USUAL_TO.get(cast(By, by), ""))
    said = translate(BY.get(by, by), language)
    if to:
        said = translate("{told} ({whom})", language, told=said, whom=people(to, names, language))
    said = translate("{when}: {told}", language, when=_seconds(step.get("after"), language), told=said)
    attempts = step.get("attempts", 1)
    return said if attempts == 1 else translate("{told}, {count} times", language, told=said, count=attempts)


def _tree_said(doc: Doc, names: Names, language: Language) -> str:
    steps = [_told(step, names, language) for step in doc.get("steps", [])]
    last = doc.get("failsafe")
    if isinstance(last, Mapping):
        steps.append(translate("last of all, {step}", language, step=_told(last, names, language)))
    return "；".join(steps) + "。" if language == "zh" else "; ".join(steps) + "."


def _tree_cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    return str(doc.get("id", "")), _tree_said(doc, names, language)


TREES = Layout(
    name="escalations",
    path=("nursecall", "escalations"),
    home=HOME,
    head=HEAD,
    back=BACK,
    replayed=True,
    title="Escalation",
    one="tree",
    help="A call is on the station's screen, and spoken there, at once. When nobody comes these steps begin, one after "
    "another; one that reaches nobody gives way to the next.",
    item=Shape(
        Tree,
        (
            Group("Steps", (ID, Field("steps", "Steps", WHOM, rows=Shape(Step, (Group("", _step()),))))),
            Group(
                "Last of all",
                _step("failsafe."),
                help="Must be there whoever is on duty: a station, a telephone of the house, a number.",
            ),
        ),
    ),
    columns=("Short name", "As a sentence"),
    cells=_tree_cells,
    identity="id",
    blank={"steps": [{"by": "sms"}], "failsafe": {"by": "station"}},
    said=_tree_said,
)

HOURS: Mapping[str, str] = {"day": "by day only", "night": "by night only"}
ANY = "any"


def _any(values: object, known: Sequence[tuple[str, str]], language: Language) -> str:
    chosen = [str(one) for one in values] if isinstance(values, Sequence) else []
    return listed([called(known, one) for one in chosen], language) or translate(ANY, language)


def _tree(doc: Doc, language: Language) -> str:
    name = str(doc.get("tree", ""))
    return translate(USUAL_TREE, language) if name == USUAL else name


def _rule_cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    return (
        _tree(doc, language),
        _any(doc.get("types"), names["call-types"], language),
        _any(doc.get("wards"), names["wards"], language),
        _any(doc.get("shifts"), names["shifts"], language),
        translate(HOURS.get(str(doc.get("hours")), ANY), language),
    )


RULES = Layout(
    name="escalation-rules",
    path=("nursecall", "escalation_rules"),
    home=HOME,
    head=HEAD,
    back=BACK,
    replayed=True,
    title="Which calls go by which",
    one="rule",
    help="The first that fits counts. Where none does, the kind of call says by which tree it goes, then its ward.",
    item=Shape(
        TreeRule,
        (
            Group(
                "Which calls",
                (
                    Field("tree", "Go by", ref="trees"),
                    Field("types", "Kinds of call", ref="call-types", usual=ANY),
                    Field("wards", "Wards", ref="wards", usual=ANY),
                    Field("shifts", "Shifts", ref="shifts", usual=ANY),
                    Field("hours", "Hours", "The ward says which of them are night.", choices=HOURS, usual=ANY),
                ),
                help="An empty list means any.",
            ),
        ),
    ),
    columns=("Go by", "Kinds of call", "Wards", "Shifts", "Hours"),
    cells=_rule_cells,
    ordered=True,
    blank={"tree": USUAL},
)
