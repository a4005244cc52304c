"""Who tried to register and could not: a telephone set up by hand with the wrong password, or none of ours."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from pbx.engine.security_log import PROVEN, SecurityEvent
from pbx.provisioning.events import PhonesChanged

REMEMBERED = 200
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Stranger:
    """One address with one name. known: whether the name is one of our extensions, so that the password is wrong."""

    address: str
    account: str
    known: bool
    since: datetime
    last: datetime
    times: int


class Strangers:
    """Since the box was started; the oldest is forgotten first."""

    def __init__(self, clock: Clock, bus: Bus) -> None:
        self._clock, self._bus = clock, bus
        self._met: OrderedDict[tuple[str, str], Stranger] = OrderedDict()
        bus.subscribe(SecurityEvent, self.heard)

    def every(self) -> Sequence[Stranger]:
        """Whoever tried within a day, the latest first."""
        edge = self._clock.now() - KEPT
        return [one for one in reversed(self._met.values()) if one.last >= edge]

    def heard(self, event: SecurityEvent) -> None:
        """Somebody was turned away, or let in."""
        if event.service != "PJSIP":
            return
        if event.kind == PROVEN:
            if self._met.pop((event.address, event.account), None):
                self._bus.publish(PhonesChanged())
        elif event.kind in ("InvalidAccountID", "ChallengeResponseFailed", "InvalidPassword") and event.account:
            self._note(event)

    def _note(self, event: SecurityEvent) -> None:
        account = event.account[:32] if event.account.isprintable() else "?"
        key = event.address, account
        now = self._clock.now()
        known = self._met.pop(key, None)
        self._met[key] = (
            replace(known, last=now, times=known.times + 1)
            if known
            else Stranger(event.address, account, event.kind != "InvalidAccountID", now, now, 1)
        )
        while len(self._met) > REMEMBERED:
            self._met.popitem(last=False)
        self._bus.publish(PhonesChanged())
