"""What a mailbox says, and how it says when and by whom a message was left."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.ports import Prompts

_WHEN = {"zh": "M月d日H点m分", "en": "d MMMM, H:mm"}


class Words:
    """language: what is spoken. zone: of the site."""

    def __init__(self, prompts: Prompts, language: Language, zone: ZoneInfo) -> None:
        self._prompts = prompts
        self.language = language
        self._zone = zone

    def text(self, message: str, **facts: object) -> str:
        """`message` in the language that is spoken."""
        return translate(message, self.language, **facts)

    async def __call__(self, message: str, **facts: object) -> list[Path]:
        """`message` as sound; nothing where speech is down."""
        sound = await self._prompts.prompt(self.text(message, **facts), self.language)
        return [sound] if sound else []

    def when(self, at: datetime) -> str:
        """A time as it is read aloud."""
        return format_datetime(at.astimezone(self._zone), _WHEN[self.language], locale=self.language)


def digits(number: str) -> str:
    """A number as it is read aloud, digit by digit."""
    return " ".join(number)
