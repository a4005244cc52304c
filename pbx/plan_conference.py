"""Conference rooms in the plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.toml_lines import Path
from pbx.spans import Span, each

LARGEST = 100


class RoomGroup(Section):
    """Rooms that are alike, `"8801-8804"` or one number.

    enter: extensions, or spans of them, that may come in; empty for all that may dial inside. Who is invited may too.
    chairmen: extensions that chair without a PIN.
    pin: whether a member must know the room's PIN; the chairman's PIN, once made, lets in too. The box makes and keeps
        them: they are in no plan.
    wait: members hear music until a chairman is there.
    announce: how others hear who comes and goes: the name that was spoken at the door, a tone, or nothing.
    most: people in a room, the chairmen apart.
    invite: extensions that are rung together when the room calls everybody.
    outside: whether numbers outside may be invited, at the hospital's expense.
    record: whether what is said is recorded, which everybody is told who comes in. keep_days: then it is deleted.
    ad_hoc: whoever comes first chairs; no PIN; see `ConferencePlan.ad_hoc`.
    """

    numbers: Span
    name: Text
    enter: tuple[Span, ...] = ()
    chairmen: tuple[Span, ...] = ()
    pin: bool = True
    wait: bool = False
    announce: Literal["name", "tone", "none"] = "tone"
    most: int = Field(default=20, ge=2, le=LARGEST)
    invite: tuple[Span, ...] = ()
    outside: bool = False
    record: bool = False
    keep_days: int = Field(default=180, ge=1, le=36_500)
    ad_hoc: bool = False

    @model_validator(mode="after")
    def _whole(self) -> RoomGroup:
        if self.ad_hoc and self.pin and "pin" in self.model_fields_set:
            raise PlanError(("pin",), "an ad hoc room has no PIN")
        return self

    def rooms(self) -> tuple[str, ...]:
        """Every room's number."""
        return each(self.numbers)

    @property
    def asks_pin(self) -> bool:
        """Whether a member must know a PIN."""
        return self.pin and not self.ad_hoc

    def lets_in(self, extension: str) -> bool:
        """Whether whoever is at that telephone may come to the door."""
        return not self.enter or self.chairs(extension) or any(extension in each(span) for span in self.enter)

    def chairs(self, extension: str) -> bool:
        """Whether that telephone is a chairman's."""
        return any(extension in each(span) for span in self.chairmen)

    def everybody(self) -> tuple[str, ...]:
        """The extensions that are rung together."""
        return tuple(number for span in self.invite for number in each(span))


class ConferencePlan(Section):
    """ad_hoc: dialled to be given the first empty ad hoc room, e.g. `*88`; empty for none."""

    rooms: tuple[RoomGroup, ...] = ()
    ad_hoc: str = Field(default="", pattern=r"^[0-9*#]{0,6}$")

    @model_validator(mode="after")
    def _rooms_to_give(self) -> ConferencePlan:
        if self.ad_hoc and not any(group.ad_hoc for group in self.rooms):
            raise PlanError(("ad_hoc",), "there is no ad hoc room")
        return self

    def group(self, number: str) -> RoomGroup | None:
        """What is said of the room `number`."""
        return next((group for group in self.rooms if number in group.rooms()), None)

    def served(self) -> Iterator[tuple[Path, str]]:
        """Numbers that are dialled, and where they stand."""
        for index, group in enumerate(self.rooms):
            yield from ((("rooms", index, "numbers"), number) for number in group.rooms())
        if self.ad_hoc:
            yield ("ad_hoc",), self.ad_hoc

    def named(self) -> Iterator[tuple[Path, str]]:
        """Extensions that are named, and where."""
        for index, group in enumerate(self.rooms):
            for key in ("enter", "chairmen", "invite"):
                for place, span in enumerate(getattr(group, key)):
                    yield from ((("rooms", index, key, place), number) for number in each(span))


def apart(served: Iterator[tuple[Path, str]], taken: Collection[str]) -> None:
    """Raises PlanError where a number that is dialled for a feature is taken, or stands twice."""
    seen: set[str] = set()
    for path, number in served:
        if number in taken:
            raise PlanError(path, "{number} is already an extension or an emergency number", number=number)
        if number in seen:
            raise PlanError(path, "{number} is dialled for two things", number=number)
        seen.add(number)
