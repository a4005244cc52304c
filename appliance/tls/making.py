"""Certificates that the box makes: a small authority of its own, what that signs, and requests to the hospital's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.tls.identity import Identity, Key
from appliance.tls.names import Names, general, of

GOOD_FOR, AUTHORITY_FOR = timedelta(days=397), timedelta(days=3650)
"""Longer ones are refused by some browsers."""
RENEWED = timedelta(days=60)
"""Before its end."""
SLACK = timedelta(days=1)
"""Of the clocks of browsers."""


def authority(host: str, now: datetime) -> Identity:
    """Whom browsers are told to trust once, so that the box may renew its certificate by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named(f"Nightbell {host}".strip())
    made = (
        _builder(name, name, key.public_key(), now, now + AUTHORITY_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Identity(key, made)


def own(names: Names, by: Identity, now: datetime) -> Identity:
    """For all names and addresses of the box."""
    key, every = ec.generate_private_key(ec.SECP256R1()), names.every() or ("localhost",)
    ends = min(now + GOOD_FOR, by.leaf.not_valid_after_utc)
    made = (
        _builder(_named(every[0]), by.leaf.subject, key.public_key(), now, ends)
        .add_extension(x509.SubjectAlternativeName([general(one) for one in every]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
        .sign(by.key, hashes.SHA256())
    )
    return Identity(key, made)


def serves(made: Identity, names: Names, now: datetime) -> bool:
    """Whether what `own` made still does: long enough, and for every name of now."""
    stays = made.holds(now) and made.leaf.not_valid_after_utc - now > RENEWED
    return stays and set(names.every()) <= set(of(made.leaf))


def vouches(made: Identity, now: datetime) -> bool:
    """Whether what `authority` made outlives what it would sign now."""
    return made.holds(now) and made.leaf.not_valid_after_utc - now > GOOD_FOR


def request(names: Sequence[str], organisation: str) -> tuple[Key, bytes]:
    """A new key, and a request (CSR, PEM) for these names, the first of them the common name."""
    key = ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]))
    made = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name(parts))
        .add_extension(x509.SubjectAlternativeName([general(one) for one in names]), critical=False)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, made.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
