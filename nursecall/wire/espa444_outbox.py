"""Blocks that wait until an ESPA 4.4.4 line lets us speak."""

from __future__ import annotations

from collections import deque
from collections.abc import Container
from dataclasses import dataclass

MOST_STATUSES = 100
"""Statuses kept for a host that never asks for them; the oldest is dropped for the next."""

STATUS_TURNS = 3
"""A status is dropped after so many turns in vain: it must not keep a host from its calls."""


@dataclass(eq=False)
class Entry:
    """One block. to: the receiver's address. about: of a status, the call's records; a newer one replaces it."""

    ticket: int
    to: str
    block: bytes
    about: object = None
    turns: int = 0


class Outbox:
    """First in, first out, save for receivers that are busy."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._tickets = 0
        self._held: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, entry: Entry) -> bool:
        return entry in self._entries

    def add(self, block: bytes, to: str) -> int:
        """Queue `block`; returns its ticket."""
        return self._added(Entry(self._new_ticket(), to, block))

    def add_status(self, block: bytes, to: str, about: object) -> int:
        """Queue a status in place of what waits to be said about the same call; returns its ticket."""
        statuses = [entry for entry in self._entries if entry.about is not None]
        for entry in statuses:
            if entry.about == about and entry.to == to:
                self._entries.remove(entry)
        if len(statuses) >= MOST_STATUSES and statuses[0] in self._entries:
            self._entries.remove(statuses[0])
        return self._added(Entry(self._new_ticket(), to, block, about))

    def next(self, now: float, reachable: Container[str] | None = None) -> Entry | None:
        """The first for a receiver that is not busy and, where that is given, among the `reachable`."""
        return next((entry for entry in self._entries if self._goes(entry, now, reachable)), None)

    def hold(self, to: str, until: float) -> None:
        """`to` is busy."""
        self._held[to] = until

    def remove(self, entry: Entry) -> None:
        """It is delivered, or never will be."""
        if entry in self._entries:
            self._entries.remove(entry)

    def failed(self, entry: Entry) -> bool:
        """A turn was in vain; returns whether `entry` is given up."""
        entry.turns += 1
        gives_up = entry.about is not None and entry.turns >= STATUS_TURNS
        if gives_up:
            self.remove(entry)
        return gives_up

    def cancel(self, ticket: int) -> bool:
        """Give up; False when it is delivered or unknown."""
        found = next((entry for entry in self._entries if entry.ticket == ticket), None)
        if found is not None:
            self._entries.remove(found)
        return found is not None

    def _new_ticket(self) -> int:
        self._tickets += 1
        return self._tickets

    def _added(self, entry: Entry) -> int:
        self._entries.append(entry)
        return entry.ticket

    def _goes(self, entry: Entry, now: float, reachable: Container[str] | None) -> bool:
        return now >= self._held.get(entry.to, now) and (reachable is None or entry.to in reachable)
