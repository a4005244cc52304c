"""One sentence to somebody on the line, in their language; a tone while speech is down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.incoming import IncomingCall
from pbx.ports import Prompts
from pbx.tones import Tones


class Speaking:
    """language: of an extension."""

    def __init__(self, prompts: Prompts, tones: Tones, language: Callable[[str], Language]) -> None:
        self._prompts, self._tones, self._language = prompts, tones, language

    async def say(self, caller: IncomingCall, message: str, *, refused: bool = False, **facts: object) -> None:
        """Answer, then `message`, an English id. refused: the tone, while speech is down, says no. Raises HungUp."""
        sound = await self.sound(caller.extension, message, refused=refused, **facts)
        await caller.answer()
        await caller.play([sound])

    async def sound(self, extension: str, message: str, *, refused: bool = False, **facts: object) -> Path:
        """`message`, or the tone in its place, as a file to play to an extension."""
        language = self._language(extension)
        sound = await self._prompts.prompt(translate(message, language, **facts), language)
        return sound or (self._tones.refused() if refused else self._tones.comes())
