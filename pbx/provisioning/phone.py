"""One telephone as it stands in the records, and what it may be given."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pbx.provisioning.makers import Maker

State = Literal["waiting", "accepted", "refused"]

OPEN = timedelta(hours=1)
"""How long after it was accepted a telephone may fetch its first configuration: time to pull and put back its cord."""
AGAIN = timedelta(minutes=2)
"""A first configuration may be fetched again so soon after: some ask twice, and a transfer may break."""
TOKEN_BYTES = 24


@dataclass(frozen=True)
class Phone:
    """A row of `phones`; see there."""

    id: str
    state: State
    maker: Maker
    model: str
    firmware: str
    address: str
    first_seen: datetime
    last_seen: datetime
    extension: str | None
    place: str
    accepted_by: str
    accepted_at: datetime | None
    opens_for: str
    opens_until: datetime | None
    fetched_at: datetime | None
    begged_at: datetime | None
    token_hash: str = field(repr=False)
    admin_password: str = field(repr=False)

    @property
    def soft(self) -> bool:
        """Whether it is a program, which has no MAC."""
        return self.id.startswith("soft")

    @property
    def mac(self) -> str:
        """`00:15:65:a1:b2:c3`, empty for a softphone."""
        return "" if self.soft else ":".join(self.id[at : at + 2] for at in range(0, 12, 2))

    def opens(self, address: str, now: datetime) -> bool:
        """Whether who asks from `address` may have its first configuration now."""
        if self.state != "accepted" or self.opens_until is None or now >= self.opens_until:
            return False
        return self.soft or address == self.opens_for


def fresh_token() -> str:
    """For the address a telephone asks; 192 bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """What stands in the records for a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def holds(phone: Phone, token: str) -> bool:
    """Whether `token` is the telephone's own."""
    return bool(phone.token_hash) and hmac.compare_digest(phone.token_hash, digest(token))


def fresh_password() -> str:
    """For a telephone's own pages and menus: 16 letters and digits, of each kind at least one, as makers demand."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
    signs = [secrets.choice(kind) for kind in kinds]
    signs += [secrets.choice("".join(kinds)) for _ in range(16 - len(signs))]
    secrets.SystemRandom().shuffle(signs)
    return "".join(signs)
