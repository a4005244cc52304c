"""The polling role on an ESPA 4.4.4 line."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nursecall.wire.espa444_blocks import ENQ, EOT
from nursecall.wire.espa444_party import Party
from nursecall.wire.espa444_turns import ANSWER, DEAD_AIR, StationAlive, StationDead, Turn

MORE = 0.3
"""Seconds the control station leaves the sender for a further block or its own EOT."""

SKIP_ONE = 5.0
"""Seconds a dead station is left alone at most when it is the only one: nobody else has use of the time."""

SKIP = 60.0
"""The same among others."""

MISSES = 3
"""A station is dead after so many polls in a row without an answer, and `DEAD_AIR`."""


@dataclass
class _Polled:
    """A station that we poll. due: when next."""

    address: str
    due: float = 0.0
    unanswered: int = 0
    answered_at: float = 0.0
    dead: bool = False

    def start_over(self, now: float) -> None:
        """The line was not usable until now."""
        self.due = self.answered_at = now
        self.unanswered, self.dead = 0, False

    def answered(self, now: float) -> None:
        """It said something valid."""
        self.unanswered, self.answered_at = 0, now

    def missed(self, pause: float, longest: float, now: float) -> bool:
        """It said nothing, or nothing of use. Returns whether it is dead from now on."""
        self.unanswered += 1
        self.due = now + min(pause * 2.0 ** min(self.unanswered - 1, 16), longest)
        dies = not self.dead and self.unanswered >= MISSES and now - self.answered_at >= DEAD_AIR
        self.dead = self.dead or dies
        return dies


class Control(Party):
    """We poll.

    peer: the address of the station; of several, one digit each, the first of which gets what we `send`.
    interval: seconds between an answered poll and the next of the same station; each unanswered one doubles the pause.
    """

    def __init__(
        self,
        own: str,
        peer: str,
        *,
        encoding: str | None = None,
        seven_bit: bool = False,
        byte_time: float = 11 / 9600,
        interval: float = 0.25,
    ) -> None:
        super().__init__(own, peer[0], encoding=encoding, seven_bit=seven_bit, byte_time=byte_time)
        self._stations = {address: _Polled(address) for address in peer}
        self._current = self._stations[self.peer]
        self._interval = interval
        self._skip = SKIP_ONE if len(peer) == 1 else SKIP
        self._polled_at = -math.inf
        self._poll_first = False

    def begin(self, now: float) -> None:
        super().begin(now)
        for station in self._stations.values():
            station.start_over(now)
        self._enter(Turn.IDLE, now)

    def _queued(self, ticket: int, now: float) -> int:
        if self._turn is Turn.IDLE and self._until != math.inf:
            self._rest(now)
        return ticket

    def _overdue(self, now: float) -> None:
        if self._turn is Turn.IDLE:
            self._begin_turn(now)
        else:
            super()._overdue(now)

    def _begin_turn(self, now: float) -> None:
        entry = None if self._poll_first else self._outbox.next(now, self._reachable(now))
        self._poll_first = entry is not None
        station = min(self._stations.values(), key=lambda station: station.due)
        if entry is not None:
            self._current = self._stations[entry.to]
            self._select(entry, now, EOT, self.own.encode(), ENQ)
        elif station.due <= now:
            self._poll(station, now)
        else:
            self._rest(now)

    def _poll(self, station: _Polled, now: float) -> None:
        self._current, self._source, self._polled_at = station, station.address, now
        self._say(EOT, station.address.encode(), ENQ)
        self._enter(Turn.POLLED, now + ANSWER)

    def _rest(self, now: float) -> None:
        """Nothing to do before the next poll is due, or there is something to send."""
        sends = self._outbox.next(now, self._reachable(now)) is not None
        self._enter(Turn.IDLE, now if sends else min(station.due for station in self._stations.values()))

    def _reachable(self, now: float) -> set[str]:
        """Who is not left alone because nothing came from there."""
        return {one.address for one in self._stations.values() if not one.unanswered or one.due <= now}

    def _enq(self, address: str, now: float) -> None:
        answers = self._turn in (Turn.POLLED, Turn.IDLE) and now - self._polled_at <= ANSWER
        if address == self.own and (answers or self._polling is not None):
            self._answered(now)
            self._selected(self._current.address if self._polling is None else self._polling, now)
        elif address == self.own and self._turn is Turn.IDLE:
            # Another control station polls us; answering keeps a line of two masters alive.
            self._say(EOT)
        elif address == self._current.address:
            self._polling = address
        elif self._turn is Turn.POLLED:
            self._answered(now)
            self._elsewhere(address, now)

    def _elsewhere(self, address: str, now: float) -> None:
        if address in self._stations:
            self._called_at = now  # Stations may call one another.
        super()._elsewhere(address, now)

    def _eot(self, called: str | None, now: float) -> None:
        match self._turn:
            case Turn.POLLED:
                self.heard_at = now
                self._answered(now)
                self._current.due = now + self._interval
                self._rest(now)
            case Turn.RECEIVED | Turn.ELSEWHERE:
                self._at_once(now)
            case Turn.SELECTING:
                self._end_turn(now, failed=True)
            # In any other turn EOT is noise, and what we wait for is still to come.

    def _answered(self, now: float) -> None:
        self._current.answered(now)
        if self._current.dead:
            self._current.dead = False
            self._happened.append(StationAlive(self._current.address))

    def _at_once(self, now: float) -> None:
        """Who has just spoken may have more to say."""
        self._current.due = now
        self._enter(Turn.IDLE, now)

    def _received(self, now: float) -> None:
        self._enter(Turn.RECEIVED, now + MORE)

    def _turn_over(self, now: float, *, failed: bool) -> None:
        if self._turn is Turn.RECEIVED or not failed:
            self._say(*(() if failed else (EOT,)))
            self._answered(now)
            self._at_once(now)
            return
        self._say(EOT)
        if self._current.missed(self._interval, self._skip, now):
            self._happened.append(StationDead(self._current.address))
        self._rest(now)
