"""A key with its certificate and those that vouch for it, and the file that holds them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
"""What every browser understands."""

BEHIND = timedelta(hours=1)
"""So much the box's clock may be behind an authority's."""

BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)


@dataclass(frozen=True)
class Identity:
    """chain: from the certificate's issuer upwards; what signs itself need not be sent and is not in it."""

    key: Key
    leaf: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def pem(self) -> bytes:
        """Key, certificate, chain: as Twisted and Asterisk read one file."""
        return private_pem(self.key) + b"".join(
            one.public_bytes(serialization.Encoding.PEM) for one in (self.leaf, *self.chain)
        )

    @property
    def sha256(self) -> str:
        """As browsers show it."""
        return self.leaf.fingerprint(hashes.SHA256()).hex(":").upper()

    def holds(self, now: datetime) -> bool:
        """Whether it counts at that moment, by a clock that may be a little behind that of who signed it."""
        return self.leaf.not_valid_before_utc <= now + BEHIND and now < self.leaf.not_valid_after_utc


def read(content: bytes) -> Identity:
    """What `Identity.pem` wrote. Raises ValueError."""
    key = serialization.load_pem_private_key(content, None)
    if not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
        raise ValueError("a key that no browser understands")
    leaf, *chain = x509.load_pem_x509_certificates(content)
    if leaf.public_key() != key.public_key():
        raise ValueError("key and certificate do not belong together")
    return Identity(key, leaf, tuple(chain))


def private_pem(key: Key) -> bytes:
    """Unencrypted: who may read the file is the file's mode."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def called(name: x509.Name) -> str:
    """What people call whoever has that name."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(kind)
        if found:
            return str(found[0].value)
    return name.rfc4514_string()


def signed(one: x509.Certificate, by: x509.Certificate) -> bool:
    """Whether `by` has signed it, name and all."""
    try:
        one.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
