"""Who signs updates: the key the builder gives, else one made here, once, for boxes that nobody depends on.

SIGNING_KEY=… SIGNING_CERT=… [SIGNING_CA=…]      PEM; CA: whom boxes are to trust, else the certificate itself
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from imaging.refusal import Refusal
from imaging.words import words

LASTS = timedelta(days=365 * 20)
CURVE = ec.SECP256R1()


@dataclass(frozen=True)
class Signing:
    """ca: whom boxes trust; cert, key: with which a bundle is signed. is_development: made here, for trying."""

    ca: Path
    cert: Path
    key: Path
    is_development: bool


def signing(kept: Path, environment: Mapping[str, str] = os.environ) -> Signing:
    """As the environment says; else those in `kept`, made there the first time. Raises Refusal."""
    given = {name: environment.get(name, "") for name in ("SIGNING_KEY", "SIGNING_CERT", "SIGNING_CA")}
    if not given["SIGNING_KEY"] and not given["SIGNING_CERT"]:
        return development(kept)
    for name in ("SIGNING_KEY", "SIGNING_CERT", *(("SIGNING_CA",) if given["SIGNING_CA"] else ())):
        if not Path(given[name] or "/nowhere").is_file():
            raise Refusal(
                words(
                    f"{name} 必须是一个文件：{given[name] or '未给出'}。",
                    f"{name} must be a file: {given[name] or 'not given'}.",
                )
            )
    cert = Path(given["SIGNING_CERT"]).absolute()
    ca = Path(given["SIGNING_CA"]).absolute() if given["SIGNING_CA"] else cert
    return Signing(ca, cert, Path(given["SIGNING_KEY"]).absolute(), False)


def development(kept: Path, name: str = "Nightbell development") -> Signing:
    """A CA and a signer, made the first time. name: of whom the certificates speak."""
    found = Signing(kept / "ca.pem", kept / "signer.pem", kept / "signer.key", True)
    if not found.key.exists():
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(found, name)
    return found


def _make(at: Signing, name: str) -> None:
    ca_key, signer_key = ec.generate_private_key(CURVE), ec.generate_private_key(CURVE)
    issuer = _named(f"{name} CA")
    ca = (
        _begun(issuer, issuer, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    signer = (
        _begun(_named(name), issuer, signer_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    at.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    at.cert.write_bytes(signer.public_bytes(serialization.Encoding.PEM))
    # The CA's own key is forgotten: whoever wants another signer makes another CA.
    fresh = at.key.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(
        signer_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    fresh.replace(at.key)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs, key_cert_sign=not signs, crl_sign=not signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
