"""One leg of a call as far as we know it: what happened to it, and who waits for what."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred

from pbx.ari.messages import Changed, Channel, Destroyed, Dialled, Entered, Event, FaxTold, Keyed, Talking, endpoint_of

T = TypeVar("T")

NOT_THERE = frozenset((404, 410, 604))
"""SIP's ways to say that there is no such number; Asterisk calls other replies cause 1 as well."""


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
    """The end of a leg. at: the exchange's own time; cause: Q.850, 0 where it is not known.

    final: the far end itself said that there is no such number, as SIP or as ISDN: not our Asterisk, not a box between.
    """

    at: datetime
    cause: int
    final: bool = False

    @classmethod
    def told(cls, at: datetime, cause: int, reply: int, channel: str) -> Gone:
        """As the exchange tells it of a channel of that name. reply: the last SIP status, 0 for none."""
        return cls(at, cause, final=reply in NOT_THERE or not channel.startswith("PJSIP/"))


class Leg:
    """A channel of ours. Its identity is the channel's id. talks: told when they begin to talk, and stop.

    pressed: told each key and when it was pressed, also during talk. told: what a fax machine at it said of itself.
    number: whose it is, an extension or a number outside, once known. whose: the extension that is at its telephone,
    which may be another than the telephone's own.
    shown: what displays of the house say of who is at it, where that is more than a number: a name of the address book.
    left: how long whoever pays for it lets it last, whatever is decided of the call it is in; None: as long as that.
    given_up: `silent` or `slow` where we gave up a carrier that did not answer.
    """

    def __init__(self, identity: str, name: str = "") -> None:
        self.id = identity
        self.name = name
        self.number = ""
        self.whose = ""
        self.shown = ""
        self.rang = False
        self.given_up = ""
        self.left: Callable[[], timedelta | None] = lambda: None
        self.told: dict[str, str] = {}
        self.entered: Latch[Channel] = Latch()
        self.up: Latch[datetime] = Latch()
        self.gone: Latch[Gone] = Latch()
        self.keys: deque[str] = deque()
        self.talks: Callable[[bool], object] = lambda _begins: None
        self.pressed: list[Callable[[str, datetime], object]] = []
        self._keyed: Latch[bool] = Latch()

    @property
    def endpoint(self) -> str:
        """Whose it is: an extension, or a trunk's endpoint; empty until that is known."""
        return self.whose or self.telephone

    @property
    def telephone(self) -> str:
        """The telephone itself, whosever number is at it; or a trunk's endpoint."""
        return endpoint_of(self.name)

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
            case Keyed(at=at, digit=digit):
                self.keys.append(digit)
                self._keyed.set(True)
                for tell in tuple(self.pressed):
                    tell(digit, at)
            case Talking(begins=begins):
                self.talks(begins)
            case FaxTold(variable=variable, value=value):
                self.told[variable] = value
            case Destroyed(at=at, channel=channel, cause=cause, reply=reply):
                self.gone.set(Gone.told(at, cause, reply, channel.name))
