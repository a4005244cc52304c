"""The rules: from what is asked and what is known to what is found. Pure; the time is in what is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from appliance.foundation.values import Money, in_yuan
from billing.charge import NOTHING
from billing.guard.destinations import country_of, kind_of, longest
from billing.guard.plan import GuardPlan, Limit
from billing.watch import Asked

DENIED, KIND, COUNTRY = "denied", "kind", "country"
"""Names of the rules that are no limits."""

SPENT = "{subject} has spent {amount} yuan in {minutes} minutes; {most} are allowed."
AT_ONCE = "{subject} has {count} calls at the same time; {most} are allowed."


@dataclass(frozen=True)
class Figure:
    """What a limit is measured by: spent in its window, what calls under way hold included; calls under way."""

    spent: Money = NOTHING
    live: int = 0


@dataclass(frozen=True)
class Finding:
    """Something is too much.

    rule: a limit's id, or `denied`, `kind`, `country`. subject: `account:100001`, `extension:8001`, `box`,
    `country:FR`, `number:…`. why: a message id, `facts` fill its fields.
    """

    rule: str
    subject: str
    refuse: bool
    why: str
    facts: Mapping[str, str] = field(default_factory=dict)


def destination(plan: GuardPlan, asked: Asked) -> Finding | None:
    """Whether nobody calls there: denied by prefix, or of a kind that is blocked and not allowed by prefix."""
    allowed, denied = longest(asked.called, plan.allow), longest(asked.called, plan.deny)
    subject, facts = f"number:{asked.called}", {"called": f"+{asked.called}"}
    if denied > allowed:
        return Finding(DENIED, subject, True, "{called} is on the list of denied destinations.", facts)
    kind = None if allowed or asked.by_right else kind_of(asked.called)
    if kind not in plan.block:
        return None
    why = "{called} is a satellite or international network." if kind == "satellite" else "{called} is premium rate."
    return Finding(KIND, subject, True, why, facts)


def country(plan: GuardPlan, asked: Asked, home: str, known: Collection[str]) -> Finding | None:
    """Whether it is the first call ever to a country. home: the site's, which is always known."""
    there = country_of(asked.called)
    if plan.new_country == "off" or there == home or there in known:
        return None
    facts = {"country": there, "called": f"+{asked.called}"}
    return Finding(
        COUNTRY, f"country:{there}", plan.new_country == "refuse", "The first call to {country}: {called}.", facts
    )


def applies(limit: Limit, asked: Asked, zone: ZoneInfo) -> bool:
    """Whether a limit looks at this call: its hours, its destinations, and that there is such a subject."""
    if limit.per == "account" and not asked.account:
        return False
    if limit.to and not longest(asked.called, limit.to):
        return False
    return limit.in_force(asked.at.astimezone(zone).time())


def subject_of(limit: Limit, asked: Asked) -> str:
    """Whose limit it is."""
    match limit.per:
        case "account":
            return f"account:{asked.account}"
        case "extension":
            return f"extension:{asked.extension}"
        case _:
            return "box"


def exceeded(limit: Limit, asked: Asked, figure: Figure) -> Finding | None:
    """Whether with this call it is too much. figure: without it. A call that talks already asks for nothing more."""
    subject, refuse = subject_of(limit, asked), limit.then == "refuse"
    if limit.of == "calls":
        count = figure.live + 1
        if count <= limit.most:
            return None
        facts = {"count": str(count), "most": str(limit.most), "subject": subject}
        return Finding(limit.id, subject, refuse, AT_ONCE, facts)
    spent = Money(figure.spent + asked.price)
    if spent <= limit.money:
        return None
    facts = {"amount": f"{in_yuan(spent):.2f}", "minutes": str(limit.minutes), "most": str(limit.most)}
    return Finding(limit.id, subject, refuse, SPENT, facts | {"subject": subject})
