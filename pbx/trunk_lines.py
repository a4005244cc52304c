"""Calls over trunks, followed by what the exchange says of its channels: whoever dialled them, or called in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pbx.ari.messages import Changed, Channel, Created, Destroyed, Dialled, Event
from pbx.causes import Cause
from pbx.engine.files import CARRIERS
from pbx.engine.sip_trunks import endpoint, freely
from pbx.leg import Gone
from pbx.pair import outcome
from pbx.plan_trunks import E1_SLOTS, AnalogueTrunk, E1Trunk, Trunk

_CARD = re.compile(r"DAHDI/(?:i(?P<span>\d+)/|(?P<slot>\d+)-)")
LEFT = (Cause.UNKNOWN, Cause.NORMAL)
"""Causes that say nothing of the carrier: one of us hung up."""


@dataclass(frozen=True)
class LineCall:
    """A call over a trunk that is over.

    outcome: answered; of a call out also busy, no-answer, no-such-number, congestion, unreachable, silent or slow (the
    carrier gave no sign of life, or did not ring in time), left (whoever dialled gave up before it rang); of a call in
    also not-answered; unknown where nobody listened when it ended. cause: Q.850. reply: SIP status.
    rang_at: when it first rang, or was answered without ringing.
    """

    trunk: str
    incoming: bool
    began_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    outcome: str
    cause: int = 0
    reply: int = 0
    rang_at: datetime | None = None


@dataclass
class _Followed:
    trunk: str
    incoming: bool
    began_at: datetime
    answered_at: datetime | None = None
    rang_at: datetime | None = None

    @property
    def rang(self) -> bool:
        """Whether it ever did."""
        return self.rang_at is not None


class TrunkLines:
    """begun: told the trunk and how many of its lines are in use now. over: told each call once it is over.

    given_up: why we gave up the leg of that channel, empty where we did not.
    """

    def __init__(self, trunks: Sequence[Trunk]) -> None:
        self.begun: Callable[[str, int, datetime], None] = lambda trunk, used, at: None
        self.over: Callable[[LineCall], None] = lambda call: None
        self.given_up: Callable[[str], str] = lambda channel: ""
        self._trunks = trunks
        self._sip = {name: trunk.id for trunk in trunks for name in (endpoint(trunk.id), freely(trunk.id))}
        self._calls: dict[str, _Followed] = {}
        self._used: Counter[str] = Counter()

    def used(self, trunk: str) -> int:
        """How many of its lines are in use now."""
        return self._used[trunk]

    def hear(self, event: Event) -> None:
        """What the exchange says."""
        match event:
            case Created(at=at, channel=channel):
                self._begin(channel, at)
            case Changed(at=at, channel=Channel(state="Up") as channel):
                if (call := self._calls.get(channel.id)) and call.answered_at is None:
                    call.answered_at = at
            case (
                Changed(at=at, channel=Channel(state="Ringing") as channel)
                | Dialled(at=at, channel=channel, status="RINGING" | "PROGRESS")
            ):
                if call := self._calls.get(channel.id):
                    call.rang_at = call.rang_at or at
            case Destroyed(at=at, channel=channel, cause=cause, reply=reply):
                self._end(channel.id, channel.name, at, cause, reply)

    def there(self, channels: Iterable[Channel], at: datetime) -> None:
        """What the exchange has, after nobody listened for a while."""
        known = {channel.id: channel for channel in channels}
        for gone in [name for name in self._calls if name not in known]:
            self._finish(gone, at, "unknown", 0, 0)
        for name, channel in known.items():
            if name not in self._calls:
                self._begin(channel, at)
            if channel.state == "Up" and (call := self._calls.get(name)) and call.answered_at is None:
                call.answered_at = at

    def _begin(self, channel: Channel, at: datetime) -> None:
        trunk = self.of(channel)
        if trunk is not None and channel.id not in self._calls:
            incoming = channel.context.startswith(CARRIERS) and channel.state == "Ring"
            self._calls[channel.id] = _Followed(trunk, incoming, at)
            self._used[trunk] += 1
            self.begun(trunk, self._used[trunk], at)

    def _end(self, name: str, channel: str, at: datetime, cause: int, reply: int) -> None:
        call = self._calls.get(name)
        if call is None:
            return
        if call.answered_at is not None:
            came_to = "answered"
        elif call.incoming:
            came_to = "not-answered"
        else:
            came_to = self.given_up(name) or _outcome(call, cause, reply, at, channel)
        self._finish(name, at, came_to, cause, reply)

    def _finish(self, name: str, at: datetime, came_to: str, cause: int, reply: int) -> None:
        call = self._calls.pop(name)
        self._used[call.trunk] -= 1
        rang = call.rang_at or call.answered_at
        self.over(LineCall(call.trunk, call.incoming, call.began_at, call.answered_at, at, came_to, cause, reply, rang))

    def of(self, channel: Channel) -> str | None:
        """Which trunk a channel is of."""
        if channel.endpoint in self._sip and channel.name.startswith("PJSIP/"):
            return self._sip[channel.endpoint]
        card = _CARD.match(channel.name)
        if card is None:
            return None
        slot = int(card["slot"] or 0)
        span = int(card["span"]) if card["span"] else (slot - 1) // E1_SLOTS + 1
        for trunk in self._trunks:
            match trunk:
                case E1Trunk() if span in trunk.spans:
                    return trunk.id
                case AnalogueTrunk() if slot in trunk.numbers:
                    return trunk.id
        return None


def _outcome(call: _Followed, cause: int, reply: int, at: datetime, channel: str) -> str:
    if cause in LEFT and not call.rang and reply < 300:
        return "left"
    return outcome(Gone.told(at, cause, reply, channel), call.rang)
