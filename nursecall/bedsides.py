"""What is known of a bed besides its calls: whether a nurse is there, and whether its terminal works."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(kw_only=True)
class Bedside:
    """A bed: the columns of `bedsides`. line: the wire that last told something of it. None: not now."""

    ward: str
    bed: str
    line: str = ""
    present_since: datetime | None = None
    fault_since: datetime | None = None
    changes: int = 0


class Bedsides:
    """Every bed of which anything was ever told.

    presence_heard, terminal_heard: beds of which this run has heard that, whatever the run before wrote.
    """

    def __init__(self) -> None:
        self._beds: dict[tuple[str, str], Bedside] = {}
        self.presence_heard: set[tuple[str, str]] = set()
        self.terminal_heard: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Bedside]:
        return iter(self._beds.values())

    def at(self, ward: str, bed: str) -> Bedside:
        """That bed; nothing is known of one that was never heard of."""
        return self._beds.get((ward, bed)) or Bedside(ward=ward, bed=bed)

    def present(self, ward: str, bed: str) -> bool:
        """Whether a nurse is there."""
        return self.at(ward, bed).present_since is not None

    def presence(self, ward: str, bed: str, line: str, here: bool, now: datetime) -> Bedside | None:
        """A nurse is there, or is not; the bed as it is then, None where that was known."""
        self.presence_heard.add((ward, bed))
        bedside = self.at(ward, bed)
        if (bedside.present_since is not None) is here:
            return None
        bedside.present_since = now if here else None
        return self._changed(bedside, line)

    def terminal(self, ward: str, bed: str, line: str, well: bool, now: datetime) -> Bedside | None:
        """Its terminal works, or does not; the bed as it is then, None where that was known."""
        self.terminal_heard.add((ward, bed))
        bedside = self.at(ward, bed)
        if (bedside.fault_since is None) is well:
            return None
        bedside.fault_since = None if well else now
        return self._changed(bedside, line)

    def bring_back(self, rows: Iterable[Bedside]) -> list[tuple[Bedside, Bedside]]:
        """Take over what the run before wrote. Returns beds of which this run knows more: as they were, as they are.

        What this run has written of them has the wrong number of changes: they are to be written again.
        """
        changed = []
        for row in rows:
            key = row.ward, row.bed
            known = self._beds.get(key)
            new = replace(row, line=known.line if known else row.line)
            # What is so now and was so then has been so since then, as the journal tells it.
            if key in self.presence_heard and not (known and known.present_since and row.present_since):
                new.present_since = known.present_since if known else None
            if key in self.terminal_heard and not (known and known.fault_since and row.fault_since):
                new.fault_since = known.fault_since if known else None
            if known is not None or new != row:
                new.changes = max(known.changes if known else 0, row.changes) + 1
                changed.append((row, new))
            self._beds[key] = new
        return changed

    def _changed(self, bedside: Bedside, line: str) -> Bedside:
        self._beds[bedside.ward, bedside.bed] = bedside
        bedside.line, bedside.changes = line, bedside.changes + 1
        return bedside
