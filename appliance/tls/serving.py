"""What Twisted asks for each connection: the certificate of that moment. Connections that are open keep theirs."""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from twisted.internet import ssl
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from zope.interface import implementer

from appliance.tls.identity import Identity

tls: Any = ssl


def loaded(identity: Identity) -> SSL.Context:
    """As OpenSSL shows it. Raises SSL.Error where it does not take it."""
    options = tls.CertificateOptions(
        privateKey=identity.key, certificate=identity.leaf, extraCertChain=list(identity.chain)
    )
    context: SSL.Context = options.getContext()
    context.check_privatekey()
    return context


@implementer(IOpenSSLServerConnectionCreator)
class Shown:
    """TLS 1.2 and newer, with Twisted's choice of ciphers."""

    def __init__(self) -> None:
        self._context: SSL.Context | None = None

    def show(self, identity: Identity) -> None:
        """From the next connection on. Raises SSL.Error where OpenSSL does not take it; then the one before stays."""
        self._context = loaded(identity)

    def serverConnectionForTLS(self, _protocol: object) -> SSL.Connection:
        """For one connection."""
        assert self._context is not None  # shown before anybody listens
        return SSL.Connection(self._context, None)
