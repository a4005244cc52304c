"""What calls ought to cost, worked out from the tariff files and not from the running box."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from appliance.demo import HOSPITAL
from billing.rating import Tariff
from billing.tariff_csv import parse
from pbx.engine.program import call_records
from pbx.engine.records import Record, Records
from tests.e2e.house import House, Row
from tests.e2e.patience import until

USUAL = 180
"""Seconds by which carriers' prices are compared."""
HAIR = 0.05


@cache
def tariff(name: str) -> Tariff:
    """A tariff of the sample hospital."""
    return Tariff(name, parse((HOSPITAL / "tariffs" / f"{name}.csv").read_text("utf-8")))


def price(house: House, number: str, answered_at: str, seconds: int) -> int:
    """What a patient pays for a call."""
    plan = house.plan()
    return int(tariff(plan.billing.tariff).rate(number, moment(house, answered_at), seconds).amount)


def cheapest_trunk(house: House, number: str, answered_at: str) -> str:
    """The trunk whose carrier asks least."""
    at = moment(house, answered_at)
    costs = {trunk.id: int(tariff(trunk.tariff).rate(number, at, USUAL).amount) for trunk in house.plan().pbx.trunks}
    cheapest = min(costs, key=lambda trunk: costs[trunk])
    assert sorted(costs.values())[1] > costs[cheapest], "the sample's carriers ask different prices"
    return cheapest


def moment(house: House, stored: str) -> datetime:
    """A time of the records by the site's clock."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC).astimezone(house.plan().site.zone)


def ledger_of(house: House, account: str) -> list[Row]:
    """The movements of an account, oldest first."""
    return house.rows(
        "SELECT id, kind, amount, balance, reference FROM ledger_postings JOIN ledger_entries ON id = entry"
        " WHERE account = ? ORDER BY id",
        account,
    )


def charges_of(house: House, account: str) -> list[Row]:
    """Those of them that are charges for calls."""
    return [line for line in ledger_of(house, account) if line["kind"] == "charge"]


def lease_of(house: House, account: str) -> Row:
    """The newest lease of an account; empty when it has none."""
    found = house.rows("SELECT * FROM leases WHERE account = ? ORDER BY opened_at DESC LIMIT 1", account)
    return found[0] if found else {}


def settled(house: House, account: str) -> Row:
    """The newest lease of an account, once none of its leases is open any more."""

    def look() -> Row | None:
        states = {lease["state"] for lease in house.rows("SELECT state FROM leases WHERE account = ?", account)}
        return lease_of(house, account) if states == {"settled"} else None

    return until(look, f"every call of account {account} to be settled")


def talked(house: House, call: str) -> float:
    """Seconds between the answer of the outside leg and the first hang-up, by Asterisk's channel event log."""
    records = Records(call_records(house.directory / "asterisk")).of_call(call)

    def first(kind: str, of: Callable[[Record], bool]) -> Record | None:
        return next((one for one in records if one.kind == kind and of(one)), None)

    answer = first("ANSWER", lambda one: one.channel.startswith((f"{call}-out-", f"{call}-bill-")))
    if answer is None:
        return 0
    end = first("HANGUP", lambda one: one.at >= answer.at)
    assert end is not None, "Asterisk wrote down no end"
    return (end.at - answer.at).total_seconds()


def begun(talk: float) -> set[int]:
    """Whole seconds that may be charged for so long a talk: two where it ends on a second to within a hair.

    Asterisk writes the moment of an event into its log, and tells it us, some milliseconds apart.
    """
    return {math.ceil(talk - HAIR), math.ceil(talk + HAIR)} if talk else {0}
