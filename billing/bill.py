"""What a lease grants, and what a call costs in the end. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, Money
from billing.charge import NOTHING, Charge, decimals
from billing.ledger import Purse
from billing.ports import Ended
from billing.rating import NoRate, Tariff

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Lease:
    """A billed call and the credit it holds. state: reserved, talking, settled.

    most_seconds: how long the call may last whatever is paid, None for as long as that.
    """

    call: str
    account: str
    extension: str
    called: str
    trunk: str
    tariff_version: int
    reserved: Money
    granted_seconds: int
    state: str
    opened_at: datetime
    answered_at: datetime | None
    last_seen_at: datetime | None
    most_seconds: int | None = None

    @property
    def granted(self) -> timedelta:
        """How long the call may last from its answer on."""
        return timedelta(seconds=self.granted_seconds)


@dataclass(frozen=True)
class Bill:
    """How a call is settled.

    seconds: billed. charge: taken from the account. cost: what the carrier asks, None if not known.
    ended: an outcome of `ports.Ended` when never answered, else `hang-up`, `limit` (cut when the granted time was
        over) or `presumed` (nobody recorded the end).
    """

    seconds: int
    charge: Money
    cost: Money | None
    answered_at: datetime | None
    ended_at: datetime | None
    ended: str
    explanation: str

    @property
    def columns(self) -> dict[str, object]:
        """As stored with the lease."""
        names = ("seconds", "charge", "cost", "answered_at", "ended_at", "explanation")
        return {name: getattr(self, name) for name in names}


def whole_seconds(time: timedelta) -> int:
    """Each second begun counts as one; never below 0."""
    return max(0, -(-time // _SECOND))


def granted_for(purse: Purse, lease: Lease, tariff: Tariff, seconds: int, zone: ZoneInfo) -> Lease:
    """The lease, grown to `seconds` from the answer or to what the account can pay for, never shrunk.

    It holds what that costs, as far as there is credit. An account that is not open gives it no more.
    """
    assert lease.answered_at is not None
    start = _rated_from(tariff, lease, lease.answered_at, zone)
    credit = Money(lease.reserved + (purse.available if purse.state == "open" else 0))
    granted = lease.granted_seconds
    if seconds > granted:
        granted = max(granted, tariff.affordable(credit, lease.called, start, seconds))
    price = tariff.rate(lease.called, start, granted).amount
    return replace(lease, granted_seconds=granted, reserved=Money(min(price, credit)))


def price_of(lease: Lease, tariff: Tariff, seconds: int, zone: ZoneInfo) -> Money:
    """What `seconds` of talk from its answer on cost."""
    assert lease.answered_at is not None
    return tariff.rate(lease.called, _rated_from(tariff, lease, lease.answered_at, zone), seconds).amount


def bill_for(purse: Purse, lease: Lease, gone: Ended, tariff: Tariff, cost: Tariff | None, zone: ZoneInfo) -> Bill:
    """The charge is capped by what the lease holds and the account has free, so that no balance falls below zero.

    That cap only bites when a dearer band began between dialling and answer and the credit did not stretch to it.
    Raises ValueError for an answered call without an end.
    """
    answered = lease.answered_at or gone.answered_at
    if answered is None:
        return Bill(0, NOTHING, NOTHING, None, gone.ended_at, gone.outcome, "")
    if gone.ended_at is None:
        raise ValueError(f"call {lease.call} was answered, but has no end")
    measured = whole_seconds(gone.ended_at - answered)
    seconds = min(measured, lease.granted_seconds)
    start = _rated_from(tariff, lease, answered, zone)
    charge = tariff.rate(lease.called, start, seconds)
    taken = Money(min(charge.amount, lease.reserved + purse.available) // purse.unit * purse.unit)
    why = gone.outcome if gone.outcome == "presumed" else "limit" if measured >= lease.granted_seconds else "hang-up"
    explanation = _explain(charge, measured, taken, purse.unit, purse.language)
    return Bill(seconds, taken, _cost(cost, lease, start, measured), answered, gone.ended_at, why, explanation)


def _rated_from(tariff: Tariff, lease: Lease, answered: datetime, zone: ZoneInfo) -> datetime:
    """The answer; the dialling when the tariff stopped knowing the number while it rang."""
    start = answered.astimezone(zone)
    try:
        tariff.rate(lease.called, start, 0)
    except NoRate:
        return lease.opened_at.astimezone(zone)
    return start


def _cost(cost: Tariff | None, lease: Lease, start: datetime, measured: int) -> Money | None:
    try:
        return cost.rate(lease.called, start, measured).amount if cost is not None else None
    except NoRate:
        return None


def _explain(charge: Charge, measured: int, taken: Money, unit: Money, language: Language) -> str:
    steps = [charge.explain(language)]
    if measured > charge.seconds:
        message = "{measured} s were measured; what was cut late, beyond {granted} s, is not charged."
        steps.append(translate(message, language, measured=measured, granted=charge.seconds))
    if charge.amount - taken in range(1, unit):
        message = "The card pays no part of a fen: {amount} yuan are taken."
        steps.append(translate(message, language, amount=decimals(taken)))
    elif taken < charge.amount:
        message = "The credit was {amount} yuan: no more is taken."
        steps.append(translate(message, language, amount=decimals(taken)))
    return " ".join(steps)
