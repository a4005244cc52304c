"""The story of one telephone call in words: what the journal and the exchange say of it, in order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance.foundation.i18n import translate
from appliance.foundation.journal import Entry
from appliance.foundation.report import span
from appliance.foundation.values import Language, Money, shown
from pbx.calls.events import OUTCOMES
from pbx.calls.views import CallRow, Story
from pbx.engine.records import Record
from pbx.reason import Reason

DIRECTIONS = {
    "internal": "in the house",
    "service": "a service",
    "out": "to outside",
    "in": "from outside",
    "emergency": "emergency call",
}
LEGS = {"CHAN_START": "begins", "ANSWER": "is up", "HANGUP": "hangs up"}

Facts = Mapping[str, Any]
Words = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class Happening:
    """One line of the story. call: which of its calls; icon: a name of `icons.html`; engine: told by Asterisk."""

    at: datetime
    call: str
    icon: str
    text: str
    engine: bool = False


def happenings(
    story: Story, records: Iterable[Record], trunks: Mapping[str, str], language: Language
) -> list[Happening]:
    """All of it, oldest first. records: the exchange's own, of these calls; trunks: names by plan id."""
    told = [_told(entry, story.kin, trunks, language) for entry in story.entries]
    callers = {row.leg for row in story.kin}
    told += [_leg(record, callers, language) for record in records if record.kind in LEGS]
    return sorted(told, key=lambda one: one.at)


def _told(entry: Entry, kin: Sequence[CallRow], trunks: Mapping[str, str], language: Language) -> Happening:
    known = _SENTENCES.get(entry.kind)
    call = str(entry.body.get("call") or next((row.id for row in kin if row.id in str(entry.body)), ""))
    if entry.kind == "pbx.CallStep":
        return Happening(entry.at, call, "chart", Reason.read(entry.body["reason"]).text(language))
    if known is None:
        facts = ", ".join(f"{name} {value}" for name, value in entry.body.items() if name != "call" and value)
        return Happening(entry.at, call, "list", f"{entry.kind}: {facts}")
    icon, words = known
    named: dict[str, Any] = {
        name: trunks.get(str(entry.body[name]), entry.body[name]) for name in ("trunk", "by") if name in entry.body
    }
    message, facts_ = words({"trunk": "", **entry.body, **named})
    worded = {name: translate(str(value), language) if name in _WORDS else value for name, value in facts_.items()}
    return Happening(entry.at, call, icon, translate(message, language, **worded))


def _leg(record: Record, callers: Collection[str], language: Language) -> Happening:
    does = translate(LEGS[record.kind], language)
    if record.channel in callers:
        text = translate("The caller's leg {does}.", language, does=does)
    else:
        # Named after its call, which is known here.
        text = translate(
            "Leg {leg} {does}.", language, leg=record.channel.partition("-")[2] or record.channel, does=does
        )
    return Happening(record.at, "", "trunk", text, engine=True)


_WORDS = {"outcome", "why"}
"""Facts that are themselves message ids."""


def _began(body: Facts) -> Words:
    if body["trunk"]:
        return "A call comes in over {trunk} from {caller}.", {"trunk": body["trunk"], "caller": body["caller"] or "–"}
    if body.get("grown_from"):
        return "The call is handed on by {caller}.", {"caller": body["caller"]}
    return "{caller} dials.", {"caller": body["caller"]}


def _directed(body: Facts) -> Words:
    messages = {
        "internal": "It is for extension {called}.",
        "service": "It is for the service {called}.",
        "out": "It is to go outside, to {called}.",
        "in": "It was called in for {called}.",
        "emergency": "It is an emergency call, to {called}.",
    }
    return messages[body["direction"]], {"called": body["called"]}


def _answered(body: Facts) -> Words:
    return "{by} answers.", {"by": body["by"]}


def _ended(body: Facts) -> Words:
    seconds = float(body["talked_seconds"])
    outcome = OUTCOMES.get(body["outcome"], body["outcome"])
    if seconds:
        return "It is over after {talk} of talk.", {"talk": span(seconds)}
    return "It is over: {outcome}.", {"outcome": outcome}


def _authorised(body: Facts) -> Words:
    return "Account {account} pays: {reserved} is set aside for {talk} over {trunk}.", {
        "account": body["account"],
        "reserved": shown(Money(body["reserved"])),
        "talk": span(body["granted_seconds"]),
        "trunk": body["trunk"],
    }


def _refused(body: Facts) -> Words:
    return "The billed call is refused: {why}", {"why": body["why"]}


def _extended(body: Facts) -> Words:
    reserved, talk = shown(Money(body["reserved"])), span(body["granted_seconds"])
    return "More is set aside, {reserved} in all, for {talk}.", {"reserved": reserved, "talk": talk}


def _settled(body: Facts) -> Words:
    return "The bill: {charge} for {talk} of talk, account {account}.", {
        "charge": shown(Money(body["charge"])),
        "talk": span(body["seconds"]),
        "account": body["account"],
    }


def _moved(body: Facts) -> Words:
    amount, balance = Money(body["amount"]), Money(body["balance"])
    return "Account {account}: {amount}, its balance is {balance}.", {
        "account": body["account"],
        "amount": shown(amount),
        "balance": shown(balance),
    }


def _supervised(body: Facts) -> Words:
    modes = {
        "listen": "{by} listens at telephone {extension}.",
        "whisper": "{by} whispers from telephone {extension}.",
        "join": "{by} joins in at telephone {extension}.",
    }
    return modes[body["mode"]], {"by": body["by"], "extension": body["extension"]}


def _released(body: Facts) -> Words:
    return "{by} ends the call.", {"by": body["by"]}


def _rerouted(body: Facts) -> Words:
    outcome = OUTCOMES.get(body["why"], body["why"])
    facts = {"outcome": outcome, "trunk": body["trunk"]}
    return "The line before did not take it ({outcome}): {trunk} is tried.", facts


_SENTENCES: Mapping[str, tuple[str, Callable[[Facts], Words]]] = {
    "pbx.CallBegan": ("phone", _began),
    "pbx.EmergencyDialled": (
        "siren",
        lambda facts: (
            "Emergency: {extension} dialled {number}.",
            {"extension": facts["extension"], "number": facts["number"]},
        ),
    ),
    "pbx.CallDirected": ("passed-on", _directed),
    "pbx.CallAnswered": ("check", _answered),
    "pbx.CallEnded": ("ok", _ended),
    "pbx.CallSupervised": ("eye", _supervised),
    "pbx.CallReleased": ("close", _released),
    "billing.MoneyMoved": ("wallet", _moved),
    "billing.CallAuthorised": ("wallet", _authorised),
    "billing.CallRefused": ("wallet", _refused),
    "billing.LeaseExtended": ("wallet", _extended),
    "billing.CallSettled": ("wallet", _settled),
    "billing.CallRerouted": ("trunk", _rerouted),
}
