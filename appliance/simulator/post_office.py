"""A simulated mail server: it takes every mail that is brought to it, and shows them."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, succeed
from twisted.mail import smtp as twisted_smtp
from zope.interface import implementer

from appliance.foundation.clock import Clock
from appliance.simulator.control import Answer, Refused

smtp: Any = twisted_smtp
"""Twisted's, which has no types here."""


class MailServer:
    """At 127.0.0.1, without TLS and log-in. `refuses` makes it say no to every mail."""

    def __init__(self, identity: str, port: int, *, reactor: ReactorBase, clock: Clock) -> None:
        self.id = identity
        self.port = port
        self.refuses = False
        self.mails: list[dict[str, str]] = []
        self._reactor: Any = reactor
        self._clock = clock
        self._listening: Any = None

    def start(self) -> None:
        """Listen, on this box only. Raises CannotListenError."""
        if self._listening is None:
            factory = smtp.SMTPFactory()
            factory.protocol = lambda: _Desk(self)
            factory.noisy = False
            self._listening = self._reactor.listenTCP(self.port, factory, interface="127.0.0.1")
            self.port = self._listening.getHost().port

    def stop(self) -> None:
        """Be gone."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.stopListening()

    def act(self, action: str) -> None:
        """`refuse`, `stop`, or `mend`. Raises Refused for any other."""
        match action:
            case "refuse":
                self.refuses = True
            case "stop":
                self.stop()
            case "mend":
                self.refuses = False
                self.start()
            case _:
                raise Refused("A mail server cannot {action}. It can: {known}.", action=action,
                              known="refuse, stop, mend")  # fmt: skip

    def state(self) -> Answer:
        """How it is, for an answer."""
        return {"id": self.id, "listening": self._listening is not None, "mails": len(self.mails)}

    def keep(self, to: str, octets: bytes, at: datetime) -> None:
        """A mail came."""
        mail = email.message_from_bytes(octets, policy=email.policy.default)
        body = mail.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        self.mails.append({"to": to, "subject": str(mail["subject"]), "text": text, "at": at.isoformat()})

    def now(self) -> datetime:
        """The time."""
        return self._clock.now()


class _Desk(twisted_smtp.ESMTP):
    """One connection."""

    def __init__(self, server: MailServer) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.delivery = _Delivery(server)


@implementer(smtp.IMessageDelivery)
class _Delivery:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    def receivedHeader(self, helo: Any, origin: Any, recipients: Any) -> bytes:
        return b"Received: by the simulated mail server"

    def validateFrom(self, helo: Any, origin: Any) -> Any:
        return origin

    def validateTo(self, user: Any) -> Any:
        if self._server.refuses:
            raise smtp.SMTPBadRcpt(user)
        return lambda: _Mail(self._server, str(user.dest))


@implementer(smtp.IMessage)
class _Mail:
    def __init__(self, server: MailServer, to: str) -> None:
        self._server = server
        self._to = to
        self._lines: list[bytes] = []

    def lineReceived(self, line: bytes) -> None:
        self._lines.append(line)

    def eomReceived(self) -> Deferred[None]:
        self._server.keep(self._to, b"\r\n".join(self._lines), self._server.now())
        return succeed(None)

    def connectionLost(self) -> None:
        """What was not finished is nothing."""
