"""Incoming parts become whole messages. The modem's own memory keeps the parts until the whole is stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appliance.foundation.values import new_id
from pbx.sms.pdu import Deliver
from pbx.sms.userdata import joined

PATIENCE = timedelta(hours=1)
MISSING = "[…]"


@dataclass(frozen=True)
class Place:
    """Where a message lies in the modem."""

    memory: str
    index: int


@dataclass(frozen=True)
class Incoming:
    """A message that came in, whole; or after an hour's wait, with `[…]` for each part that never came.

    places: what may be deleted from the modem once this is stored. key: the gateway's own name for the message.
    """

    sender: str
    text: str
    sent_at: datetime | None
    places: tuple[Place, ...] = ()
    key: str = ""

    @property
    def id(self) -> str:
        """The same for the same message: after a crash between storing and deleting, it is read once more."""
        if self.sent_at is None and not self.places and not self.key:
            return new_id()
        mark = self.key or (self.sent_at.isoformat() if self.sent_at is not None else str(self.places))
        whole = f"{self.sender}\n{mark}\n{self.text}"
        return hashlib.sha256(whole.encode()).hexdigest()[:32]


@dataclass
class _Gathering:
    since: datetime
    total: int
    parts: dict[int, Deliver] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)

    def add(self, number: int, message: Deliver, place: Place | None) -> None:
        self.parts[number] = message
        if place is not None and place not in self.places:
            self.places.append(place)

    def whole(self) -> Incoming:
        texts = (self.parts[n].text if n in self.parts else MISSING for n in range(1, self.total + 1))
        first = self.parts[min(self.parts)]
        return Incoming(first.sender, joined(texts), first.sent_at, tuple(self.places))


class Inbox:
    """Parts, until their message is whole or waited for too long."""

    def __init__(self, patience: timedelta = PATIENCE) -> None:
        self._patience = patience
        self._gathering: dict[tuple[str, bool, int, int], _Gathering] = {}

    def add(self, message: Deliver, place: Place | None, now: datetime) -> Incoming | None:
        """The whole message, if this part completes one. Reading a part again changes nothing."""
        part = message.part
        if part is None:
            return Incoming(message.sender, joined([message.text]), message.sent_at, (place,) if place else ())
        key = (message.sender, part.wide, part.reference, part.parts)
        gathering = self._gathering.setdefault(key, _Gathering(now, part.parts))
        gathering.add(part.part, message, place)
        if len(gathering.parts) < part.parts:
            return None
        return self._gathering.pop(key).whole()

    def give_up(self) -> list[Incoming]:
        """Every message whose parts did not all come: there is no room to wait for them."""
        unfinished = [gathering.whole() for gathering in self._gathering.values()]
        self._gathering.clear()
        return unfinished

    def overdue(self, now: datetime) -> list[Incoming]:
        """Messages whose missing parts were waited for long enough."""
        late = [key for key, gathering in self._gathering.items() if now - gathering.since >= self._patience]
        return [self._gathering.pop(key).whole() for key in late]
