"""How we prove who we talk to: always the host's name, by the system's authorities or by a file of the hospital's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OpenSSL import crypto
from twisted.internet import ssl

tls: Any = ssl
"""Twisted's, which has no types here."""
_END = b"-----END CERTIFICATE-----"


class NoTrust(Exception):
    """The file of authorities cannot be used."""


def client_tls(host: str, ca_file: str) -> Any:
    """Options for a TLS connection to `host`; the certificate must be valid for it. Raises NoTrust."""
    return tls.optionsForClientTLS(host, trustRoot=trust_root(ca_file))


def trust_root(ca_file: str) -> Any:
    """The authorities in `ca_file` (PEM) and no others; None for the system's. Raises NoTrust."""
    if not ca_file:
        return None
    try:
        found = [block + _END for block in Path(ca_file).read_bytes().split(_END)[:-1]]
        certificates = [tls.Certificate(crypto.load_certificate(crypto.FILETYPE_PEM, pem)) for pem in found]
    except (OSError, crypto.Error, ValueError) as why:
        raise NoTrust(f"no authority can be read from {ca_file}") from why
    if not certificates:
        raise NoTrust(f"no authority can be read from {ca_file}")
    return tls.trustRootFromCertificates(certificates)
