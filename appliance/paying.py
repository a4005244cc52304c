"""Billing says to the exchange who pays for a call outside, and that none is too many, in the exchange's own words."""

from __future__ import annotations

from datetime import timedelta

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from billing.calling import SORRY
from billing.guard.ordinary import OrdinaryCalls, WatchedCall
from billing.postpaid import PaidCall, Postpaid
from billing.refusal import Refusal
from pbx.paid import Paid
from pbx.reason import Reason


class Paying:
    """Satisfies `pbx.paid.Payer`. While nothing can be written down no call is made that somebody would pay for."""

    log = Logger()

    def __init__(self, postpaid: Postpaid, ordinary: OrdinaryCalls) -> None:
        self._postpaid, self._ordinary = postpaid, ordinary

    async def __call__(
        self, call: str, extension: str, number: str, trunk: str, most: timedelta | None
    ) -> Paid | Reason | None:
        """Reserve its price with who pays; where nobody does, let the guard see it."""
        paid: PaidCall | WatchedCall | None
        try:
            paid = await self._postpaid.admit(call, extension, number, trunk, most)
        except CancelledError:
            raise
        except Refusal as why:
            return _told(why)
        except Exception:
            self.log.failure("call {call}: its price could not be reserved", call=call)
            return Reason(SORRY)
        return paid or await self._watched(call, extension, number)

    async def _watched(self, call: str, extension: str, number: str) -> Paid | Reason | None:
        try:
            return await self._ordinary.admit(call, extension, number)
        except CancelledError:
            raise
        except Refusal as why:
            return _told(why)
        except Exception:
            self.log.failure("call {call} goes out unwatched", call=call)
            return None


def _told(why: Refusal) -> Reason:
    return Reason(why.message, {name: str(fact) for name, fact in why.facts.items()})
