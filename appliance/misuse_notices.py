"""Whoever the plan names (`billing.alarm_to`) gets a short message when the guard finds something suspicious."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from appliance.plan import Plan
from billing.guard.events import FraudAlarm
from billing.guard.records import in_words
from pbx.ports import Outbox
from pbx.sms.trouble import Unsendable


def sentence(alarm: FraudAlarm, language: Language) -> str:
    """“Possible misuse of outside calls: Account 100001 has spent …”"""
    what = in_words(alarm.why, dict(alarm.facts), language)
    said = "Possible misuse of outside calls: {what} The call of extension {extension} to {called} was refused."
    if not alarm.refused:
        said = "Possible misuse of outside calls: {what} Extension {extension} calls {called}."
    return translate(said, language, what=what, extension=alarm.extension, called=f"+{alarm.called}")


class MisuseNotices:
    """Listens to the guard. `plan` returns the plan in force."""

    log = Logger()

    def __init__(self, bus: Bus, plan: Callable[[], Plan], outbox: Outbox) -> None:
        self._plan, self._outbox = plan, outbox
        bus.subscribe(FraudAlarm, self.tell)

    async def tell(self, alarm: FraudAlarm) -> None:
        """One message to each; a number that is no good does not keep the others from theirs."""
        plan = self._plan()
        for mobile in plan.billing.alarm_to:
            try:
                await self._outbox.accept(mobile, sentence(alarm, plan.site.language), f"misuse:{alarm.alarm}")
            except Unsendable as why:
                self.log.warn("nobody could be told of alarm {alarm}: {why}", alarm=alarm.alarm, why=why)
