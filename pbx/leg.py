"""One leg of a call as far as we know it: what happened to it, and who waits for what."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred

from pbx.ari.messages import Changed, Channel, Destroyed, Dialled, Entered, Event, Keyed

T = TypeVar("T")


class Latch(Generic[T]):
    """Something that happens at most once; whoever waits, before or after, gets what it was."""

    def __init__(self) -> None:
        self.value: T | None = None
        self._waiting: list[Callable[[T], object]] = []

    def set(self, value: T) -> None:
        """It happened. A second time changes nothing."""
        if self.value is not None:
            return
        self.value = value
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call(value)

    def then(self, call: Callable[[T], object]) -> None:
        """Call when it happens, at once if it has."""
        if self.value is None:
            self._waiting.append(call)
        else:
            call(self.value)

    def wait(self) -> Deferred[T]:
        """Fires when it happens; may be cancelled."""
        waiting: Deferred[T] = Deferred(lambda _: self._waiting.remove(waiting.callback))
        self.then(waiting.callback)
        return waiting


def first(*happenings: Latch[Any]) -> Deferred[None]:
    """Fires when any of them has happened."""
    waiting: Deferred[None] = Deferred()

    def fire(_: object) -> None:
        if not waiting.called:
            waiting.callback(None)

    for happening in happenings:
        happening.then(fire)
    return waiting


@dataclass(frozen=True)
class Gone:
    """The end of a leg. at: the exchange's own time; cause: Q.850, 0 where it is not known."""

    at: datetime
    cause: int


class Leg:
    """A channel of ours. Its identity is the channel's id."""

    def __init__(self, identity: str, name: str = "") -> None:
        self.id = identity
        self.name = name
        self.rang = False
        self.entered: Latch[Channel] = Latch()
        self.up: Latch[datetime] = Latch()
        self.gone: Latch[Gone] = Latch()
        self.keys: deque[str] = deque()
        self._keyed: Latch[bool] = Latch()

    @property
    def alive(self) -> bool:
        """Whether it is still there."""
        return self.gone.value is None

    def key(self) -> Latch[bool]:
        """A key is there to be taken from `keys`; has happened already if one was pressed ahead."""
        if not self.keys:
            self._keyed = Latch()
        return self._keyed

    def hear(self, event: Event) -> None:
        """Take in what the exchange says of this leg."""
        match event:
            case Entered(channel=channel):
                self.name = channel.name
                self.entered.set(channel)
            case Changed(at=at, channel=Channel(state="Up")):
                self.up.set(at)
            case Changed(channel=Channel(state="Ringing")) | Dialled(status="RINGING" | "PROGRESS"):
                self.rang = True
            case Keyed(digit=digit):
                self.keys.append(digit)
                self._keyed.set(True)
            case Destroyed(at=at, cause=cause):
                self.gone.set(Gone(at, cause))
