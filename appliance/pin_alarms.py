"""Whom the plan names is told by short message when wrong PINs have locked an account or an extension."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from appliance.plan import Plan
from billing.events import PinLocked
from pbx.ports import Outbox
from pbx.sms.trouble import Unsendable


class PinAlarms:
    """`plan` returns the plan in force; the site's language is spoken."""

    log = Logger()

    def __init__(self, bus: Bus, plan: Callable[[], Plan], outbox: Outbox) -> None:
        self._plan, self._outbox = plan, outbox
        bus.subscribe(PinLocked, self.tell)

    async def tell(self, locked: PinLocked) -> None:
        """A number that is no good does not keep the others."""
        plan = self._plan()
        text = said(locked, plan, plan.site.language)
        for mobile in plan.billing.alarm_to:
            try:
                await self._outbox.accept(mobile, text, f"pins:{locked.what}:{locked.number}")
            except Unsendable as why:
                self.log.warn("nobody could be told that {what} is locked: {why}", what=locked.what, why=why)


def said(locked: PinLocked, plan: Plan, language: Language) -> str:
    """What happened, in words; never a PIN."""
    message = "Account {number} is locked until {until}: wrong PINs, the last one at extension {by}."
    if locked.what == "extension":
        message = "Extension {number} cannot use 600 until {until}: wrong PINs were keyed there."
    facts = {
        "number": locked.number,
        "by": locked.by,
        "until": f"{locked.until.astimezone(plan.site.zone):%m-%d %H:%M}",
    }
    return translate(message, language, **facts)
