"""What is said of a message, to its sender in English, and to people in their own language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """message: an English message id of the catalogue; facts: what fills its fields. Never anything of a patient."""

    message: str
    facts: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.message.format(**dict(self.facts)) if self.facts else self.message


def sentence(message: str, **facts: object) -> Sentence:
    """`sentence("Bed {bed} is not in the plan.", bed="9")`."""
    return Sentence(message, tuple((name, str(fact)) for name, fact in facts.items()))
