"""The box asks in time, once at a time, keeps what it has until the next fits, and says how it goes."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from pathlib import Path

from twisted.internet.defer import Deferred

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.settings import Listen
from appliance.tls.enrolling import Place
from appliance.tls.names import Names, of
from appliance.tls.order import Order
from appliance.tls.renewing import Renewing
from appliance.tls.shelf import Shelf
from appliance.tls.words import word
from tests.appliance.tls.hospital_authority import Authority, key_pem, new_key, pem
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from web.certificates import NotTaken
from web.enrolments import Wish

ROOT = Authority.root()
ISSUING = ROOT.below()
NAMES = Names("nightbell", (), ("10.1.2.3",))
WISH = Wish("https://ca.hospital.example/acme", [pem(ROOT.certificate)])
DOWN = NotTaken("The authority at {host} does not answer.", host="ca.hospital.example")
DAY = timedelta(days=1)


class Ticking(FakeClock):
    """As every clock but those of tests, it is later each time somebody looks."""

    def now(self) -> datetime:
        self.set(timedelta(microseconds=1))
        return super().now()


class Box:
    """An authority that answers when it is told to."""

    def __init__(self, directory: Path, listen: Listen | None = None) -> None:
        self.clock, self.database, self.names = Ticking(), InlineDatabase(), NAMES
        self.health, self.orders, self.shown = list[HealthChanged](), list[Order](), 0
        self.shelf = Shelf(directory)
        self._answer: Deferred[bytes] = Deferred()
        bus = Bus()
        bus.subscribe(HealthChanged, self.health.append)
        place = Place(directory, listen or Listen(tls_port=8443), lambda: True)
        self.renewing = Renewing(place, lambda: self.names, self._ask, self.database, self.clock, bus, self._installed)

    def _ask(self, order: Order, proofs: MutableMapping[str, str]) -> Deferred[bytes]:
        self.orders.append(order)
        proofs["token"] = "proof"
        self._answer = Deferred()
        return self._answer

    def _installed(self) -> None:
        self.shown += 1

    def enrol(self, wish: Wish = WISH) -> None:
        """As at the panel."""
        now(self.renewing.enrol(wish, "it"))

    def signs(self, *names: str, days: int = 90) -> None:
        """A certificate of so many days comes."""
        key = new_key()
        life = {"begins": self.clock.now(), "ends": self.clock.now() + days * DAY}
        leaf = ISSUING.signs(key.public_key(), *(names or ("nightbell",)), **life)
        self._answer.callback(key_pem(key) + pem(leaf, ISSUING.certificate))

    def refuses(self, why: Exception = DOWN) -> None:
        """None does."""
        self._answer.errback(why)

    def says(self) -> tuple[State, str]:
        """On the status page."""
        return self.health[-1].state, self.health[-1].detail

    def kinds(self) -> list[str]:
        """What the journal has."""
        entries = now(self.database.transact(lambda connection: list(journal.entries(connection))))
        return [entry.kind.partition(".")[2] for entry in entries]


def started(directory: Path) -> Box:
    """One that asks by itself, and looks."""
    box = Box(directory)
    box.renewing.start()
    box.enrol()
    return box


def test_from_the_first_to_the_next(tmp_path: Path) -> None:
    """One order at a time; proofs are there while it is under way, and not a moment longer."""
    box = started(tmp_path)
    assert (box.says(), box.renewing.proof("token")) == (
        (State.STARTING, "A certificate is being asked for."),
        b"proof",
    )
    box.clock.advance(DAY)
    assert (len(box.orders), box.orders[0].names) == (1, ("nightbell",))
    box.signs()
    assert (box.renewing.proof("token"), box.shown) == (b"", 1)
    found = box.shelf.in_force(NAMES, box.clock.now())
    assert (found.own, found.identity.chain) == (False, (ISSUING.certificate,))
    assert word(found, box.clock.now() + 80 * DAY, is_automatic=True)[0] is State.UP
    assert box.says() == (State.UP, "The next one is asked for on {date}.")
    box.clock.advance(60 * DAY - timedelta(seconds=10))
    assert len(box.orders) == 1
    box.clock.advance(10)
    assert len(box.orders) == 2
    assert box.orders[0].account.public_key() == box.orders[1].account.public_key()
    assert box.kinds() == ["EnrolmentSet", "CertificateObtained"]


def test_what_fails_is_said_once_and_tried_again(tmp_path: Path) -> None:
    """The one before stays; the sentence goes when one comes."""
    box = started(tmp_path)
    box.signs()
    before = box.shelf.in_force(NAMES, START).identity.leaf
    box.clock.advance(60 * DAY)
    for minutes in (5, 10, 20):
        box.refuses()
        assert box.says() == (State.DEGRADED, str(DOWN))
        asked = len(box.orders)
        box.clock.advance(timedelta(minutes=minutes, seconds=-10))
        assert len(box.orders) == asked
        box.clock.advance(20)
        assert len(box.orders) == asked + 1
    shown = box.renewing.shown()
    assert shown is not None
    assert (shown.why, shown.facts, shown.next_at) == (str(DOWN), {"host": "ca.hospital.example"}, None)
    assert box.shelf.in_force(NAMES, box.clock.now()).identity.leaf == before
    box.signs()
    assert box.says()[0] is State.UP
    assert box.kinds() == ["EnrolmentSet", "CertificateObtained", "CertificateNotObtained", "CertificateObtained"]


def test_what_does_not_fit_is_not_taken(tmp_path: Path) -> None:
    """For another machine, damaged, or by a fault that nobody foresaw: each is a sentence, and tried again."""
    box = started(tmp_path)
    box.signs("pacs.hospital.example")
    assert (box.says()[0], box.says()[1][:26]) == (State.DEGRADED, "It is for {given}; this bo")
    for answer in (b"nonsense", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"):
        now(box.renewing.renew("it"))
        box._answer.callback(answer)
        assert box.says()[0] is State.DEGRADED
    now(box.renewing.renew("it"))
    box.refuses(ZeroDivisionError("x"))
    assert "nobody foresaw" in box.says()[1]
    assert box.shelf.in_force(NAMES, START).own
    box.clock.advance(timedelta(hours=1))
    box.signs()
    assert box.says()[0] is State.UP


def test_another_name_is_asked_for_at_once(tmp_path: Path) -> None:
    """Where none are said, those of the box; where they are, no other."""
    box = started(tmp_path)
    box.signs()
    box.names = Names("nightbell", ("bell.hospital.example",), ())
    box.clock.advance(10)
    assert box.orders[-1].names == ("bell.hospital.example",)
    box.signs("bell.hospital.example")
    assert of(box.shelf.in_force(box.names, START).identity.leaf) == ["bell.hospital.example"]
    box.enrol(Wish(WISH.directory, names="10.1.2.3"))
    assert box.orders[-1].names == ("10.1.2.3",)


def test_turned_off_it_asks_no_more_and_takes_nothing_that_comes_late(tmp_path: Path) -> None:
    """The certificate that is there stays."""
    box = started(tmp_path)
    box.signs()
    now(box.renewing.renew("it"))
    now(box.renewing.end("it"))
    assert box.renewing.shown() is None
    late = box.shelf.in_force(NAMES, START).identity.leaf
    box.signs()
    assert box.shelf.in_force(NAMES, START).identity.leaf == late
    box.clock.advance(10)
    assert box.says() == (State.UP, "Turned off: the certificate that is there stays.")
    box.clock.advance(80 * DAY)
    assert len(box.orders) == 2
    assert box.kinds() == ["EnrolmentSet", "CertificateObtained", "RenewalWanted", "EnrolmentEnded"]


def test_a_restart_neither_forgets_nor_hurries(tmp_path: Path) -> None:
    """A daemon that starts again and again does not run the authority down; what was under way is begun anew."""
    first = started(tmp_path)
    first.renewing.stop()
    again = Box(tmp_path)
    again.renewing.start()
    assert len(again.orders) == 1
    again.refuses()
    again.renewing.stop()
    third = Box(tmp_path)
    third.clock.set(timedelta(seconds=1))
    third.renewing.start()
    assert (third.orders, third.says()) == ([], (State.DEGRADED, str(DOWN)))
    third.clock.advance(timedelta(minutes=5))
    assert len(third.orders) == 1


def test_without_https_nobody_is_asked(tmp_path: Path) -> None:
    """There is nobody to show it to."""
    box = Box(tmp_path, Listen())
    box.renewing.start()
    box.clock.advance(DAY)
    assert (box.orders, box.health) == ([], [])
