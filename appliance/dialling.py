"""What the exchange must be told of the house to decide about a dialled string, and what a billed one would cost.

The same for the live exchange, the command line and the panel.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from appliance.foundation.clock import Clock
from appliance.foundation.config import parse
from appliance.foundation.values import Money
from appliance.plan import Plan
from billing.charge import decimals
from billing.dialogue import Dialled
from billing.rating import NoRate
from billing.route import USUAL, Versions, cost_tariff
from billing.tariff import NoTariff
from pbx.categories import carrier_of
from pbx.causes import Cause
from pbx.decision import Decision, decide
from pbx.exchange import Exchange
from pbx.number_plan import Here, Served, world_meaning
from pbx.numbers import world_form
from pbx.reason import Fact, Reason
from pbx.rights import IS_BARRED, GroupRights
from pbx.routing import lines
from pbx.schedules import Position

MINUTE = 60
Below = Callable[[str], Reason | None]
"""Why a trunk comes last where the cheapest goes first; None where it does not."""
BARRED = "{number} is barred for everybody, billed or not."


def nothing_wrong(trunk: str) -> Reason | None:
    """No trunk is below any floor."""
    return None


def here(
    plan: Plan,
    position: Callable[[str], Position] = lambda _: "",
    carrier: Callable[[str], str] = carrier_of,
    below: Below = nothing_wrong,
) -> Here:
    """Where the exchange stands; for the rest see `pbx.number_plan.Here`."""
    site = plan.site
    return Here(site.country, site.area, site.zone, site.calendar, position, carrier, below)


def served(plan: Plan) -> frozenset[Served]:
    """Every number that the house serves itself by the plan: what `Telephone` registers with the exchange."""
    numbers = (Served(number, "internal", exact) for number, exact in plan.pbx.served())
    return frozenset((Served(plan.billing.access), *numbers))


class DialDesk:
    """Satisfies `web.ports.Dialling`: the live exchange is asked, and of a billed call told what it costs."""

    def __init__(
        self,
        plan: Callable[[], Plan],
        exchange: Callable[[], Exchange],
        tariffs: Callable[[], Versions],
        clock: Clock,
    ) -> None:
        self._plan, self._exchange, self._tariffs, self._clock = plan, exchange, tariffs, clock

    def who_may(self, at: datetime | None) -> tuple[GroupRights, ...]:
        """What every group of extensions may dial, now or at a moment."""
        return self._exchange().numbers.who_may(at)

    def decide(self, extension: str, dialled: str, at: datetime | None, text: str | None = None) -> Decision:
        """What becomes of it: now, over trunks that can take a call now; at a moment, as if all could.

        text: by this plan instead, which is not in force; trunks that only it has are taken to be up. Raises
        NoSuchExtension; Faulty for a plan that does not fit.
        """
        if text is not None:
            return self._as_if(parse(text, Plan), extension, dialled, at)
        plan, exchange = self._plan(), self._exchange()
        healthy = exchange.trunks.healthy() if at is None else [trunk.id for trunk in plan.pbx.trunks]
        decision = exchange.numbers.decide(extension, dialled, at, healthy=healthy)
        place = exchange.numbers.here
        if at is not None:
            place = replace(place, below=nothing_wrong, unjudged=lambda _: False)
        return with_bill(decision, plan, self._tariffs(), dialled, at or self._clock.now(), healthy, place)

    def _as_if(self, plan: Plan, extension: str, dialled: str, at: datetime | None) -> Decision:
        exchange, moment, tariffs = self._exchange(), at or self._clock.now(), self._tariffs()
        known, able = {trunk.id for trunk in self._plan().pbx.trunks}, exchange.trunks.healthy()
        healthy = [one.id for one in plan.pbx.trunks if at is not None or one.id in able or one.id not in known]
        place = here(plan, exchange.numbers.here.position)
        decision = decide(
            plan.pbx, place, extension, dialled, moment,
            served=tuple(served(plan)), healthy=healthy, cost=Costs(plan, tariffs),
        )  # fmt: skip
        return with_bill(decision, plan, tariffs, dialled, moment, healthy, place)


class Costs:
    """What three minutes cost us over a trunk, by its carrier's tariff; satisfies `pbx.routing.Cost`."""

    def __init__(self, plan: Plan, tariffs: Versions) -> None:
        self._names = {trunk.id: trunk.tariff for trunk in plan.pbx.carriers()}
        self._zone = plan.site.zone
        self._tariffs = tariffs

    def __call__(self, trunk: str, number: str, at: datetime) -> Money | None:
        """None where no tariff was imported, or it has no row for the number."""
        local = at.astimezone(self._zone)
        tariff = cost_tariff(self._tariffs, self._names.get(trunk), local)
        try:
            return tariff.rate(number, local, USUAL).amount if tariff is not None else None
        except NoRate:
            return None


def with_bill(
    decision: Decision,
    plan: Plan,
    tariffs: Versions,
    dialled: str,
    at: datetime,
    healthy: Collection[str],
    place: Here,
) -> Decision:
    """A decision about `dialled`, and where that is a billed call: its lines, and what a minute costs the caller.

    at: aware. place: where the exchange stands. Account and PIN are left out of all that is said.
    """
    if not decision.allowed or (decision.kind, decision.number) != ("service", plan.billing.access):
        return decision
    keyed = Dialled.cut(dialled, plan.billing).number
    number = world_form(keyed, plan.site.country, plan.site.area) if keyed else None
    if number is None:
        message = "No number follows account and PIN: the caller is asked for it."
        if keyed:
            message = "What follows account and PIN is no number that can be billed."
        return replace(decision, why=(*decision.why, Reason(message)))
    if plan.pbx.outgoing.bars(number):
        why = (*decision.why, Reason(BARRED, {"number": f"+{number}"}))
        return replace(decision, allowed=False, refusal=Reason(IS_BARRED), cause=Cause.BARRED, why=why)
    local = at.astimezone(plan.site.zone)
    called = world_meaning(number, place)
    found, said = lines(plan.pbx, place, called, local, healthy=healthy, cost=Costs(plan, tariffs))
    why = (*decision.why, _price(plan, tariffs, number, local), *said)
    return replace(decision, routes=found, why=why)


def _price(plan: Plan, tariffs: Versions, number: str, at: datetime) -> Reason:
    facts: dict[str, Fact] = {"number": f"+{number}", "tariff": plan.billing.tariff}
    try:
        charge = tariffs.current(plan.billing.tariff, at).rate(number, at, MINUTE)
    except NoTariff:
        return Reason("There is no tariff {tariff} yet, so {number} cannot be billed.", facts)
    except NoRate:
        return Reason("The tariff {tariff} has no rate for {number}: it cannot be called.", facts)
    facts |= {"amount": decimals(charge.amount), "prefix": f"{charge.prefix} {charge.row.name}".rstrip()}
    return Reason(
        "Tariff {tariff}, prefix {prefix}: the first minute to {number} costs the caller {amount} yuan.", facts
    )
