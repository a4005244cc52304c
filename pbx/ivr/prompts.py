"""What a flow says: pieces, each a recording or a text that is spoken, in each language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from appliance.foundation.config import Section
from appliance.foundation.values import Language

_FIELD = re.compile(r"\{([a-z][a-z0-9_]{0,31})(:digits)?\}")


class Spoken(Section):
    """A text in each language; `{name}` is a variable's value, `{name:digits}` the same digit by digit."""

    zh: str = Field(default="", max_length=2000)
    en: str = Field(default="", max_length=2000)

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Recording(Section):
    """A recording's file in each language, as the panel named it when it was uploaded."""

    zh: str = Field(default="", pattern=r"^([A-Za-z0-9_-]{1,80}\.wav)?$")
    en: str = Field(default="", pattern=r"^([A-Za-z0-9_-]{1,80}\.wav)?$")

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Piece(Section):
    """A recording, or a text; the text of a recording is what it says, spoken where the file is missing."""

    say: Spoken = Spoken()
    sound: Recording = Recording()

    def speaks(self, language: Language) -> bool:
        """Whether anything is heard in `language`."""
        return bool(self.sound[language] or self.say[language].strip())


def _pieces(given: Any) -> Any:
    # `prompt = { zh = "…", en = "…" }` is one text.
    if isinstance(given, dict) and not given.keys() - {"zh", "en"}:
        return [{"say": given}]
    return given


Prompt = Annotated[tuple[Piece, ...], BeforeValidator(_pieces)]
"""Pieces heard one after another; one text may stand for a list of one."""


_SENTENCE = re.compile(r"(?<=[。！？；\n])|(?<=[.!?;])\s+")


def sentences(text: str) -> list[str]:
    """`text` cut where speech pauses: each part is made by itself, in its own time, and kept for the next prompt."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def fields(text: str) -> Iterator[str]:
    """The variables that `text` speaks of."""
    for found in _FIELD.finditer(text):
        yield found[1]


def filled(text: str, variables: Mapping[str, str]) -> str:
    """`text` with its fields filled; a variable nobody has set is silent."""

    def value(found: re.Match[str]) -> str:
        known = variables.get(found[1], "")
        return " ".join(known) if found[2] else known

    return _FIELD.sub(value, text)
