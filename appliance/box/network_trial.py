"""A change of the box's address on trial: it goes back by itself unless somebody confirms it from the new address.

Only the rule: who runs it gives it the clock, and what puts a network in force and what remembers it. On the box that
has to be a process of root's own, so that it goes back even when the daemon is dead; there is none yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Interface

from appliance.box.file import NetworkTable

PATIENCE = timedelta(minutes=2)


@dataclass
class Trial:
    """clock: steady seconds. apply: puts a network in force; raises OSError. keep: remembers it for the next start.

    kept: what holds without a trial.
    """

    clock: Callable[[], float]
    apply: Callable[[NetworkTable], None]
    keep: Callable[[NetworkTable], None]
    kept: NetworkTable
    _tried: NetworkTable | None = field(default=None, init=False)
    _until: float = field(default=0, init=False)

    @property
    def left(self) -> timedelta | None:
        """How long the trial still goes on; None where none does."""
        return None if self._tried is None else timedelta(seconds=max(0.0, self._until - self.clock()))

    def begin(self, wanted: NetworkTable) -> None:
        """Put it in force for a while; one that is on trial gives way. Raises OSError, after going back."""
        self._tried, self._until = wanted, self.clock() + PATIENCE.total_seconds()
        try:
            self.apply(wanted)
        except OSError:
            self.go_back()
            raise

    def confirm(self, reached_at: str) -> bool:
        """Keep it. reached_at: the address of the box at which whoever confirms reaches it. False where that proves
        nothing: it is not the new one, or there is no trial any more.
        """
        self.look()
        tried = self._tried
        if tried is None or (tried.address != "dhcp" and reached_at != str(IPv4Interface(tried.address).ip)):
            return False
        self.keep(tried)
        self.kept, self._tried = tried, None
        return True

    def look(self) -> bool:
        """Time passes: go back when nobody has confirmed in time. True when that was now."""
        if self._tried is None or self.clock() < self._until:
            return False
        self.go_back()
        return True

    def go_back(self) -> None:
        """To what was kept, at once."""
        if self._tried is not None:
            self._tried = None
            self.apply(self.kept)
