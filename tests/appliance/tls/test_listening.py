"""The panel by HTTPS, with a real client at a real port: the certificate changes under a connection that stays."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from twisted.web.resource import Resource
from twisted.web.server import Site

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.settings import Listen
from appliance.tls import deeds
from appliance.tls.desk import TlsDesk
from appliance.tls.names import Names
from appliance.tls.shelf import Shelf
from tests.appliance.tls.hospital_authority import Authority, key_pem, made, new_key, pem, trusting
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.ports import free_port
from tests.real_reactor import call, reactor, run
from tests.support import now
from web.certificates import NotTaken

NAMES = Names("localhost", (), ("127.0.0.1",))


class Page(Resource):
    """Says that it was reached."""

    isLeaf = True

    def render_GET(self, _: object) -> bytes:
        return b"here"


class Box:
    """A desk that listens."""

    def __init__(self, directory: Path) -> None:
        self.clock = FakeClock(datetime.fromtimestamp(time.time(), tz=FakeClock().now().tzinfo))
        self.database, self.health = InlineDatabase(), list[HealthChanged]()
        bus = Bus()
        bus.subscribe(HealthChanged, self.health.append)
        self.port = free_port()
        self.desk = TlsDesk(
            Shelf(directory), Listen(tls_port=self.port), self.database, self.clock, bus, cast(Any, reactor),
            lambda: NAMES,
        )  # fmt: skip
        self.changes, self.desk.changed = 0, self._changed

    def _changed(self) -> None:
        self.changes += 1

    def kinds(self) -> list[str]:
        """What the journal has."""
        entries = now(self.database.transact(lambda connection: list(journal.entries(connection))))
        return [entry.kind.partition(".")[2] for entry in entries]

    def states(self) -> set[State]:
        """Of its part, the latest."""
        return {self.health[-1].state}

    def connection(self, authority: bytes) -> HTTPSConnection:
        """A browser that trusts that authority alone."""
        return HTTPSConnection("localhost", self.port, timeout=60, context=trusting(authority))

    def hospitals(self, root: Authority, days: int = 300) -> list[bytes]:
        """Files of a new certificate."""
        key, today = new_key(), self.clock.now()
        around = {"begins": today - timedelta(days=2), "ends": today + timedelta(days=days)}
        return [key_pem(key), pem(root.signs(key.public_key(), "localhost", **around))]


@contextmanager
def box(directory: Path) -> Iterator[Box]:
    """One that listens until the end of the story."""
    one = Box(directory)
    site: Any = Site(Page())  # type: ignore[no-untyped-call]
    call(lambda: one.desk.start(site))
    try:
        yield one
    finally:
        run(one.desk.stop())


def given(connection: HTTPSConnection) -> bytes:
    """The certificate that a connection was given, DER."""
    socket: Any = connection.sock
    return bytes(socket.getpeercert(binary_form=True))


def shown(connection: HTTPSConnection) -> str:
    """The fingerprint of what a connection was given."""
    return sha256(given(connection)).hexdigest()


def asks(connection: HTTPSConnection) -> bytes:
    """What comes back; the connection stays."""
    connection.request("GET", "/")
    return connection.getresponse().read()


def root() -> Authority:
    """Of a year around today."""
    key, today = new_key(), datetime.fromtimestamp(time.time(), tz=FakeClock().now().tzinfo)
    around: Any = {"begins": today - timedelta(days=2), "ends": today + timedelta(days=360)}
    return Authority("Root", key, made("Root", key.public_key(), "Root", key, is_authority=True, **around))


def test_a_certificate_is_changed_under_a_connection_that_stays(tmp_path: Path) -> None:
    """Who was there goes on; who comes sees the hospital's, and is told to come by HTTPS from now on."""
    authority = root()
    with box(tmp_path) as one:
        before = one.connection(call(one.desk.authority))
        assert asks(before) == b"here"
        own = shown(before)
        assert (call(one.desk.hsts), one.kinds(), one.changes) == (0, ["CertificateShownFrom"], 1)
        run(one.desk.take(one.hospitals(authority), "", "", "it"))
        after = one.connection(pem(authority.certificate))
        assert asks(after) == b"here"
        assert (shown(after) != own, one.changes) == (True, 2)
        assert asks(before) == b"here"
        assert shown(before) == own
        assert one.kinds() == ["CertificateShownFrom", "CertificateTaken", "CertificateShownFrom"]
        assert call(one.desk.hsts) == timedelta(days=7).total_seconds()
        for connection in (before, after):
            connection.close()


def test_old_protocols_are_refused(tmp_path: Path) -> None:
    """TLS 1.1 and what came before."""
    with box(tmp_path) as one:
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            HTTPSConnection("localhost", one.port, timeout=60, context=old).request("GET", "/")


def test_status_warns_thirty_days_before_the_end_and_browsers_are_not_locked_out(tmp_path: Path) -> None:
    """What they were told to insist on ends before the certificate does."""
    with box(tmp_path) as one:
        assert one.states() == {State.UP}
        run(one.desk.take(one.hospitals(root(), days=33), "", "", "it"))
        assert (one.health[-1].state, one.health[-1].detail) == (State.UP, "The hospital's certificate, until {date}.")
        call(lambda: one.clock.advance(timedelta(days=4)))
        assert one.states() == {State.DEGRADED}
        assert dict(one.health[-1].facts)["days"] == "28"
        call(lambda: one.clock.advance(timedelta(days=25)))
        assert call(one.desk.hsts) < timedelta(days=3.1).total_seconds()
        call(lambda: one.clock.advance(timedelta(days=4)))
        found = call(one.desk.shown)
        assert found is not None
        assert (found.own, one.health[-1].state) == (True, State.DEGRADED)
        assert "ended on" in one.health[-1].detail


def test_a_port_that_is_taken_leaves_the_panel_by_http(tmp_path: Path) -> None:
    """Nobody is sent to where nobody listens."""
    with box(tmp_path / "a") as one:
        other = Box(tmp_path / "b")
        other.desk._listen = Listen(tls_port=one.port)
        call(lambda: other.desk.start(None))
        assert call(lambda: other.desk.https) is None
        assert (other.health[-1].state, other.health[-1].detail) == (
            State.DOWN,
            "The panel is there by HTTP only: {why}.",
        )
        run(other.desk.stop())


def test_what_a_command_brings_is_taken_up(tmp_path: Path) -> None:
    """Within ten seconds; what is wrong changes nothing."""
    authority = root()
    with box(tmp_path) as one:
        with pytest.raises(NotTaken):
            run(one.desk.take([b"nonsense"], "", "", "it"))
        deeds.take(Shelf(tmp_path), one.hospitals(authority), "", NAMES, "x", one.clock.now())
        call(lambda: one.clock.advance(10))
        connection = one.connection(pem(authority.certificate))
        assert asks(connection) == b"here"
        found = x509.load_der_x509_certificate(given(connection))
        assert found.fingerprint(hashes.SHA256()).hex(":").upper() == call(one.desk.shown).sha256  # type: ignore[union-attr]
        connection.close()
        run(one.desk.withdraw("it"))
        assert call(one.desk.hsts) == 0
