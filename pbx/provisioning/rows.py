"""Rows of `phones`, as both the window and the desk read and write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from appliance.foundation.database import Transactions, serialise
from pbx.provisioning.makers import Maker, Told
from pbx.provisioning.phone import Phone
from pbx.provisioning.schema import phones

T = TypeVar("T")


class NotDone(Exception):
    """A sentence (a message id, with its facts) why a telephone was not accepted, replaced or opened."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message.format(**facts))
        self.message = message
        self.facts = facts


async def alone(database: Transactions, work: Callable[[sa.Connection], T]) -> T:
    """Do `work` in a transaction of its own, beside which nobody else changes a telephone."""

    def write(connection: sa.Connection) -> T:
        serialise(connection, "phones")
        return work(connection)

    return await database.transact(write)


def blank(identity: str, maker: Maker, address: str, now: datetime) -> dict[str, Any]:
    """A row of one that waits, but for model and firmware."""
    return {
        "id": identity, "state": "waiting", "maker": maker, "address": address, "first_seen": now, "last_seen": now,
        "place": "", "accepted_by": "", "opens_for": "", "token_hash": "", "admin_password": "",
    }  # fmt: skip


def said(told: Told) -> dict[str, str]:
    """Model and firmware."""
    return {"model": told.model, "firmware": told.firmware}


def one(connection: sa.Connection, identity: str) -> Phone | None:
    """The telephone of that id."""
    row = connection.execute(sa.select(phones).where(phones.c.id == identity)).first()
    return phone_of(row) if row else None


def change(connection: sa.Connection, identity: str, **values: object) -> None:
    """Write `values` into its row."""
    connection.execute(phones.update().where(phones.c.id == identity).values(**values))


def phone_of(row: Any) -> Phone:
    """A row as a value."""
    return Phone(**row._mapping)
