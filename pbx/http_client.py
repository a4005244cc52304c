"""Ask an HTTP service: one request, one answer, in time; certificates checked, no redirects, no second try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from OpenSSL import SSL
from service_identity import CertificateError, VerificationError
from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import client
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

from appliance.foundation.clock import Clock
from pbx.tls import trust_root

LARGEST = 64 * 1024
"""Octets of an answer that are read."""
AGENT = "Nightbell"

web: Any = client
"""Twisted's, which has no types here."""


@dataclass(frozen=True)
class Answer:
    """What the service said."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Unreached(Exception):
    """Nothing was asked: the service is not there, or is not who it should be. Its text is an English message id."""


class Unanswered(Exception):
    """It was asked, and may have done it, but did not say so. Its text is an English message id."""


class HttpClient:
    """ca_file: authorities to trust, empty for the system's. timeout: of the whole, from connecting to the answer."""

    log = Logger()

    def __init__(self, reactor: ReactorBase, clock: Clock, timeout: timedelta, ca_file: str = "") -> None:
        self._reactor = reactor
        self._clock = clock
        self._timeout = timeout
        self._ca_file = ca_file

    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The service's answer, whatever its status. Raises Unreached, Unanswered, tls.NoTrust."""
        policy = web.BrowserLikePolicyForHTTPS(trustRoot=trust_root(self._ca_file))
        agent = web.Agent(self._reactor, policy, connectTimeout=self._timeout.total_seconds())
        fields = Headers({"User-Agent": [AGENT], **{name: [value] for name, value in headers.items()}})
        asked = _Body(body)
        under_way = Deferred.fromCoroutine(self._whole(agent, method, url, fields, asked))
        timer = self._clock.later(self._timeout, under_way.cancel)
        try:
            return await under_way
        except CancelledError:
            if timer.active():
                raise
            raise _silence(asked) from None
        except (ConnectError, ConnectingCancelledError, DNSLookupError) as why:
            self.log.info("{url} is not reached: {why}", url=_host(url), why=why)
            raise Unreached("the service cannot be reached") from why
        except (web.ResponseNeverReceived, web.ResponseFailed, web.RequestTransmissionFailed) as why:
            self.log.info("{url} did not answer: {why}", url=_host(url), why=why.reasons)
            if any(_is_distrust(failure) for failure in why.reasons):
                raise Unreached("the service's certificate is not valid") from why
            raise _silence(asked) from why
        finally:
            if timer.active():
                timer.cancel()

    async def _whole(self, agent: Any, method: str, url: str, headers: Headers, body: _Body) -> Answer:
        response = await agent.request(method.encode(), url.encode("ascii"), headers, body if body.length else None)
        body.given = True
        reader = _Reader()
        response.deliverBody(reader)
        return Answer(response.code, await reader.whole)


def _is_distrust(failure: Failure) -> bool:
    """The handshake ended over the certificate, before anything was asked."""
    why = failure.value
    if isinstance(why, SSL.Error):
        return "certificate" in repr(why)
    return isinstance(why, VerificationError | CertificateError)


def _silence(asked: _Body) -> Unreached | Unanswered:
    # With a body we know whether it was asked for; without one, nothing is known.
    if asked.length and not asked.given:
        return Unreached("the service cannot be reached")
    return Unanswered("the service does not answer")


def _host(url: str) -> str:
    # Paths and queries may hold secrets.
    return "/".join(url.split("/", 3)[:3])


@implementer(IBodyProducer)
class _Body:
    def __init__(self, octets: bytes) -> None:
        self.length = len(octets)
        self.given = False
        self._octets = octets

    def startProducing(self, consumer: Any) -> Deferred[None]:
        self.given = True
        consumer.write(self._octets)
        done: Deferred[None] = Deferred()
        done.callback(None)
        return done

    def pauseProducing(self) -> None:
        """All was given at once."""

    def resumeProducing(self) -> None:
        """All was given at once."""

    def stopProducing(self) -> None:
        """All was given at once."""


class _Reader(Protocol):
    """Reads to the end, or to as much as is read of an answer."""

    def __init__(self) -> None:
        self.whole: Deferred[bytes] = Deferred(lambda _: self._stop())
        self._octets = b""

    def dataReceived(self, data: bytes) -> None:
        self._octets += data
        if len(self._octets) > LARGEST:
            self._stop()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self.whole.called:
            self.whole.callback(self._octets[:LARGEST])

    def _stop(self) -> None:
        wire: Any = self.transport
        if wire is not None:
            wire.abortConnection()
