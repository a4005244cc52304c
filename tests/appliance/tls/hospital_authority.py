"""An authority as a hospital has one: a root, something between, and certificates of machines."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.tls.names import general
from tests.fakes.clock import START

YEAR = timedelta(days=365)


def new_key() -> Any:
    """Of the kind that is made fastest."""
    return ec.generate_private_key(ec.SECP256R1())


def trusting(*roots: bytes) -> ssl.SSLContext:
    """Of a browser that trusts these (PEM) alone; like browsers, without Python 3.13's strict mode."""
    context = ssl.create_default_context(cadata=b"".join(roots).decode())
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def pem(*certificates: x509.Certificate) -> bytes:
    """One file."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def key_pem(key: Any, passphrase: str = "") -> bytes:
    """PKCS#8, encrypted where there is a passphrase."""
    how: Any = serialization.NoEncryption()
    if passphrase:
        how = serialization.BestAvailableEncryption(passphrase.encode())
    content: bytes = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
    return content


@dataclass(frozen=True)
class Authority:
    """Signs for machines, or for an authority below it."""

    name: str
    key: Any
    certificate: x509.Certificate

    @classmethod
    def root(cls, name: str = "Hospital Root") -> Authority:
        """Signs itself."""
        key = new_key()
        return cls(name, key, made(name, key.public_key(), name, key, is_authority=True))

    def below(self, name: str = "Hospital Issuing") -> Authority:
        """One that this one has signed."""
        key = new_key()
        return Authority(name, key, made(name, key.public_key(), self.name, self.key, is_authority=True))

    def signs(self, public_key: Any, *names: str, **more: Any) -> x509.Certificate:
        """A machine's certificate."""
        return made(names[0] if names else "nameless", public_key, self.name, self.key, names=names, **more)


def made(
    name: str, public_key: Any, issuer: str, key: Any, *, names: Sequence[str] = (), is_authority: bool = False,
    begins: datetime = START - timedelta(days=1), ends: datetime = START + YEAR,
    use: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
) -> x509.Certificate:  # fmt: skip
    """A certificate, right or wrong."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([general(one) for one in names]), critical=False)
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    return builder.sign(key, hashes.SHA256())
