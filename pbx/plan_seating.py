"""Whose numbers may be at other telephones than their own: `[pbx.features.seating]` of the plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pydantic import Field

from appliance.foundation.config import Section
from appliance.foundation.toml_lines import Path
from pbx.spans import Span, each


class Seating(Section):
    """numbers: whose people may bring them to other telephones; nobody where it is empty.

    telephones: the extensions to whose telephones they may come; empty for all. hours: then a number is at its own
    telephone again, by itself; 0 for never.
    """

    numbers: tuple[Span, ...] = ()
    telephones: tuple[Span, ...] = ()
    hours: int = Field(default=12, ge=0, le=168)

    def who(self) -> tuple[str, ...]:
        """Every number that may sit elsewhere."""
        return tuple(dict.fromkeys(number for span in self.numbers for number in each(span)))

    def may_sit(self, number: str) -> bool:
        """Whether a number may be at another telephone."""
        return any(number in each(span) for span in self.numbers)

    def may_be_sat_at(self, telephone: str, extensions: Collection[str]) -> bool:
        """Whether other numbers may be at a telephone of `extensions`."""
        return telephone in extensions and (
            not self.telephones or any(telephone in each(span) for span in self.telephones)
        )

    def named(self) -> Iterator[tuple[Path, str]]:
        """Extensions that are named, and where."""
        for key in ("numbers", "telephones"):
            for index, span in enumerate(getattr(self, key)):
                yield from ((("seating", key, index), number) for number in each(span))
