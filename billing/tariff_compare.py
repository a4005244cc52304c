"""Two versions of a tariff side by side: which prefixes came, went or cost something else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from billing.charge import Rate

Kind = Literal["added", "removed", "changed"]
_SLOT = ("prefix", "day_kind", "begins", "ends")
COLUMN = {"per_minute": "rate_per_minute", "begins": "from", "ends": "to"}
"""Attributes of `Rate` that are called otherwise in files."""


@dataclass(frozen=True)
class Change:
    """One row that differs. before, after: None where there is none. columns: the attributes of `Rate` that differ."""

    kind: Kind
    before: Rate | None
    after: Rate | None
    columns: frozenset[str] = frozenset()

    @property
    def row(self) -> Rate:
        """The newer of both."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def dearer(self) -> bool | None:
        """Whether a minute costs more than before; None where it costs the same, or there is nothing to compare."""
        if self.before is None or self.after is None or self.before.per_minute == self.after.per_minute:
            return None
        return self.after.per_minute > self.before.per_minute


def compare(before: Iterable[Rate], after: Iterable[Rate]) -> list[Change]:
    """What differs, by prefix; rows are the same row where prefix, kind of day and hours are."""
    old, new = _by_slot(before), _by_slot(after)
    found = []
    for slot in sorted({*old, *new}, key=lambda slot: (slot[0], slot[1], -1 if slot[2] is None else slot[2])):
        was, now = old.get(slot), new.get(slot)
        if was is None:
            found.append(Change("added", None, now))
        elif now is None:
            found.append(Change("removed", was, None))
        elif was != now:
            found.append(Change("changed", was, now, frozenset(_different(was, now))))
    return found


def about(changes: Sequence[Change], search: str) -> list[Change]:
    """Those whose prefix is of the number that was looked for or begins so, or whose name has the words in it."""
    search = search.strip().removeprefix("+").casefold()
    if not search:
        return list(changes)
    return [
        change
        for change in changes
        if matches(change.row, search) or (change.before and matches(change.before, search))
    ]


def matches(rate: Rate, search: str) -> bool:
    """Whether a row is meant by part of its name, the beginning of its prefix, or a number it could rate."""
    if search.isascii() and search.isdigit():
        return rate.prefix.startswith(search) or search.startswith(rate.prefix)
    return search in rate.name.casefold()


def _by_slot(rates: Iterable[Rate]) -> Mapping[tuple[str, str, int | None, int | None], Rate]:
    return {(rate.prefix, rate.day_kind, rate.begins, rate.ends): rate for rate in rates}


def _different(one: Rate, other: Rate) -> Iterator[str]:
    for field in fields(Rate):
        if field.name not in _SLOT and getattr(one, field.name) != getattr(other, field.name):
            yield field.name
