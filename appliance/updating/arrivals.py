"""Bundles that are sent by a browser: judged by their size before a byte is read, and by a ticket, once."""

from __future__ import annotations

import hmac
import os
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from appliance.updating import trouble
from appliance.updating.bundle import LARGEST
from appliance.updating.places import Places
from appliance.updating.trouble import Trouble

SPARE = 200 * 10**6
"""Bytes that stay free whatever is sent: records come first."""


@dataclass
class Arrivals:
    """The one that is expected, and of how many bytes; a new one takes its place."""

    places: Places
    _ticket: str = field(default="", init=False)
    _octets: int = field(default=0, init=False)
    _coming: str = field(default="", init=False)

    def expect(self, octets: int) -> str:
        """The ticket that its sender must show. Raises Trouble."""
        if octets <= 0:
            raise Trouble(trouble.NOT_A_BUNDLE)
        if octets > LARGEST:
            raise Trouble(trouble.TOO_LARGE, size=_mega(octets), largest=_mega(LARGEST))
        self.places.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The one before goes: there is room for two on few disks.
        self.places.arriving.unlink(missing_ok=True)
        self.places.upload.unlink(missing_ok=True)
        free = shutil.disk_usage(self.places.home).free - SPARE
        if octets > free:
            raise Trouble(trouble.NO_ROOM, size=_mega(octets), free=_mega(max(free, 0)))
        self._ticket, self._octets = secrets.token_urlsafe(24), octets
        return self._ticket

    def admits(self, ticket: str, octets: int) -> Path | None:
        """Where it goes; None for a stranger, and for more or less than was said."""
        if (
            not self._ticket
            or not hmac.compare_digest(ticket.encode(), self._ticket.encode())
            or octets != self._octets
        ):
            return None
        self._ticket, self._coming = "", ticket
        return self.places.arriving

    def arrived(self, ticket: str) -> None:
        """It is there: it takes the place of the upload. Raises Trouble."""
        part = self.places.arriving
        whole = bool(self._coming) and hmac.compare_digest(ticket.encode(), self._coming.encode())
        if not whole or not part.exists() or part.stat().st_size != self._octets:
            raise Trouble(trouble.CUT_SHORT)
        self._coming = ""
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(self.places.upload)


def _mega(octets: int) -> str:
    return f"{octets / 1e6:.0f}"
