"""What is done with seats."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class SeatTaken(Event):
    """A number is at a telephone from now on: its calls ring there, and what is dialled there is dialled by it."""

    number: str
    telephone: str


@dataclass(frozen=True, kw_only=True)
class SeatLeft(Event):
    """A number is at its own telephone again.

    by: the telephone where that was dialled, a log-in of the panel, `hours` where so long had passed, or the number
    that took the telephone.
    """

    number: str
    telephone: str
    by: str


@dataclass(frozen=True, kw_only=True)
class SeatPinMade(Event):
    """A number has a new PIN. by: a log-in of the panel."""

    number: str
    by: str
