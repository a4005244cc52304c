"""What happens to cards, as told to the rest of the house and written to the journal."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event
from appliance.foundation.values import Money


@dataclass(frozen=True, kw_only=True)
class CardLinked(Event):
    """An account pays by a card from now on."""

    account: str
    card: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CardCharged(Event):
    """The card system has confirmed that it took the charge of a call."""

    call: str
    account: str
    card: str
    amount: Money
