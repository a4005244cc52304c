"""The panel gets its certificates from a real authority by ACME (Pebble), with proofs fetched from the panel itself."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography import x509

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import translate
from appliance.settings import Listen
from appliance.tls.asking import aside
from appliance.tls.desk import TlsDesk
from appliance.tls.enrolling import Place
from appliance.tls.names import Names, of
from appliance.tls.renewing import EVERY, PART, Renewing
from appliance.tls.shelf import Shelf
from tests.appliance.tls.hospital_authority import Authority, made, new_key, pem, trusting
from tests.appliance.tls.pebble import BOUND, HMAC_KEY, KEY_ID, Pebble
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.fakes.house import build
from tests.ports import free_ports
from tests.real_reactor import Heard, call, reactor, run
from web.enrolments import EnrolmentShown, Wish
from web.live import Live
from web.site import site

NAME = "nightbell.hospital.example"
NAMES = Names("localhost", (), ("127.0.0.1",))
AGES = {"begins": datetime.now(UTC) - timedelta(days=2), "ends": datetime.now(UTC) + timedelta(days=3000)}


def root(name: str) -> Authority:
    """One that holds now."""
    key = new_key()
    return Authority(name, key, made(name, key.public_key(), name, key, is_authority=True, **cast(Any, AGES)))


class Box:
    """The panel by HTTP and HTTPS, with nothing of a box but what its certificate needs; its clock is ours."""

    def __init__(self, directory: Path) -> None:
        self.clock = FakeClock(datetime.fromtimestamp(time.time(), tz=UTC))
        self.health: list[HealthChanged] = []
        self.bus = Bus()
        self.bus.subscribe(HealthChanged, self.health.append)
        self.http, https = free_ports(2)
        self.listen = Listen(port=self.http, tls_port=https)
        self.port, self.directory = https, directory
        database = InlineDatabase()
        anything: Any = reactor
        self.desk = TlsDesk(Shelf(directory), self.listen, database, self.clock, self.bus, anything, lambda: NAMES)
        place = Place(directory, self.listen, lambda: True)
        self.tries: Heard[int] = Heard()
        self.renewing = Renewing(place, lambda: NAMES, aside(anything), database, self.clock, self.bus, self._tried)
        house = replace(build().house, certificates=self.desk, enrolments=self.renewing)
        self.panel = site(house, Live(house.database, house.clock, house.bus), anything)

    def start(self) -> None:
        """Listen."""
        self.plain = cast(Any, reactor).listenTCP(self.http, self.panel, interface="127.0.0.1")
        self.desk.start(self.panel)
        self.renewing.start()

    async def stop(self) -> None:
        """Listen no more."""
        self.renewing.stop()
        await self.desk.stop()
        await self.plain.stopListening()

    def _tried(self) -> None:
        self.desk.look()
        self.tries.append(len(self.tries))

    def after(self, tries: int) -> tuple[State, str]:
        """What the status page says when so many orders have come to their end, well or not."""

        async def story() -> None:
            await self.tries.until(lambda heard: len(heard) >= tries)

        run(story())
        return self.says(PART)

    def says(self, part: str) -> tuple[State, str]:
        """On the status page, now, in English."""
        found = [heard for heard in call(lambda: list(self.health)) if heard.part == part][-1]
        return found.state, translate(found.detail, "en", **dict(found.facts))

    def later(self, by: timedelta) -> None:
        """Time passes, and the box looks."""
        call(lambda: self.clock.advance(by))
        call(lambda: self.clock.advance(EVERY))

    def enrol(self, wish: Wish) -> None:
        """As at the panel."""
        run(self.renewing.enrol(wish, "it"))

    def shown(self) -> EnrolmentShown:
        """At the panel."""
        found = call(self.renewing.shown)
        assert found is not None
        return found


@contextmanager
def box(directory: Path) -> Iterator[Box]:
    """One that listens until the end of the story."""
    one = call(lambda: Box(directory))
    call(one.start)
    try:
        yield one
    finally:
        run(one.stop())


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Callable[..., Pebble]]:
    """Starts one, which ends with the test."""
    running: list[Pebble] = []

    def start(one: Box, **settings: object) -> Pebble:
        running.append(Pebble(tmp_path, one.http, root("Hospital Root"), AGES, settings))
        running[-1].start()
        return running[-1]

    yield start
    for one in running:
        one.stop()


def wish(of_whom: Pebble, **more: Any) -> Wish:
    """What IT types."""
    told = {"directory": of_whom.url, "roots": [pem(of_whom.root.certificate)], "names": f"{NAME} 127.0.0.1"}
    return Wish(**(told | more))


def seen(one: Box, trusted: str = "") -> x509.Certificate:
    """What a browser is shown, who trusts that authority; anybody's without one."""
    context = trusting(trusted.encode()) if trusted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not trusted:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = HTTPSConnection("127.0.0.1", one.port, timeout=60, context=context)
    connection.request("GET", "/login")
    assert connection.getresponse().status == 200
    socket: Any = connection.sock
    found = x509.load_der_x509_certificate(bytes(socket.getpeercert(binary_form=True)))
    connection.close()
    return found


def test_obtained_served_and_renewed(tmp_path: Path, authority: Callable[..., Pebble]) -> None:
    """Browsers that trust the authority see it, without a restart; at two thirds of its life they see the next."""
    with box(tmp_path / "tls") as one:
        ca = authority(one)
        own = seen(one)
        one.enrol(wish(ca, contact="it@hospital.example"))
        state, said = one.after(1)
        first = seen(one, ca.issuer())
        assert (first.serial_number != own.serial_number, of(first)) == (True, [NAME, "127.0.0.1"])
        due = one.shown().next_at
        begins, ends = first.not_valid_before_utc, first.not_valid_after_utc
        assert due == begins + (ends - begins) * 2 / 3
        assert (state, said) == (State.UP, f"The next one is asked for on {due:%Y-%m-%d}.")
        one.later(due - one.clock.now() - timedelta(minutes=1))
        assert (len(one.tries), seen(one).serial_number) == (1, first.serial_number)
        one.later(timedelta(minutes=1))
        assert one.after(2)[0] is State.UP
        assert seen(one, ca.issuer()).serial_number not in (own.serial_number, first.serial_number)
        assert {file.stat().st_mode & 0o777 for file in (tmp_path / "tls").iterdir()} == {0o600}
        assert answer(one, "x") == 404


def answer(one: Box, token: str) -> int:
    """What the authority would be told at that token, by HTTP."""
    connection = HTTPConnection("127.0.0.1", one.http, timeout=60)
    connection.request("GET", f"/.well-known/acme-challenge/{token}")
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_name_that_leads_elsewhere_is_said_and_the_old_one_stays(
    tmp_path: Path, authority: Callable[..., Pebble]
) -> None:
    """Nobody answers for the box at another address; the next try may be hurried, or waits."""
    with box(tmp_path / "tls") as one:
        ca = authority(one)
        one.enrol(wish(ca))
        one.after(1)
        before = seen(one, ca.issuer()).serial_number
        one.enrol(wish(ca, names="127.0.0.9"))
        state, said = one.after(2)
        assert state is State.DEGRADED
        assert said.startswith("The authority did not find the box at http://127.0.0.9/, port 80: ")
        assert (seen(one, ca.issuer()).serial_number, one.says("tls:panel")[0]) == (before, State.UP)
        assert one.shown().why
        one.later(timedelta(minutes=4))
        assert len(one.tries) == 2
        one.later(timedelta(minutes=1))
        assert one.after(3)[0] is State.DEGRADED
        one.enrol(wish(ca, names="127.0.0.1"))
        assert one.after(4)[0] is State.UP
        assert of(seen(one, ca.issuer())) == ["127.0.0.1"]


def test_an_authority_that_is_down_is_asked_again_and_the_boxs_own_counts_when_nothing_else_does(
    tmp_path: Path, authority: Callable[..., Pebble]
) -> None:
    """In a sentence each; once it is back, its certificate is in force."""
    with box(tmp_path / "tls") as one:
        ca = authority(one)
        one.enrol(wish(ca))
        one.after(1)
        ends = kept(one, "hospital.pem").not_valid_after_utc
        ca.stop()
        one.later(ends - one.clock.now())
        assert one.after(2) == (State.DEGRADED, f"The authority at 127.0.0.1:{ca.port} does not answer.")
        assert one.says("tls:panel") == (
            State.DEGRADED, f"The hospital's certificate ended on {ends:%Y-%m-%d}: the box's own is in force.",
        )  # fmt: skip
        assert seen(one) == kept(one, "own.pem")
        ca.start()
        call(lambda: one.clock.set(datetime.now(UTC) - one.clock.now()))  # it signs by the clock of the machine
        run(one.renewing.renew("it"))
        assert one.after(3)[0] is State.UP
        assert of(seen(one, ca.issuer())) == [NAME, "127.0.0.1"]


def kept(one: Box, name: str) -> x509.Certificate:
    """On the shelf."""
    return x509.load_pem_x509_certificates((one.directory / name).read_bytes())[0]


def test_a_directory_that_is_not_trusted_learns_nothing(tmp_path: Path, authority: Callable[..., Pebble]) -> None:
    """Whoever answers in the authority's place is found out before anything is asked; as is what is no directory."""
    with box(tmp_path / "tls") as one:
        ca = authority(one)
        heard = len(ca.said)
        one.enrol(wish(ca, roots=[pem(root("Another Root").certificate)]))
        state, said = one.after(1)
        where = f"The authority at 127.0.0.1:{ca.port} is not the one whose root certificate was given: "
        assert (state, said.startswith(where)) == (State.DEGRADED, True)
        assert not any("/dir" in line for line in ca.said[heard:])
        one.enrol(wish(ca, directory=f"{ca.url}ectories"))
        assert one.after(2) == (State.DEGRADED, f"What answers at {ca.url}ectories is no ACME directory.")
        assert seen(one) == kept(one, "own.pem")


def test_an_authority_that_wants_to_know_its_clients(tmp_path: Path, authority: Callable[..., Pebble]) -> None:
    """External account binding: without it, with a strange one, and with the one that it gave."""
    with box(tmp_path / "tls") as one:
        ca = authority(one, **BOUND)
        one.enrol(wish(ca))
        assert one.after(1)[1] == "The authority wants a key id and an HMAC key (external account binding)."
        one.enrol(wish(ca, key_id="stranger", hmac_key=HMAC_KEY))
        assert one.after(2)[1].startswith("The authority does not accept the box as a client: ")
        one.enrol(wish(ca, key_id=KEY_ID, hmac_key=HMAC_KEY))
        assert one.after(3)[0] is State.UP
        run(one.renewing.renew("it"))  # the account is known by now
        assert one.after(4)[0] is State.UP
        assert HMAC_KEY not in repr(one.shown())
