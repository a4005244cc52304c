"""What the exchange asks of whoever bills calls outside; it knows no prices."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from appliance.foundation.values import Ended
from pbx.reason import Reason


class Paid(Protocol):
    """A call that somebody pays for, or looks after. limit: how long it may last from its answer on, held by Asterisk;
    None: as long as they like.

    used: percent of who pays' limit that were used before, where the caller is to hear it.
    """

    @property
    def limit(self) -> timedelta | None: ...

    @property
    def used(self) -> int | None: ...

    async def over_line(self, trunk: str, why: str) -> None:
        """Another line is tried, because of `why` on the one before."""
        ...

    async def answered(self, at: datetime) -> None:
        """Both talk."""
        ...

    def over(self, ended: Ended | None) -> None:
        """It is over; None: nobody here saw how."""
        ...


class Payer(Protocol):
    """Says who pays, or looks after it. Returns None where nobody does, and why not where it may not be made."""

    async def __call__(
        self, call: str, extension: str, number: str, trunk: str, most: timedelta | None
    ) -> Paid | Reason | None: ...


async def nobody(call: str, extension: str, number: str, trunk: str, most: timedelta | None) -> None:
    """Nobody is billed."""
