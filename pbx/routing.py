"""Which lines carry an outside call, in which order, and how each is asked. Pure.

Every route that matches contributes its trunks, in the order of the plan; a later route is thus the detour of an
earlier one. A trunk is tried once for each prefix code. A plan without routes has one: every trunk, the cheapest first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.foundation.i18n import Text
from appliance.foundation.values import Money, in_yuan
from pbx.number_plan import Here, Meaning
from pbx.numbers import carrier_form
from pbx.plan import PbxPlan, Trunk
from pbx.plan_outgoing import OutRoute
from pbx.reason import Fact, Reason
from pbx.rights import holds
from pbx.trunks import TRUNKS_FAULT

Cost = Callable[[str, str, datetime], Money | None]
"""What three minutes to E.164 digits cost over a trunk, begun at a moment; None where nobody knows."""

_WITHOUT = {
    "unreachable": "“{trunk}” was unreachable.",
    "congestion": "“{trunk}” had no line.",
    "no-such-number": "The network says over “{trunk}” that nobody has this number: no other line is tried.",
}

UNJUDGED = "Nobody knows yet whether “{trunk}” is up: it is tried after those that are."
EVERY = Text(zh="所有中继", en="every trunk")


def free_of_cost(trunk: str, number: str, at: datetime) -> Money | None:
    """Nobody knows a tariff."""
    return None


@dataclass(frozen=True)
class Line:
    """One way out.

    sent: what the carrier is asked for, prefix code and all. shown: the caller's number, empty where the trunk has
    none. cost: of three minutes. coded: a prefix code is before the number.
    """

    trunk: str
    name: Text
    sent: str
    shown: str
    cost: Money | None = None
    coded: bool = False


def lines(
    plan: PbxPlan,
    here: Here,
    called: Meaning,
    at: datetime,
    *,
    healthy: Collection[str] | None,
    cost: Cost,
) -> tuple[tuple[Line, ...], tuple[Reason, ...]]:
    """The ways out for an outside number, the first to be tried first, and why. healthy: trunks that can take a call
    now; None where nobody asks.
    """
    trunks = {trunk.id: trunk for trunk in plan.trunks}
    found: dict[tuple[str, str], Line] = {}
    why: list[Reason] = []
    down: dict[str, Trunk] = {}
    for route in _matching(plan, here, called, at, why):
        poor = _below(route, here, healthy)
        why += [reason for reason in poor.values() if reason not in why]
        for name in _ordered(route, called, at, cost, poor):
            trunk = trunks[name]
            if healthy is not None and name not in healthy:
                down[name] = trunk
                continue
            line = _line(route, trunk, called, here, cost(name, called.number, at))
            found.setdefault((line.trunk, line.sent), line)
    why += [Reason("“{trunk}” can take no call now.", {"trunk": trunk.name}) for trunk in down.values()]
    sure = [line for line in found.values() if not here.unjudged(line.trunk)]
    unsure = [line for line in found.values() if here.unjudged(line.trunk)]
    why += [Reason(UNJUDGED, {"trunk": name}) for name in dict.fromkeys(line.name for line in unsure)]
    why += told((*sure, *unsure))
    return (*sure, *unsure), tuple(why)


def emergency_lines(plan: PbxPlan, number: str) -> tuple[tuple[Line, ...], tuple[Reason, ...]]:
    """Every trunk in turn, whatever is known of it."""
    found = tuple(Line(trunk.id, trunk.name, number, trunk.caller_id) for trunk in plan.carriers())
    return found, (Reason("Every trunk is tried in turn, whatever is known of it."), *told(found))


def branch_lines(plan: PbxPlan, extension: str, called: Meaning) -> tuple[tuple[Line, ...], tuple[Reason, ...]]:
    """The trunk to the box of our own that has the number; who is called sees a number that calls back."""
    for branch in plan.branches:
        if number := branch.reached(called.number):
            trunk = next(one for one in plan.trunks if one.id == branch.trunk)
            found = (Line(trunk.id, trunk.name, number, (branch.ours or "") + extension),)
            return found, tuple(told(found))
    return (), ()


def _matching(plan: PbxPlan, here: Here, called: Meaning, at: datetime, why: list[Reason]) -> Iterator[OutRoute]:
    if not plan.outgoing.routes:
        why.append(Reason("The plan has no routes: every trunk is tried, the cheapest first."))
        if plan.carriers():
            yield OutRoute(name=EVERY, trunks=tuple(trunk.id for trunk in plan.carriers()), order="cheapest")
        return
    carrier = here.carrier(called.number) if any(route.carriers for route in plan.outgoing.routes) else ""
    for route in plan.outgoing.routes:
        if not _fits(route, called, carrier):
            continue
        counts, reasons = holds(plan, here, route, at)
        why += reasons
        if not counts:
            why.append(Reason("The route “{route}” does not count at this time.", {"route": route.name}))
            continue
        why.append(_matched(route, carrier))
        yield route
        if route.last:
            return
    return


def _fits(route: OutRoute, called: Meaning, carrier: str) -> bool:
    return (
        (not route.to or called.category in route.to)
        and (not route.prefixes or called.number.startswith(route.prefixes))
        and (not route.carriers or carrier.casefold() in {one.casefold() for one in route.carriers})
    )


def _matched(route: OutRoute, carrier: str) -> Reason:
    facts: dict[str, Fact] = {"route": route.name, "carrier": carrier}
    if route.carriers:
        return Reason("The route “{route}” counts: the number is one of {carrier}.", facts)
    return Reason("The route “{route}” counts.", facts)


def _below(route: OutRoute, here: Here, healthy: Collection[str] | None) -> Mapping[str, Reason]:
    """The trunks that are not taken for their price, and why."""
    if route.order == "listed":
        return {}
    asked = {name: here.below(name) for name in route.trunks if healthy is None or name in healthy}
    return {name: why for name, why in asked.items() if why is not None}


def _ordered(route: OutRoute, called: Meaning, at: datetime, cost: Cost, poor: Collection[str] = ()) -> Sequence[str]:
    if route.order == "listed":
        return route.trunks

    def price(trunk: str) -> tuple[bool, bool, int]:
        money = cost(trunk, called.number, at)
        # A call is worth more than knowing what it costs: a trunk without a tariff comes last, but it comes.
        return trunk in poor, money is None, money or 0

    return sorted(route.trunks, key=price)


def _line(route: OutRoute, trunk: Trunk, called: Meaning, here: Here, cost: Money | None) -> Line:
    sent = route.code + carrier_form(called.number, trunk.format, here.country)
    return Line(trunk.id, trunk.name, sent, route.shown or trunk.caller_id, cost, coded=bool(route.code))


def told(found: Iterable[Line]) -> Iterator[Reason]:
    """The ways out in words, in their order."""
    for place, line in enumerate(found, 1):
        facts: dict[str, Fact] = {"place": place, "trunk": line.name, "sent": line.sent}
        if line.cost is None:
            yield Reason("Line {place}: “{trunk}”, asked for {sent}.", facts)
        else:
            facts["cost"] = f"{in_yuan(line.cost).normalize():f}"
            yield Reason("Line {place}: “{trunk}”, asked for {sent}; three minutes cost us {cost} yuan.", facts)


def is_lines_fault(line: Line, outcome: str) -> bool:
    """Whether another line may do better. No network has a number that is nobody's, but a prefix code may be unknown to
    one carrier alone."""
    return outcome in TRUNKS_FAULT or (outcome == "no-such-number" and line.coded)


def without(line: Line, outcome: str) -> Reason | None:
    """What is said of a line that came to nothing; None of one that did what it could."""
    said = _WITHOUT.get(outcome)
    if outcome == "no-such-number" and line.coded:
        said = "“{trunk}” knows no such number; it may mean the prefix code."
    return Reason(said, {"trunk": line.name}) if said else None
