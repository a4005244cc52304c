"""Before the credit is used up, whoever pays hears a tone and how long is left."""

from __future__ import annotations

from datetime import timedelta

from appliance.foundation.clock import Since
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from billing.accounts import Accounts
from billing.bill import Lease
from billing.ports import Lines, Prompts

MINUTE = 60
ROUGHLY = 5
"""Seconds are said in steps of this, so that their sound is likely to be there already."""


class LastMinute:
    """ahead: how long before the end; none for zero. Of a call that lasts less than twice as long, half-way."""

    def __init__(self, ahead: timedelta, accounts: Accounts, lines: Lines, prompts: Prompts) -> None:
        self._ahead, self._accounts, self._lines, self._prompts = ahead, accounts, lines, prompts

    def before(self, lease: Lease, answered: Since) -> timedelta | None:
        """How long until who pays is to be told; None for never."""
        if not self._ahead:
            return None
        left = lease.granted - answered.ago()
        return max(timedelta(0), left - min(self._ahead, lease.granted / 2))

    async def tell(self, lease: Lease, answered: Since) -> None:
        """Now. Nobody is told of an end that has come."""
        language = await self._accounts.language(lease.account)
        left = int((lease.granted - answered.ago()).total_seconds())
        if left > 0:
            sound = await self._prompts.prompt(remaining(left, language), language)
            await self._lines.warn(lease.call, [sound] if sound is not None else [])


def remaining(seconds: int, language: Language) -> str:
    """“One minute is left.”"""
    if seconds < MINUTE - ROUGHLY:
        seconds = max(ROUGHLY, seconds // ROUGHLY * ROUGHLY)
        return translate("{seconds} seconds are left.", language, seconds=seconds)
    minutes = round(seconds / MINUTE)
    if minutes == 1:
        return translate("One minute is left.", language)
    return translate("{minutes} minutes are left.", language, minutes=minutes)
