"""Our side of any wire, without I/O: what `nursecall.dialogue` drives."""

from __future__ import annotations

from typing import Protocol, TypeVar

E = TypeVar("E")


class Party(Protocol[E]):
    """Bytes and time in, events of type E and bytes out. Seconds are of one steady clock; nothing ever raises."""

    @property
    def heard_at(self) -> float:
        """When the other side last said something valid; minus infinity for never."""
        ...

    @property
    def deadline(self) -> float | None:
        """When `tick` is wanted next; None for not before more bytes come."""
        ...

    def begin(self, now: float) -> None:
        """The line can be used."""

    def feed(self, data: bytes, now: float) -> list[E]:
        """Bytes came: what they complete."""
        ...

    def tick(self, now: float) -> list[E]:
        """Time passed."""
        ...

    def outgoing(self) -> bytes:
        """What is to be put on the wire now; told once."""
        ...

    def lost(self, now: float) -> None:
        """The line cannot be used any more."""
