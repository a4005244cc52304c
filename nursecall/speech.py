"""Two-way speech between a nurse and a bed, as the ward's screens ask for it."""

from __future__ import annotations

from typing import Protocol


class NoSpeech(Exception):
    """They were not connected. message: an English message id, its `{name}` fields in `facts`."""

    def __init__(self, message: str, **facts: str) -> None:
        super().__init__(message)
        self.message, self.facts = message, facts


class Speech(Protocol):
    """Whoever connects telephones."""

    def possible(self, ward: str, bed: str) -> bool:
        """Whether the plan gives both the ward's station and this bed a telephone."""
        ...

    async def speak(self, call: str, by: str) -> None:
        """Ring the station's desk phone, then the bed of `call`; returns when both talk. Raises NoSpeech."""
        ...
