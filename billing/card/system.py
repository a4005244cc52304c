"""What billing needs from the hospital's card system; `billing.card.http` satisfies it.

Each request that moves money has a key; the same key again has no second effect and brings the same answer. A hold is
the money of one call, named by the call's id: it is made and grown by `reserve`, and ended, once and for all, by
`commit` or `release`. A hold that has ended, also one ended before it was ever made, can never be made or grown again:
so a reservation that arrives late does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from appliance.foundation.values import Money

Why = Literal["insufficient", "unknown-card", "blocked", "closed", "other"]


@dataclass(frozen=True)
class Standing:
    """A card as its system knows it. available: what could be reserved now."""

    card: str
    holder: str
    active: bool
    available: Money


@dataclass(frozen=True)
class CardMovement:
    """A sum that the card system took, by its own list. hold: the call it was for; amount above zero."""

    id: str
    at: datetime
    card: str
    hold: str
    amount: Money


class CardRefused(Exception):
    """The card system said no, and nothing has changed there.

    why: `closed`: the hold has ended in another way. available: what the card has free, where that was said.
    said: its own words.
    """

    def __init__(self, why: Why, available: Money | None = None, said: str = "") -> None:
        super().__init__(f"{why}: {said}" if said else why)
        self.why: Why = why
        self.available = available
        self.said = said


class CardSilent(Exception):
    """No answer, or none that can be understood: it may have been done or not. Its text is an English message id."""


class CardSystem(Protocol):
    """The card system. Every method raises CardRefused or CardSilent."""

    async def ping(self) -> None:
        """Whether it is there."""
        ...

    async def standing(self, card: str) -> Standing:
        """What is known of a card."""
        ...

    async def reserve(self, key: str, hold: str, card: str, amount: Money) -> None:
        """Hold `amount` of the card, on top of what `hold` has already."""
        ...

    async def commit(self, key: str, hold: str, card: str, amount: Money) -> None:
        """Take `amount`, at most what is held, and let go of the rest."""
        ...

    async def release(self, key: str, hold: str, card: str) -> None:
        """Take nothing and let go; also of a hold that was never made."""
        ...

    async def movements(self, start: datetime, end: datetime) -> Sequence[CardMovement]:
        """Everything taken in [start, end), oldest first."""
        ...
