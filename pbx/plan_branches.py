"""Other boxes that are reached over a trunk of our own: `[[pbx.branches]]` of the plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from appliance.foundation.config import PlanError, Section
from pbx.spans import Span, each

Digits = Annotated[str, Field(pattern=r"^[0-9]{1,6}$")]


class Branch(Section):
    """A box at the other end of `trunk`, which carries nothing else.

    prefix: what is dialled here before one of its `numbers`; empty where numbers are unique in both. ours: what is
    dialled there before one of ours, so that who is called can call back.
    """

    trunk: str
    prefix: Digits | None = None
    numbers: tuple[Span, ...] = Field(min_length=1)
    ours: Digits | None = None

    def reached(self, dialled: str) -> str | None:
        """The number over there that `dialled` means; None where it means none."""
        before = self.prefix or ""
        number = dialled.removeprefix(before)
        return number if dialled.startswith(before) and number in self.each() else None

    def each(self) -> Iterator[str]:
        """Every number over there."""
        return (number for span in self.numbers for number in each(span))


def check(branches: Collection[Branch], trunks: Collection[str], taken: Collection[str]) -> None:
    """Raises PlanError for a trunk that is not there or has two branches, or a way that means something here too."""
    ways: set[str] = set(taken)
    used: set[str] = set()
    for index, branch in enumerate(branches):
        if branch.trunk not in trunks:
            raise PlanError(("branches", index, "trunk"), "there is no trunk {name!r}", name=branch.trunk)
        if branch.trunk in used:
            raise PlanError(("branches", index, "trunk"), "{name!r} is used twice", name=branch.trunk)
        used.add(branch.trunk)
        for number in branch.each():
            way = (branch.prefix or "") + number
            if way in ways:
                raise PlanError(("branches", index, "numbers"), "{number} means something here already", number=way)
            ways.add(way)
