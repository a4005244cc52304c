"""When an address has failed too often. Pure: what Asterisk saw and the time go in, a verdict comes out.

Being turned away counts whole. Being asked to prove oneself counts a quarter until one does: phones do at once, who
looks for names does not. An address that has proven somebody within the hour is borne with ten times as long: behind a
gateway stand many phones, of which one may be set up wrongly, and over UDP a stranger can claim any address.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address

from pbx.engine.security_log import PROVEN, REFUSED, SecurityEvent
from pbx.plan_guard import GuardPlan

CHALLENGED = "ChallengeSent"
KEPT_OUT = "FailedACL"
WHOLE, PART = 4, 1
"""Of what counts, in quarters."""
FORBEARANCE = 10
TRUST = timedelta(hours=1)
REMEMBERED = timedelta(days=7)
"""How long it counts against an address that it was refused before."""
MOST = 10_000
"""Addresses that are watched; the one heard of longest ago is forgotten first."""
SAMPLE = 5


@dataclass(frozen=True)
class Verdict:
    """`address` is to be refused until then. times: how often it is now. names: some that it claimed."""

    address: str
    until: datetime
    failures: int
    times: int
    names: tuple[str, ...]


@dataclass
class _Seen:
    failures: deque[tuple[datetime, int]] = field(default_factory=deque)
    score: int = 0
    names: dict[str, None] = field(default_factory=dict)
    proven_at: datetime | None = None


class Watch:
    """offences: address to how often it was refused, and until when the last time."""

    def __init__(self, plan: GuardPlan, offences: Mapping[str, tuple[int, datetime]] | None = None) -> None:
        self._plan = plan
        self._allowed = plan.networks()
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._offences = dict(offences or {})

    def heard(self, event: SecurityEvent) -> Verdict | None:
        """What one event comes to."""
        if event.kind == PROVEN:
            self._trust(event)
            return None
        weight = PART if event.kind == CHALLENGED else WHOLE if event.kind in REFUSED - {KEPT_OUT} else 0
        if not weight or self._allows(event.address):
            return None
        seen = self._of(event.address)
        self._add(seen, event, weight)
        trusted = seen.proven_at is not None and event.at - seen.proven_at < TRUST
        limit = WHOLE * self._plan.failures * (FORBEARANCE if trusted else 1)
        return self._judge(event, seen) if seen.score >= limit else None

    def _trust(self, event: SecurityEvent) -> None:
        seen = self._of(event.address)
        seen.proven_at = event.at
        # The question that came before this answer is answered.
        if seen.failures and seen.failures[-1][1] == PART:
            seen.score -= seen.failures.pop()[1]

    def _of(self, address: str) -> _Seen:
        seen = self._seen.setdefault(address, _Seen())
        self._seen.move_to_end(address)
        if len(self._seen) > MOST:
            self._seen.popitem(last=False)
        return seen

    def _add(self, seen: _Seen, event: SecurityEvent, weight: int) -> None:
        edge = event.at - timedelta(minutes=self._plan.minutes)
        while seen.failures and seen.failures[0][0] < edge:
            seen.score -= seen.failures.popleft()[1]
        seen.failures.append((event.at, weight))
        seen.score += weight
        if event.account and len(seen.names) < SAMPLE:
            seen.names[event.account[:32]] = None

    def _judge(self, event: SecurityEvent, seen: _Seen) -> Verdict:
        before, last = self._offences.get(event.address, (0, event.at))
        times = before + 1 if event.at - last < REMEMBERED else 1
        minutes = self._plan.ban_minutes[min(times, len(self._plan.ban_minutes)) - 1]
        until = event.at + timedelta(minutes=minutes)
        self._offences[event.address] = times, until
        verdict = Verdict(event.address, until, len(seen.failures), times, tuple(seen.names))
        del self._seen[event.address]
        return verdict

    def _allows(self, address: str) -> bool:
        try:
            found = ip_address(address.strip("[]"))
        except ValueError:
            return True
        return any(found in network for network in self._allowed)
