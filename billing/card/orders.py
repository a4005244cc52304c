"""The outbox of requests to the card system: written before they are sent, each resolved exactly once.

All of it runs inside the caller's transaction. Who touches a call's orders has locked its account before
(`ledger.lock`), save where one order is resolved: that is decided by its state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from appliance.foundation.values import Money
from billing.card.schema import card_holds, card_orders, cards

FIRST_PAUSE, LONGEST_PAUSE, ASK_AGAIN = timedelta(seconds=1), timedelta(minutes=10), timedelta(hours=1)
"""After silence: 1 s, doubled each time up to ten minutes. After a refusal: each hour."""
ENDINGS = ("commit", "release")


@dataclass(frozen=True)
class Order:
    """One request. amount: 0 for a release."""

    key: str
    call: str
    account: str
    card: str
    kind: str
    amount: Money
    state: str
    tries: int
    written_at: datetime
    next_at: datetime
    resolved_at: datetime | None
    why: str


@dataclass(frozen=True)
class Hold:
    """What the card system is known to hold for a call."""

    call: str
    account: str
    card: str
    held: Money
    state: str


_FIELDS = tuple(card_orders.c[name] for name in Order.__dataclass_fields__)


def card_of(connection: sa.Connection, account: str) -> str | None:
    """The card by which an account pays, None if by its own money."""
    card: str | None = connection.execute(sa.select(cards.c.card).where(cards.c.account == account)).scalar()
    return card


def hold_of(connection: sa.Connection, call: str) -> Hold | None:
    """The hold of `call`, None if it has none."""
    query = sa.select(*(card_holds.c[name] for name in Hold.__dataclass_fields__)).where(card_holds.c.call == call)
    row = connection.execute(query).mappings().first()
    return None if row is None else Hold(**row)


def open_hold(connection: sa.Connection, call: str, account: str, card: str, at: datetime) -> Hold:
    """A hold of nothing yet."""
    row = {"call": call, "account": account, "card": card, "held": 0, "state": "open"}
    connection.execute(card_holds.insert().values(opened_at=at, **row))
    return Hold(call, account, card, Money(0), "open")


def pending(connection: sa.Connection, call: str) -> Order | None:
    """The reservation of `call` whose fate is not known, None if there is none."""
    due = (card_orders.c.call == call) & (card_orders.c.kind == "reserve") & (card_orders.c.state == "due")
    row = connection.execute(sa.select(*_FIELDS).where(due)).mappings().first()
    return None if row is None else Order(**row)


def order_reserve(connection: sa.Connection, hold: Hold, amount: Money, at: datetime) -> Order:
    """Write down that so much more is going to be asked for."""
    count = sa.select(sa.func.count()).where(card_orders.c.call == hold.call, card_orders.c.kind == "reserve")
    return _write(connection, hold, f"{hold.call}-r{connection.execute(count).scalar_one() + 1}", "reserve", amount, at)


def order_end(connection: sa.Connection, hold: Hold, amount: Money, at: datetime) -> None:
    """Write down that the hold ends: `amount` is taken, nothing when it is 0. Once: a hold that ends stays so."""
    if hold.state != "open":
        return
    unknown = (card_orders.c.call == hold.call) & (card_orders.c.state == "due")
    dropped = connection.execute(card_orders.update().where(unknown).values(state="dropped", resolved_at=at)).rowcount
    ended = card_holds.update().where(card_holds.c.call == hold.call)
    if not (amount or hold.held or dropped):
        connection.execute(ended.values(state="closed"))  # every reservation was refused: there is nothing to let go
        return
    kind = "commit" if amount else "release"
    _write(connection, hold, f"{hold.call}-{kind[0]}", kind, amount, at)
    connection.execute(ended.values(state="closing"))


def _write(connection: sa.Connection, hold: Hold, key: str, kind: str, amount: Money, at: datetime) -> Order:
    order = Order(key, hold.call, hold.account, hold.card, kind, amount, "due", 0, at, at, None, "")
    connection.execute(card_orders.insert().values(vars(order)))
    return order


def done(connection: sa.Connection, order: Order, at: datetime) -> bool:
    """The card system has done it; False when that was known, or nobody waits for it any more."""
    if not _resolve(connection, order, "done", at, ""):
        return False
    held = card_holds.update().where(card_holds.c.call == order.call)
    if order.kind == "reserve":
        connection.execute(held.values(held=card_holds.c.held + order.amount))
    else:
        connection.execute(held.values(state="closed"))
    return True


def refused(connection: sa.Connection, order: Order, at: datetime, why: str) -> bool:
    """The card system will not. A reservation ends so; what must be done in the end is asked again later."""
    if order.kind == "reserve":
        return _resolve(connection, order, "refused", at, why)
    return _later(connection, order, at + ASK_AGAIN, why, "refused")


def silent(connection: sa.Connection, order: Order, at: datetime, why: str) -> bool:
    """Nobody knows; it is asked again after a pause."""
    pause = min(FIRST_PAUSE * 2 ** min(order.tries, 16), LONGEST_PAUSE)
    return _later(connection, order, at + pause, why, "due")


def _resolve(connection: sa.Connection, order: Order, state: str, at: datetime, why: str) -> bool:
    values = {"state": state, "resolved_at": at, "why": why[:200], "tries": card_orders.c.tries + 1}
    return _change(connection, order, values)


def _later(connection: sa.Connection, order: Order, at: datetime, why: str, state: str) -> bool:
    return _change(
        connection, order, {"tries": card_orders.c.tries + 1, "next_at": at, "why": why[:200], "state": state}
    )


def _change(connection: sa.Connection, order: Order, values: dict[str, object]) -> bool:
    open_still = card_orders.c.state == "due"
    if order.kind != "reserve":
        open_still = card_orders.c.state.in_(("due", "refused"))
    change = card_orders.update().where(card_orders.c.key == order.key, open_still)
    return connection.execute(change.values(values)).rowcount == 1


def endings(connection: sa.Connection, limit: int = 1000) -> list[Order]:
    """Commits and releases that are not confirmed yet, the next to be asked first."""
    query = (
        sa.select(*_FIELDS)
        .where(card_orders.c.kind.in_(ENDINGS), card_orders.c.state.in_(("due", "refused")))
        .order_by(card_orders.c.next_at, card_orders.c.written_at, card_orders.c.key)
        .limit(limit)
    )
    return [Order(**row) for row in connection.execute(query).mappings()]


def commits(connection: sa.Connection, start: datetime, end: datetime) -> Sequence[Order]:
    """Every commit that was written down in [start, end), oldest first."""
    written = (card_orders.c.written_at >= start) & (card_orders.c.written_at < end)
    query = sa.select(*_FIELDS).where(card_orders.c.kind == "commit", written)
    found = connection.execute(query.order_by(card_orders.c.written_at, card_orders.c.key)).mappings()
    return [Order(**row) for row in found]


def of_calls(connection: sa.Connection, calls: Sequence[str]) -> dict[str, Order]:
    """The commit of each of these calls, where there is one."""
    query = sa.select(*_FIELDS).where(card_orders.c.kind == "commit", card_orders.c.call.in_(calls))
    return {row["call"]: Order(**row) for row in connection.execute(query).mappings()}
