"""Two languages. English stands in the source as the message id; each package keeps `locale/zh.po`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from babel.messages.pofile import read_po
from pydantic import BaseModel, ConfigDict

from appliance.foundation.values import Language

PACKAGES = ("appliance", "nursecall", "billing", "pbx", "tts", "web")


class Text(BaseModel):
    """Something people read, in both languages: `{ zh = "一病区", en = "Ward 1" }`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


def translate(message: str, language: Language, /, **facts: object) -> str:
    """`message` (English, with `{name}` fields) in `language`, the fields filled in."""
    text = message if language == "en" else _chinese().get(message, message)
    return text.format(**facts) if facts else text


@cache
def _chinese() -> Mapping[str, str]:
    messages: dict[str, str] = {}
    for package in PACKAGES:
        source = resources.files(package).joinpath("locale", "zh.po")
        if source.is_file():
            with source.open("rb") as file:
                catalogue = read_po(file, locale="zh")
            messages.update({str(m.id): str(m.string) for m in catalogue if m.id and m.string})
    return messages
