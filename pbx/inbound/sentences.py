"""A rule as one sentence, as somebody would say it: which calls, and what is done with them, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.inbound.words import CAUSES, KINDS
from pbx.plan_inbound import CALLERS, Announce, Ddi, Forward, Refuse, Ring, Rule, Served, Step, WardDesk

KINDS_OF_CALLERS = {
    "withheld": "callers without a number",
    "vip": "important callers",
    "known": "callers of the address book",
    "unknown": "callers unknown to the address book",
}


@dataclass(frozen=True)
class Called:
    """What things that a rule names are called, by id. numbered: rooms and fax lines, by number."""

    trunks: Mapping[str, str] = field(default_factory=dict)
    schedules: Mapping[str, str] = field(default_factory=dict)
    wards: Mapping[str, str] = field(default_factory=dict)
    menus: Mapping[str, str] = field(default_factory=dict)
    numbered: Mapping[str, str] = field(default_factory=dict)


def sentence(rule: Rule, called: Called, language: Language) -> str:
    """“Calls to 88880001, while “Office” is closed: 8081 rings for 15 s; then …”"""
    steps = translate("; then ", language).join(step_said(step, called, language) for step in rule.steps)
    return translate("{calls}: {steps}.", language, calls=calls_said(rule, called, language), steps=steps)


def calls_said(rule: Rule, called: Called, language: Language) -> str:
    """Which calls a rule is for."""

    def listed(words: list[str]) -> str:
        return translate(" or ", language).join(words)

    parts = [translate("Calls to {numbers}", language, numbers=listed(list(rule.called)))] if rule.called else []
    if not rule.called:
        parts.append(translate("Every call", language))
    if rule.caller:
        who = [translate(KINDS_OF_CALLERS[one], language) if one in CALLERS else one for one in rule.caller]
        parts.append(translate("calling from {numbers}", language, numbers=listed(who)))
    if rule.trunk:
        parts.append(
            translate("over the trunk {trunks}", language, trunks=listed([called.trunks.get(t, t) for t in rule.trunk]))
        )
    if rule.open:
        schedule = called.schedules.get(rule.open, rule.open)
        parts.append(translate("while “{schedule}” is open", language, schedule=schedule))
    if rule.closed:
        schedule = called.schedules.get(rule.closed, rule.closed)
        parts.append(translate("while “{schedule}” is closed", language, schedule=schedule))
    return translate(", ", language).join(parts)


def step_said(step: Step, called: Called, language: Language) -> str:
    """What a step does, as a part of a sentence."""
    match step:
        case Ring() | Ddi() | WardDesk() | Forward():
            message, facts = _rings(step, called, "、" if language == "zh" else ", ")
        case Announce(text=text):
            message, facts = "“{text}” is said and it hangs up", {"text": text[language]}
        case Refuse(cause=cause):
            message, facts = "the call is refused: {cause}", {"cause": translate(CAUSES[cause], language)}
        case Served(do=kind, name=name):
            shown = called.menus.get(name) or f"{name} {called.numbered.get(name, '')}".strip()
            message, facts = "on to the {kind} “{name}”", {"kind": translate(KINDS[kind], language), "name": shown}
    return translate(message, language, **facts)


def _rings(step: Ring | Ddi | WardDesk | Forward, called: Called, comma: str) -> tuple[str, dict[str, object]]:
    match step:
        case Ring(extensions=extensions, how=how):
            facts: dict[str, object] = {"extensions": comma.join(extensions)}
            message = "{extensions} ring together for {seconds} s"
            if len(extensions) == 1:
                message = "{extensions} rings for {seconds} s"
            elif how == "in-turn":
                message = "{extensions} ring in turn, each for {seconds} s"
        case Ddi(digits=digits):
            message, facts = "the extension of the last {digits} digits rings for {seconds} s", {"digits": digits}
        case WardDesk(ward=ward):
            message, facts = "the station of {ward} rings for {seconds} s", {"ward": called.wards.get(ward, ward)}
        case Forward(numbers=numbers, accept=accept):
            facts = {"numbers": comma.join(numbers)}
            message = "{numbers} are called in turn, each for {seconds} s, until one answers"
            if accept:
                message = "{numbers} are called in turn, each for {seconds} s, until one presses 1"
    return message, {**facts, "seconds": step.seconds}
