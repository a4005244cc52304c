"""What leases ask of the guard against fraud (`billing.guard`), in their own transactions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from appliance.foundation.journal import Event
from appliance.foundation.values import Money
from billing.refusal import Refusal


@dataclass(frozen=True)
class Asked:
    """A call that is about to be let through. account: empty where an extension calls without one.

    called: E.164 digits. price: what it holds at first. by_right: the class of service of the extension allows this
    kind of number, whatever the guard blocks by kind.
    """

    call: str
    account: str
    extension: str
    called: str
    price: Money
    at: datetime
    by_right: bool = False


class Watch(Protocol):
    """Says who may not call, or talk on, although the money is there."""

    def admit(self, connection: sa.Connection, asked: Asked) -> tuple[Refusal | None, list[Event]]:
        """Why the call is refused, if it is; and what is to be told once this transaction is over."""
        ...

    def more(self, connection: sa.Connection, asked: Asked) -> tuple[bool, list[Event]]:
        """Whether a call that talks gets more; and what is to be told."""
        ...


class Unwatched:
    """Nobody looks."""

    def admit(self, connection: sa.Connection, asked: Asked) -> tuple[Refusal | None, list[Event]]:
        """Everybody may."""
        return None, []

    def more(self, connection: sa.Connection, asked: Asked) -> tuple[bool, list[Event]]:
        """Everybody may."""
        return True, []
