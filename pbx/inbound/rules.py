"""What becomes of a call from outside. Pure: plan, time, calendar and lists in, a decision with its reasons out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pbx.numbers import every_form, world_form
from pbx.plan import PbxPlan
from pbx.plan_inbound import Contact, Ddi, Ring, Rule, Step, WardDesk
from pbx.reason import Fact, Reason
from pbx.schedules import Kind, Position, standing


@dataclass(frozen=True)
class Arrival:
    """A call as the carrier brought it. trunk: plan id. called, caller: digits as they came, perhaps with +.

    caller: empty where it is withheld or unknown. name: what the carrier says of the caller, nothing to rely on.
    """

    trunk: str
    called: str
    caller: str = ""
    name: str = ""


@dataclass(frozen=True)
class Known:
    """What is known beside the plan. kind: the site's calendar. desk: a ward's telephone, None where it has none.

    positions: of schedules' switches. blocked: callers blocked at the panel. contact: who has a number, by the address
    book; the plan's own contacts come first.
    """

    country: str
    area: str
    kind: Kind
    desk: Callable[[str], str | None] = lambda ward: None
    positions: Mapping[str, Position] = field(default_factory=dict)
    blocked: Collection[str] = ()
    contact: Callable[[str], Contact | None] = lambda number: None

    def forms(self, number: str) -> frozenset[str]:
        """All the ways people here write a number."""
        return every_form(number, self.country, self.area)


@dataclass(frozen=True)
class Decision:
    """What happens, and why.

    caller, called: E.164 where they can be told, else as they came. rule: the one that fits. steps: tried in turn;
        `ring` for all that ring extensions. blocked: the caller is refused.
    """

    caller: str
    called: str
    rule: Rule | None
    steps: tuple[Step, ...]
    why: tuple[Reason, ...]
    contact: Contact | None = None
    blocked: bool = False


def decide(plan: PbxPlan, arrival: Arrival, at: datetime, known: Known) -> Decision:
    """What becomes of `arrival` at a moment of the site's own time."""
    caller = world_form(arrival.caller, known.country, known.area) or arrival.caller
    called = world_form(arrival.called, known.country, known.area) or arrival.called
    callers, numbers = known.forms(arrival.caller), known.forms(arrival.called)
    contact = next((one for one in plan.inbound.contacts if _same(one.number, callers, known)), None)
    if contact is None and arrival.caller:
        contact = known.contact(arrival.caller)
    why = list(_told(arrival, caller, called, contact))
    if plan.branch(arrival.trunk) is not None:
        return _of_a_branch(plan, arrival)
    hit = next((one for one in (*plan.inbound.blocked, *known.blocked) if fits(one, callers, contact, known)), None)
    if hit is not None:
        why.append(Reason("The caller is blocked by {pattern}: the call is refused.", {"pattern": hit}))
        return Decision(caller, called, None, (), tuple(why), contact, blocked=True)
    for rule in plan.inbound.rules:
        misses = _miss(rule, plan, arrival, callers, numbers, contact, at, known)
        why += misses.why
        if misses.fits:
            steps, told = _resolved(rule.steps, arrival.called, plan, known)
            return Decision(caller, called, rule, steps, (*why, *told), contact)
    fallback: tuple[Step, ...] = ()
    if plan.inbound.fallback:
        fallback = (Ring(do="ring", extensions=plan.inbound.fallback, seconds=60),)
        why.append(Reason("No rule fits: the fallback {extensions} rings.", _extensions(plan.inbound.fallback)))
    else:
        why.append(Reason("No rule fits and there is no fallback: the call is refused."))
    return Decision(caller, called, None, fallback, tuple(why), contact)


def _of_a_branch(plan: PbxPlan, arrival: Arrival) -> Decision:
    """A call from a box of our own: to an extension, and to nothing else; who calls has a number that calls back."""
    facts: dict[str, Fact] = {"trunk": arrival.trunk, "called": arrival.called, "caller": arrival.caller}
    why = [Reason("A call from a box of our own, over trunk {trunk}, from {caller} to {called}.", facts)]
    steps: tuple[Step, ...] = ()
    if plan.group(arrival.called) is not None:
        steps = (Ring(do="ring", extensions=(arrival.called,), seconds=60),)
    else:
        why.append(Reason("{called} is no extension here: the call is refused.", facts))
    return Decision(arrival.caller, arrival.called, None, steps, tuple(why), None)


def fits(pattern: str, numbers: frozenset[str], contact: Contact | None, known: Known) -> bool:
    """Whether a pattern of the plan fits a number in any of its forms."""
    match pattern:
        case "withheld":
            return not numbers
        case "known":
            return contact is not None
        case "unknown":
            return contact is None
        case "vip":
            return contact is not None and contact.vip
    digits = pattern.removeprefix("+")
    if digits.endswith("*"):
        return any(number.startswith(digits[:-1]) for number in numbers)
    first, dash, last = digits.partition("-")
    if dash:
        return any(len(number) == len(first) and first <= number <= last for number in numbers)
    return _same(pattern, numbers, known)


@dataclass(frozen=True)
class _Judged:
    fits: bool
    why: tuple[Reason, ...]


def _miss(
    rule: Rule,
    plan: PbxPlan,
    arrival: Arrival,
    callers: frozenset[str],
    numbers: frozenset[str],
    contact: Contact | None,
    at: datetime,
    known: Known,
) -> _Judged:
    named: dict[str, Fact] = {"rule": rule.name}

    def no(message: str, **facts: Fact) -> _Judged:
        return _Judged(False, (Reason(message, {**named, **facts}),))

    if rule.trunk and arrival.trunk not in rule.trunk:
        return no("Rule “{rule}” is for other trunks.")
    if rule.called and not any(fits(one, numbers, None, known) for one in rule.called):
        return no("Rule “{rule}” is for other called numbers: {patterns}.", patterns=", ".join(rule.called))
    if rule.caller and not any(fits(one, callers, contact, known) for one in rule.caller):
        return no("Rule “{rule}” is for other callers: {patterns}.", patterns=", ".join(rule.caller))
    why: list[Reason] = []
    for wanted, identity in ((True, rule.open), (False, rule.closed)):
        if identity:
            stands = standing(plan.schedule(identity), at, known.kind, known.positions.get(identity, ""))
            why += stands.why
            if stands.open is not wanted:
                said = "Rule “{rule}” is for other hours."
                return _Judged(False, (*why, Reason(said, named)))
    return _Judged(True, (*why, Reason("Rule “{rule}” fits.", named)))


def _resolved(
    steps: Sequence[Step], called: str, plan: PbxPlan, known: Known
) -> tuple[tuple[Step, ...], tuple[Reason, ...]]:
    """Steps as they are taken: every way to say an extension as `ring`. What cannot be is left out, with its reason."""
    taken: list[Step] = []
    why: list[Reason] = []
    numbers = frozenset(plan.numbers())
    for step in steps:
        match step:
            case Ddi():
                number = re.sub(r"[^0-9]", "", called)[-step.digits :]
                if number not in numbers:
                    facts: dict[str, Fact] = {"called": called, "number": number}
                    why.append(Reason("The last digits of {called}, {number}, are no extension.", facts))
                    continue
                why.append(Reason("Direct dialling: {number}.", {"number": number}))
                taken.append(Ring(do="ring", extensions=(number,), seconds=step.seconds))
            case WardDesk():
                desk = known.desk(step.ward)
                if desk is None:
                    why.append(Reason("Ward {ward} has no telephone at its station.", {"ward": step.ward}))
                    continue
                taken.append(Ring(do="ring", extensions=(desk,), seconds=step.seconds))
            case _:
                taken.append(step)
    return tuple(taken), tuple(why)


def _told(arrival: Arrival, caller: str, called: str, contact: Contact | None) -> Iterator[Reason]:
    facts: dict[str, Fact] = {"trunk": arrival.trunk, "called": called, "caller": caller}
    if not caller:
        yield Reason("A call over trunk {trunk} to {called}; the caller withholds the number.", facts)
    else:
        yield Reason("A call over trunk {trunk} from {caller} to {called}.", facts)
    if contact is not None:
        yield Reason("The address book knows the caller: {name}.", {"name": contact.name})


def _extensions(numbers: Sequence[str]) -> dict[str, Fact]:
    return {"extensions": ", ".join(numbers)}


def _same(one: str, numbers: frozenset[str], known: Known) -> bool:
    return bool(numbers) and not known.forms(one).isdisjoint(numbers)


def caller_shown(decision: Decision) -> str:
    """Who calls, as it is shown: the address book's name, else the number; empty for none."""
    return decision.contact.name if decision.contact else decision.caller
