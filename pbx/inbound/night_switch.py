"""Star codes by which telephones of the house open and close a schedule: `*28` and 1 closes, 2 opens, 0 by hours."""

from __future__ import annotations

from appliance.foundation.values import Language
from pbx.accepting import sounds_of
from pbx.inbound.lists import Lists
from pbx.incoming import IncomingCall
from pbx.plan_schedules import Schedule
from pbx.ports import Prompts
from pbx.reason import Reason
from pbx.schedules import Position

KEYS: dict[str, Position] = {"0": "", "1": "closed", "2": "open"}
SAID: dict[Position, str] = {
    "": "“{schedule}” goes by its hours.",
    "open": "“{schedule}” was opened by hand.",
    "closed": "“{schedule}” was closed by hand.",
}
NOT_FROM_HERE = "This telephone may not switch “{schedule}”."
WHICH = "“{schedule}”: press 1 to close it, 2 to open it, 0 to let it go by its hours."


class NightSwitch:
    """Serves one schedule's star code."""

    def __init__(self, schedule: Schedule, lists: Lists, prompts: Prompts, language: Language) -> None:
        self._schedule, self._lists, self._prompts, self._language = schedule, lists, prompts, language

    async def serve(self, caller: IncomingCall) -> None:
        """Switch it, and say how it is now. Raises HungUp."""
        position = KEYS.get(caller.dialled.removeprefix(self._schedule.switch).rstrip("#"))
        await caller.answer()
        if caller.extension not in self._schedule.switch_from:
            await self._say(caller, NOT_FROM_HERE)
        elif position is None:
            await self._say(caller, WHICH)
        else:
            await self._lists.switch(self._schedule.id, position, by=caller.extension)
            await self._say(caller, SAID[position])

    async def _say(self, caller: IncomingCall, message: str) -> None:
        said = Reason(message, {"schedule": self._schedule.name}).text(self._language)
        await caller.play(await sounds_of([said], self._prompts, self._language))
