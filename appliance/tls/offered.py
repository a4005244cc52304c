"""Files that hospital IT brings: whatever an authority hands out, opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from appliance.tls.identity import BLOCK
from web.certificates import NotTaken

NOTHING = "There is neither a certificate nor a key in what was given: PEM, DER, P7B and PKCS#12 (PFX) are read."
LOCKED = "It cannot be opened: the passphrase is wrong or missing, or it is encrypted in a way no longer safe."


@dataclass
class Offered:
    """What was in them, in their order."""

    keys: list[Any] = field(default_factory=list)
    certificates: list[x509.Certificate] = field(default_factory=list)


def opened(files: Sequence[bytes], passphrase: str) -> Offered:
    """Everything in `files`; the passphrase is for whichever needs one. Raises NotTaken."""
    found = Offered()
    for content in filter(None, files):
        _open(content, passphrase.encode() or None, found)
    if not found.keys and not found.certificates:
        raise NotTaken(NOTHING)
    found.certificates = list(dict.fromkeys(found.certificates))
    return found


def _open(content: bytes, passphrase: bytes | None, found: Offered) -> None:
    if b"-----BEGIN " not in content:
        _open_binary(content, passphrase, found)
        return
    for block in BLOCK.finditer(content):
        kind, text = block[1].decode(), block[0] + b"\n"
        if kind.endswith("PRIVATE KEY"):
            found.keys.append(_key(text, passphrase))
        elif kind == "CERTIFICATE REQUEST" or kind == "NEW CERTIFICATE REQUEST":
            raise NotTaken("That is the request, not the certificate: the authority has to sign it first.")
        elif kind in ("CERTIFICATE", "X509 CERTIFICATE", "PKCS7"):
            found.certificates += _certificates(kind, text)


def _certificates(kind: str, text: bytes) -> list[x509.Certificate]:
    try:
        if kind == "PKCS7":
            return pkcs7.load_pem_pkcs7_certificates(text)
        return [x509.load_pem_x509_certificate(text.replace(b"X509 CERTIFICATE", b"CERTIFICATE"))]
    except ValueError as why:
        raise NotTaken("A certificate in it is damaged.") from why


def _key(text: bytes, passphrase: bytes | None) -> Any:
    for secret in (passphrase, None):
        try:
            return serialization.load_pem_private_key(text, secret)
        except TypeError:  # one passphrase too many, or too few
            continue
        except ValueError as why:
            raise NotTaken(LOCKED if b"ENCRYPTED" in text else "A key in it is damaged.") from why
    raise NotTaken(LOCKED)


def _open_binary(content: bytes, passphrase: bytes | None, found: Offered) -> None:
    try:
        found.certificates.append(x509.load_der_x509_certificate(content))
    except ValueError:
        pass
    else:
        return
    try:
        found.certificates += pkcs7.load_der_pkcs7_certificates(content)
    except ValueError:
        pass
    else:
        return
    if not content.startswith(b"\x30"):  # no ASN.1 at all
        return
    try:
        packed = pkcs12.load_pkcs12(content, passphrase)
    except ValueError as why:
        raise NotTaken(LOCKED) from why
    found.keys += [packed.key] if packed.key is not None else []
    every = ([packed.cert] if packed.cert is not None else []) + list(packed.additional_certs)
    found.certificates += [one.certificate for one in every]
