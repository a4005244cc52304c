"""Who wants to know of a message that a caller left in a voice menu gets a short message."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.i18n import translate
from appliance.plan import Plan
from pbx.ivr.events import MessageLeft
from pbx.ports import Outbox
from pbx.sms.trouble import Unsendable


class LeftMessageNotices:
    """Tells the groups that the node names, in the site's language. `plan` returns the plan in force."""

    log = Logger()

    def __init__(self, bus: Bus, plan: Callable[[], Plan], outbox: Outbox) -> None:
        self._plan, self._outbox = plan, outbox
        bus.subscribe(MessageLeft, self.tell)

    async def tell(self, left: MessageLeft) -> None:
        """A short message to each member of each group; one whose number is no good does not keep the others."""
        plan = self._plan()
        flow, language = plan.pbx.whole_flows().get(left.flow), plan.site.language
        text = translate(
            "{menu}: {caller} left a message of {seconds} s at {time}. It can be heard at the panel.", language,
            menu=flow.name[language] if flow else left.flow, caller=left.caller, seconds=left.seconds,
            time=f"{left.at.astimezone(plan.site.zone):%H:%M}",
        )  # fmt: skip
        for group in plan.pbx.groups:
            for member in group.members if group.id in left.tell else ():
                try:
                    await self._outbox.accept(member.mobile, text, f"menu:{left.call}")
                except Unsendable as why:
                    self.log.warn("nobody could be told of message {name}: {why}", name=left.name, why=why)
