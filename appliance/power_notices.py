"""The battery is nearly empty: every ward hears that the box is about to be switched off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from appliance.foundation.bus import Bus
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from appliance.hardware.events import BatteryLow
from appliance.plan import Plan
from tts.places import Announcement
from tts.speaker import Clip
from web.live import Say

SAID = "The power has failed and the battery is nearly empty. The call system is switching off. Look after the beds."
PRIORITY = 1
"""As an emergency: it will not be said again."""
CALL = "power"


class Speech(Protocol):
    """Renders a sentence, or returns None when no voice is left."""

    async def say(self, text: str, language: Language) -> Clip | None: ...


class Places(Protocol):
    """The loudspeakers, paging zones and phones of the wards."""

    def announce(self, announcement: Announcement) -> None: ...


class Screens(Protocol):
    """Every browser that is looking."""

    def announce(self, ward: str, say: Say) -> None: ...


class PowerNotices:
    """Subscribes to the battery. `plan` returns the plan in force."""

    def __init__(self, bus: Bus, plan: Callable[[], Plan], speech: Speech, places: Places, screens: Screens) -> None:
        self._plan, self._speech, self._places, self._screens = plan, speech, places, screens
        bus.subscribe(BatteryLow, self.tell)

    async def tell(self, _: BatteryLow) -> None:
        """Stations and loudspeakers of every ward, in its language; a chime where no voice is left."""
        for ward in self._plan().nursecall.wards:
            text = translate(SAID, ward.language)
            clip = await self._speech.say(text, ward.language)
            self._places.announce(Announcement(CALL, ward.id, PRIORITY, "emergency", clip, _over))
            key = clip.key if clip is not None else None
            self._screens.announce(ward.id, Say(CALL, text, key, ward.language, PRIORITY, "emergency"))


def _over(_why: str) -> None:
    """It is about no call that waits, and is to be heard nevertheless."""
