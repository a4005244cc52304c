"""Listens for browsers by HTTPS, looks after the certificate, and lets hospital IT bring one of its own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from OpenSSL import SSL
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReactorSSL
from twisted.logger import Logger

from appliance.foundation import addresses, journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from appliance.settings import Listen
from appliance.tls import deeds
from appliance.tls.enrolling import is_on
from appliance.tls.events import CertificateShownFrom
from appliance.tls.identity import called
from appliance.tls.names import Names, of
from appliance.tls.serving import Shown
from appliance.tls.shelf import InForce, Shelf
from appliance.tls.words import Word, shown, word
from web.certificates import CertificateShown

PART = "tls:panel"
EVERY = timedelta(seconds=10)
"""Between two looks: at the clock, the box's addresses, and what a command has changed."""
STRICT = timedelta(days=7)
"""For so long, and never beyond the certificate's end, browsers are told not to come by HTTP."""


def names_of(listen: Listen) -> Names:
    """What the box is called now."""
    everywhere = listen.address in ("0.0.0.0", "::", "")  # noqa: S104 - compared
    here = addresses.every() if everywhere else [listen.address]
    return Names(socket.gethostname(), listen.names, tuple(here))


class TlsDesk:
    """Satisfies `web.ports.Certificates`."""

    log = Logger()

    def __init__(
        self, shelf: Shelf, listen: Listen, database: Transactions, clock: Clock, bus: Bus, reactor: IReactorSSL,
        names: Callable[[], Names] | None = None,
    ) -> None:  # fmt: skip
        self._shelf, self._listen, self._names = shelf, listen, names or (lambda: names_of(listen))
        self._database, self._clock, self._bus = database, clock, bus
        self._reactor: Any = reactor
        self._shown, self._tasks = Shown(), Tasks()
        self._in_force: InForce | None = None
        self._told: Word | None = None
        self._timer: Timer | None = None
        self._port: Any = None
        self._failed = ""
        self.changed: Callable[[], object] = lambda: None
        """Called when another certificate is in force."""

    @property
    def https(self) -> int | None:
        """The port to which browsers are sent; None while nobody listens there."""
        return self._port.getHost().port if self._port is not None else None

    def hsts(self) -> int:
        """Seconds for which browsers may insist on HTTPS: none with a certificate nobody else vouches for."""
        if self._in_force is None or self._in_force.own:
            return 0
        left = self._in_force.identity.leaf.not_valid_after_utc - self._clock.now() - timedelta(days=1)
        return max(0, int(min(STRICT, left).total_seconds()))

    def start(self, site: object) -> None:
        """Listen, where the settings say so, and look after the certificate from now on."""
        self._keep_looking()
        if self._listen.tls_port is None or self._in_force is None:
            return
        try:
            self._port = self._reactor.listenSSL(
                self._listen.tls_port, site, self._shown, interface=self._listen.address
            )
        except CannotListenError as why:
            # By HTTP the panel is there still; nobody is sent to where nobody listens.
            self._failed = str(why.socketError)
            self.log.error("nobody listens by HTTPS: {why}", why=why)
        self._say()

    async def stop(self) -> None:
        """Listen no more."""
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._port is not None:
            stopped, self._port = self._port.stopListening(), None
            if stopped is not None:
                await stopped

    def shown(self) -> CertificateShown | None:
        """The certificate in force; None where nothing can be kept."""
        return shown(self._in_force, self._shelf, self._clock) if self._in_force is not None else None

    def asked(self) -> bytes:
        """The request that waits; empty for none."""
        waiting = self._shelf.asked()
        return waiting[1] if waiting is not None else b""

    def names(self) -> Sequence[str]:
        """For a request: what the box is called."""
        return self._names().every()

    def authority(self) -> bytes:
        """Who signs the box's own certificates, PEM: whoever trusts it sees no warning."""
        made = self._shelf.authority(self._names(), self._clock.now())
        return made.leaf.public_bytes(serialization.Encoding.PEM)

    async def request(self, names: str, organisation: str, by: str) -> bytes:
        """A new request, PEM. Raises NotTaken."""
        text, event = deeds.request(self._shelf, names, organisation, by, self._clock.now())
        await self._record(event)
        return text

    async def take(self, files: Sequence[bytes], passphrase: str, reached_by: str, by: str) -> None:
        """Put the hospital's into force. reached_by: the name in the browser's address line. Raises NotTaken."""
        now, names = self._clock.now(), self._names()
        names = Names(names.host, (*names.others, *filter(None, [reached_by])), names.addresses)
        await self._record(deeds.take(self._shelf, files, passphrase, names, by, now))
        self._look()

    async def withdraw(self, by: str) -> None:
        """Back to the box's own. Raises NotTaken."""
        event = deeds.withdraw(self._shelf, by, self._clock.now(), is_automatic=self._is_automatic())
        await self._record(event)
        self._look()

    def look(self) -> None:
        """Whether another certificate is to be shown now."""
        if self._listen.tls_port is not None:
            self._look()

    def _keep_looking(self) -> None:
        self._timer = self._clock.later(EVERY, self._keep_looking)
        self.look()

    def _is_automatic(self) -> bool:
        return is_on(self._shelf.directory, self._listen)

    def _look(self) -> None:
        try:
            found = self._shelf.in_force(self._names(), self._clock.now())
            if self._in_force is None or found.identity.leaf != self._in_force.identity.leaf:
                self._shown.show(found.identity)
                self._tell(found)
        except (OSError, SSL.Error) as why:
            self._failed = str(why)
            self.log.failure("the certificate cannot be looked after; that in force stays")
        else:
            before, self._failed, self._in_force = self._in_force, "", found
            if before is None or before.identity.leaf != found.identity.leaf:
                self.changed()
        self._say()

    def _tell(self, found: InForce) -> None:
        one = found.identity
        if self._shelf.told(one.sha256):
            return
        event = CertificateShownFrom(
            at=self._clock.now(), own=found.own, names=tuple(of(one.leaf)), issuer=called(one.leaf.issuer),
            ends_at=one.leaf.not_valid_after_utc, sha256=one.sha256,
        )  # fmt: skip
        self._tasks.start(self._record(event), "the journal of the certificate")

    async def _record(self, event: journal.Event) -> None:
        await self._database.transact(lambda connection: journal.append(connection, event))

    def _say(self) -> None:
        word = self._word()
        if self._listen.tls_port is not None and word != self._told:
            self._told = word
            state, detail, facts = word
            self._bus.publish(HealthChanged(at=self._clock.now(), part=PART, state=state, detail=detail, facts=facts))

    def _word(self) -> Word:
        if self._failed or self._in_force is None:
            return State.DOWN, "The panel is there by HTTP only: {why}.", (("why", self._failed),)
        return word(self._in_force, self._clock.now(), is_automatic=self._is_automatic())
