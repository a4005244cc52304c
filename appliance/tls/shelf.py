"""Where keys and certificates lie: `tls` in the box's directory, readable by its own account alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from twisted.logger import Logger

from appliance.foundation import durable
from appliance.tls import making
from appliance.tls.identity import Identity, Key, private_pem, read, signed
from appliance.tls.names import Names, of

BEFORE = {
    "unread": "The hospital's certificate cannot be read ({why}): the one before is in force.",
    "ended": "The hospital's certificate ended on {date}: the one before is in force.",
}
OWN = {
    "unread": "The hospital's certificate cannot be read ({why}): the box's own is in force.",
    "ended": "The hospital's certificate ended on {date}: the box's own is in force.",
}


@dataclass(frozen=True)
class InForce:
    """What the box shows. trouble: a message id of why it is not the hospital's newest, for `facts`."""

    identity: Identity
    own: bool
    trouble: str = ""
    facts: tuple[tuple[str, str], ...] = ()


class Shelf:
    """Every call looks at the files: a command and the daemon may both be at them."""

    log = Logger()

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def in_force(self, names: Names, now: datetime) -> InForce:
        """The hospital's, else the one it had before, else the box's own, made or renewed where that is due."""
        own = self._own(names, now)
        if not self.has_hospitals():
            return InForce(own, own=True)
        newest, why = self._read("hospital.pem")
        if newest is not None and newest.holds(now):
            return InForce(newest, own=False)
        facts = (("why", why) if newest is None else ("date", f"{newest.leaf.not_valid_after_utc:%Y-%m-%d}"),)
        state = "unread" if newest is None else "ended"
        before, _ = self._read("hospital-before.pem")
        if before is not None and before.holds(now):
            return InForce(before, own=False, trouble=BEFORE[state], facts=facts)
        return InForce(own, own=True, trouble=OWN[state], facts=facts)

    def has_hospitals(self) -> bool:
        """Whether there is a certificate of the hospital's."""
        return (self.directory / "hospital.pem").exists()

    def life(self) -> tuple[datetime, datetime] | None:
        """Begin and end of the hospital's newest; None where there is none that can be read."""
        newest, _ = self._read("hospital.pem")
        return (newest.leaf.not_valid_before_utc, newest.leaf.not_valid_after_utc) if newest is not None else None

    def authority(self, names: Names, now: datetime) -> Identity:
        """Who signs the box's own certificates."""
        return self._kept(
            "authority.pem", lambda one: making.vouches(one, now), lambda: making.authority(names.host, now)
        )

    def ask(self, key: Key, request: bytes) -> None:
        """Keep the key until its certificate comes, and the request to be fetched again."""
        put(self.directory, "request.key", private_pem(key))
        put(self.directory, "request.csr", request)

    def asked(self) -> tuple[Key, bytes] | None:
        """The request that waits."""
        try:
            key = serialization.load_pem_private_key((self.directory / "request.key").read_bytes(), None)
            request = (self.directory / "request.csr").read_bytes()
        except (OSError, ValueError):
            return None
        return (key, request) if isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)) else None

    def asked_names(self) -> list[str]:
        """Whom the request that waits is for."""
        asked = self.asked()
        return of(x509.load_pem_x509_csr(asked[1])) if asked is not None else []

    def take(self, identity: Identity) -> None:
        """The hospital's from now on; the one it replaces is kept, if it can still be read."""
        before, _ = self._read("hospital.pem")
        if before is not None and before.leaf != identity.leaf:
            put(self.directory, "hospital-before.pem", before.pem())
        put(self.directory, "hospital.pem", identity.pem())
        asked = self.asked()
        if asked is not None and asked[0].public_key() == identity.key.public_key():
            for name in ("request.key", "request.csr"):
                (self.directory / name).unlink(missing_ok=True)

    def withdraw(self) -> bool:
        """The box's own from now on; False where it is already."""
        if not self.has_hospitals():
            return False
        for name in ("hospital-before.pem", "hospital.pem"):
            (self.directory / name).unlink(missing_ok=True)
        return True

    def told(self, sha256: str) -> bool:
        """Whether the journal has heard of this certificate last; from now on it has."""
        file = self.directory / "in-force"
        if file.exists() and file.read_text("utf-8") == sha256:
            return True
        put(self.directory, "in-force", sha256.encode())
        return False

    def _own(self, names: Names, now: datetime) -> Identity:
        by = self.authority(names, now)
        mine = by.leaf.subject
        return self._kept(
            "own.pem",
            lambda one: one.leaf.issuer == mine and signed(one.leaf, by.leaf) and making.serves(one, names, now),
            lambda: making.own(names, by, now),
        )

    def _kept(self, name: str, good: Callable[[Identity], bool], make: Callable[[], Identity]) -> Identity:
        found, _ = self._read(name)
        if found is not None and good(found):
            return found
        made = make()
        put(self.directory, name, made.pem())
        return made

    def _read(self, name: str) -> tuple[Identity | None, str]:
        try:
            return read((self.directory / name).read_bytes()), ""
        except (OSError, ValueError) as why:
            return None, str(why).splitlines()[0][:120] if str(why) else type(why).__name__


def put(home: Path, name: str, content: bytes) -> None:
    """A file of this directory's, for the box's own account alone. Raises OSError."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = home / f".{name}.new"
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(content)
    if os.geteuid() == 0:
        # A command that root gives must not lock the daemon out.
        owner = home.parent.stat()
        os.chown(home, owner.st_uid, owner.st_gid)
        os.chown(fresh, owner.st_uid, owner.st_gid)
    durable.settle(fresh, home / name)
