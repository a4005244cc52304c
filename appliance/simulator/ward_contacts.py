"""Simulated input modules, a finger on each button: a press is a contact that closes, and opens when it was read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.simulator.control import Refused
from appliance.simulator.ward_text import meaning
from nursecall.plan_lines import Contact, ModbusLine
from nursecall.reading import Ended, Press, Reading, Terminal
from nursecall.wire.modbus import Slaves, Unit

PULSE = 0.5
"""Seconds a finger stays on a button, at least."""

READS = 3
"""As often is its module read before a button is let go, and again before the finger is off it: a terminal that latches
waits to be read. Two readings tell a press from a bounce; one may come too late for the master."""


@dataclass(frozen=True)
class Released:
    """The finger of this `ticket` is off the button, or the contact stays as it is now; it was read."""

    ticket: int


@dataclass(eq=False)
class _Finger:
    ticket: int
    address: int
    since: float
    reads: int
    back: tuple[int, bool] | None
    """The contact to let go, and how it rests; None where it stays, or was let go."""
    leaves: bool = False
    """It was let go, and that is still to be read."""
    due: float = math.inf


class Bank:
    """Satisfies wire.party.Party."""

    def __init__(self, line: ModbusLine, units: Sequence[Unit]) -> None:
        self.slaves = Slaves(units)
        self._line = line
        self._fingers: list[_Finger] = []
        self._tickets = 0

    @property
    def heard_at(self) -> float:
        """When the master last asked."""
        return self.slaves.heard_at

    @property
    def pending(self) -> int:
        """How many buttons are pressed."""
        return len(self._fingers)

    @property
    def deadline(self) -> float | None:
        """When a button may be let go."""
        soonest = min((finger.due for finger in self._fingers), default=math.inf)
        return None if soonest == math.inf else soonest

    def begin(self, now: float) -> None:
        """The line can be used."""

    def lost(self, now: float) -> None:
        """The line cannot be used any more."""
        self.slaves.lost(now)

    def feed(self, data: bytes, now: float) -> list[Released]:
        """Bytes came."""
        self.slaves.feed(data, now)
        for finger in self._fingers:
            if self._was_read(finger):
                finger.due = min(finger.due, max(now, finger.since + PULSE))
        return self.tick(now)

    def _was_read(self, finger: _Finger) -> bool:
        # What stays as it is may be a module that answers no more: then anybody's turn will do.
        if finger.back is None and not finger.leaves:
            return self.slaves.heard_at > finger.since
        return self.slaves.reads(finger.address) >= finger.reads + READS

    def tick(self, now: float) -> list[Released]:
        """Time passed."""
        due = [finger for finger in self._fingers if now >= finger.due]
        for finger in due:
            if finger.back is not None:
                self._let_go(finger, now)
            else:
                self._fingers.remove(finger)
        return [Released(finger.ticket) for finger in due if finger not in self._fingers]

    def _let_go(self, finger: _Finger, now: float) -> None:
        assert finger.back is not None
        self.slaves.set_contact(finger.address, *finger.back)
        finger.back, finger.leaves, finger.due = None, True, math.inf
        finger.since, finger.reads = now - PULSE, self.slaves.reads(finger.address)

    def outgoing(self) -> bytes:
        """What to put on the wire now."""
        return self.slaves.outgoing()

    def tell(self, reading: Reading, now: float) -> int:
        """Do at the bed what means `reading`; returns a ticket. Raises Refused where no contact does."""
        address, contact = self._contact(reading)
        if contact is None:
            self.slaves.dead(address, is_dead=not getattr(reading, "well", True))
            return self._touch(address, now, None)
        means = meaning(reading)
        active = means not in ("absent", "mended")
        rest = contact.normally == "closed"
        self.slaves.set_contact(address, contact.input, active != rest)
        stays = not isinstance(reading, Press | Ended)
        return self._touch(address, now, None if stays else (contact.input, rest))

    def _touch(self, address: int, now: float, back: tuple[int, bool] | None) -> int:
        self._tickets += 1
        self._fingers.append(_Finger(self._tickets, address, now, self.slaves.reads(address), back))
        return self._tickets

    def _contact(self, reading: Reading) -> tuple[int, Contact | None]:
        """Where it is wired. A terminal without a contact of its own breaks with its whole module."""
        wanted = {"absent": "present", "mended": "fault"}.get(meaning(reading), meaning(reading))
        beds = [
            (unit.address, contact)
            for unit in self._line.units
            for contact in unit.contacts
            if (contact.ward or self._line.ward, contact.bed) == (reading.ward, reading.bed)
        ]
        for address, contact in beds:
            if contact.means == wanted:
                return address, contact
        if beds and isinstance(reading, Terminal):
            return beds[0][0], None
        raise Refused(
            "Line {line} has no contact that means {type} at bed {bed}.",
            line=self._line.id,
            type=wanted,
            bed=reading.bed,
        )
