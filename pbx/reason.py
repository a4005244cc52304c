"""Why the exchange did what it did: one step of a decision, to be told in either language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.foundation.i18n import Text, translate
from appliance.foundation.values import Language


class Word(str):
    """A fact that is itself a message id: told in the language of its sentence."""

    __slots__ = ()


Fact = str | int | Text
"""What fills a field: a word as it is, a `Word` or a plan's `Text` in the sentence's language, a number."""


@dataclass(frozen=True)
class Reason:
    """One step. message: an English message id of `pbx/locale/zh.po`; `facts` fill its `{name}` fields.

    >>> Reason("{extension} is an extension.", {"extension": "8001"}).text("en")
    '8001 is an extension.'
    """

    message: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """The sentence."""
        return translate(self.message, language, **{name: _in(fact, language) for name, fact in self.facts.items()})

    def kept(self) -> dict[str, Any]:
        """As JSON keeps it; `read` makes it a reason again."""
        return {"message": self.message, "facts": {name: _kept(fact) for name, fact in self.facts.items()}}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Reason:
        """What `kept` made."""
        return cls(kept["message"], {name: _read(fact) for name, fact in kept["facts"].items()})


def _in(fact: Fact, language: Language) -> object:
    match fact:
        case Text():
            return fact[language]
        case Word():
            return translate(str(fact), language)
    return fact


def _kept(fact: Fact) -> object:
    match fact:
        case Text():
            return fact.model_dump()
        case Word():
            return {"word": str(fact)}
    return fact


def _read(kept: Any) -> Fact:
    if isinstance(kept, dict):
        return Word(kept["word"]) if "word" in kept else Text.model_validate(kept)
    return kept if isinstance(kept, int) else str(kept)
