"""Trunks: which of them live, by Asterisk's probes, by registration and by calls; the dead come back by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.health import HealthChanged, State
from pbx.ari.messages import ContactChanged, Event
from pbx.engine.dialling import as_given, ways
from pbx.engine.sip_trunks import endpoint
from pbx.plan_trunks import SipTrunk, Trunk
from pbx.trunk_lines import LineCall, TrunkLines
from pbx.trunk_words import Failure, failure

REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=8)
"""How long a trunk that could not take a call is left in peace while others can: twice as long each time in a row, so
that a carrier which answers probes but no calls costs few callers a moment."""

PATIENCE = timedelta(seconds=15)
"""A probe is sent every ten seconds, and waits two for its answer."""

TRUNKS_FAULT = ("congestion", "unreachable")
"""Outcomes that another trunk may do better."""

_NOT_REGISTERED = {
    "Rejected": "The carrier refuses our registration: user or password.",
    "Unregistered": "Our registration gets no answer.",
    "no secret": "The password is not where the plan says.",
}


@dataclass
class _Known:
    """What is known of one trunk. alive: by address, each as the last probe found it."""

    state: State = State.STARTING
    detail: str = ""
    alive: dict[str, bool] = field(default_factory=dict)
    card: bool | None = None
    registration: str = ""
    resting: Failure | None = None
    timer: Timer | None = None
    rests: int = 0
    failed: tuple[datetime, Failure] | None = None

    @property
    def lives(self) -> bool | None:
        """Whether any of its addresses, or its card, is there; None while nobody knows."""
        return any(self.alive.values()) if self.alive else self.card


class Trunks:
    """The plan's trunks and how each is. Publishes `trunk:<id>`. told: each call over one of them, once it is over."""

    def __init__(self, trunks: Sequence[Trunk], clock: Clock, bus: Bus, *, apart: Collection[str] = ()) -> None:
        self.told: Callable[[LineCall], None] = lambda call: None
        self.lines = TrunkLines(trunks)
        self.lines.over = self._over
        self._trunks = {trunk.id: trunk for trunk in trunks}
        self._ids = {endpoint(trunk.id): trunk.id for trunk in trunks}
        self._apart = frozenset(apart)
        self._clock = clock
        self._bus = bus
        self._known = {name: _Known() for name in self._trunks}
        self._taken: Counter[str] = Counter()
        self._verdict: Timer | None = None
        for name in self._trunks:
            self._tell(name)

    def plan(self, name: str) -> Trunk:
        """What the plan says of it. Raises KeyError."""
        return self._trunks[name]

    def ways(self, name: str, number: str, country: str) -> tuple[str, ...]:
        """What to dial for E.164 `number` over it, each in turn until one takes the call.

        Addresses that answer no probe are left out, unless none does.
        """
        return self._alive(name, ways(tuple(self._trunks.values()), self._trunks[name], number, country))

    def freely(self, name: str, digits: str) -> tuple[str, ...]:
        """The same for digits as the carrier wants them, by a call that says itself which caller's number is shown."""
        return self._alive(name, as_given(tuple(self._trunks.values()), self._trunks[name], digits, says=True))

    def _alive(self, name: str, every: tuple[str, ...]) -> tuple[str, ...]:
        dead = [contact.removeprefix("sip:") for contact, alive in self._known[name].alive.items() if not alive]
        return tuple(way for way in every if not any(way.endswith(f"@{address}") for address in dead)) or every

    def healthy(self) -> list[str]:
        """Those to outside that can take a call now: known to be up, then unjudged; impaired only where none is up.

        Each kind in the plan's order.
        """
        outside = {name: trunk for name, trunk in self._trunks.items() if name not in self._apart}
        free = [name for name, trunk in outside.items() if self.used(name) < trunk.channels]
        up = [name for name in free if self._known[name].state is State.UP]
        # After a start nobody knows for seconds how they do: to try one is better than to refuse a caller.
        unjudged = [name for name in free if self.is_unjudged(name)]
        return [*up, *unjudged, *(name for name in free if not up and self._known[name].state is State.DEGRADED)]

    def is_unjudged(self, name: str) -> bool:
        """Whether nobody knows yet how it does: since a start, or since it came into the plan."""
        known = self._known.get(name)
        return known is not None and known.state is State.STARTING

    def used(self, name: str) -> int:
        """How many of its lines are in use, or about to be."""
        return max(self._taken[name], self.lines.used(name))

    def last_failure(self, name: str) -> tuple[datetime, Failure] | None:
        """When the carrier last failed a call since we were started, and how; None too of one that is not here yet."""
        known = self._known.get(name)
        return known.failed if known else None

    @contextmanager
    def taken(self, name: str) -> Iterator[None]:
        """One of its channels is in use meanwhile."""
        self._taken[name] += 1
        try:
            yield
        finally:
            self._taken[name] -= 1

    def hear(self, event: Event) -> None:
        """Asterisk says how calls go, and what it found when it probed a trunk's address."""
        match event:
            case ContactChanged(endpoint=name, status=status, contact=contact) if name in self._ids:
                trunk = self._ids[name]
                self._probed(trunk, contact, alive=status == "Reachable" or not self._is_probed(trunk))
            case _:
                self.lines.hear(event)

    def seen(self, name: str, *, online: bool) -> None:
        """What the exchange says of an endpoint; others than trunks are passed over.

        That it lives counts also after its time to show that: what was found may have been told before we listened.
        """
        if name in self._ids and online and not self._known[self._ids[name]].lives:
            self._probed(self._ids[name], "", alive=True)

    def unseen(self) -> set[str]:
        """Endpoints of trunks over SIP that have not shown that they live."""
        return {
            name
            for name, trunk in self._ids.items()
            if isinstance(self._trunks[trunk], SipTrunk) and not self._known[trunk].lives
        }

    def log_in(self) -> bool:
        """Whether any of them has to log in at its carrier."""
        return any(isinstance(trunk, SipTrunk) and trunk.registered for trunk in self._trunks.values())

    def registered(self, states: Mapping[str, str]) -> None:
        """What became of our registrations, by endpoint: Registered, Rejected, Unregistered."""
        for name, trunk in self._trunks.items():
            if isinstance(trunk, SipTrunk) and trunk.registered:
                found = states.get(endpoint(name), "no secret")
                # After a start Asterisk logs in when it comes to it.
                starting = found == "Unregistered" and self._verdict is not None and self._verdict.active()
                self._known[name].registration = "" if starting else found
                if self._known[name].lives is not None:
                    self._judge(name)

    def cards(self, there: bool) -> None:
        """Whether Asterisk has its part for cards."""
        for name, trunk in self._trunks.items():
            if not isinstance(trunk, SipTrunk):
                self._known[name].card = there
                self._judge(name)

    def in_touch(self) -> None:
        """The exchange answers again: each trunk has one probe's time to show that it lives."""
        for name, known in self._known.items():
            known.alive, known.card, known.registration = {}, None, ""
            self._set(name, State.STARTING, "")
        self._verdict = self._clock.later(PATIENCE, self._wait_no_longer)

    def out_of_touch(self) -> None:
        """Without the exchange no trunk can be used, nor known."""
        if self._verdict is not None and self._verdict.active():
            self._verdict.cancel()
        for name in self._trunks:
            self._known[name].alive = {}
            self._set(name, State.DOWN, "The exchange does not answer.")

    def stop(self) -> None:
        """No more timers."""
        for timer in [*(known.timer for known in self._known.values()), self._verdict]:
            if timer is not None and timer.active():
                timer.cancel()

    def _probed(self, name: str, contact: str, *, alive: bool) -> None:
        known = self._known[name]
        known.alive.pop("", None)
        # Until one address has answered, a dead one is given its time.
        if alive or known.state is not State.STARTING:
            known.alive[contact] = alive
            self._judge(name)

    def _wait_no_longer(self) -> None:
        for name, known in self._known.items():
            if known.state is State.STARTING:
                known.alive[""] = not self._is_probed(name)
                self._judge(name)

    def _is_probed(self, name: str) -> bool:
        trunk = self._trunks[name]
        return not isinstance(trunk, SipTrunk) or trunk.is_probed

    def _over(self, call: LineCall) -> None:
        known = self._known[call.trunk]
        wrong = failure(call)
        if wrong is not None:
            known.failed = (call.ended_at, wrong)
        if wrong is not None and wrong.trouble:
            self._rest(call.trunk, wrong)
        elif call.outcome in ("answered", "no-answer", "busy", "no-such-number"):
            known.rests = 0
            self._rest(call.trunk, None)
        self.told(call)

    def _rest(self, name: str, wrong: Failure | None) -> None:
        known = self._known[name]
        if known.timer is not None and known.timer.active():
            known.timer.cancel()
        known.resting, known.timer = wrong, None
        if wrong is not None:
            rest = min(REST * 2**known.rests, LONGEST_REST)
            known.rests += rest < LONGEST_REST
            known.timer = self._clock.later(rest, lambda: self._rest(name, None))
        if known.lives:
            self._judge(name)

    def _judge(self, name: str) -> None:
        known = self._known[name]
        if not known.lives:
            card = not isinstance(self._trunks[name], SipTrunk)
            self._set(name, State.DOWN, "Asterisk finds no card." if card else "The carrier does not answer.")
        elif wrong := _NOT_REGISTERED.get(known.registration):
            self._set(name, State.DEGRADED, wrong)
        elif known.resting is not None:
            self._set(name, State.DEGRADED, known.resting.message)
        else:
            self._set(name, State.UP, "")

    def _set(self, name: str, state: State, detail: str) -> None:
        known = self._known[name]
        if (known.state, known.detail) != (state, detail):
            known.state, known.detail = state, detail
            self._tell(name)

    def _tell(self, name: str) -> None:
        known = self._known[name]
        code = (("code", str(known.resting.code)),) if known.resting else ()
        self._bus.publish(
            HealthChanged(
                at=self._clock.now(), part=f"trunk:{name}", state=known.state, detail=known.detail, facts=code
            )
        )
