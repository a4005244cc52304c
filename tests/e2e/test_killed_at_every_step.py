"""`kill -9` of the real daemon at every step of a real call: what the call costs is right to the smallest unit.

A step is held still by the records themselves: a second connection has them to itself, so that the daemon stands before
its next line, and is killed there. What a call ought to cost is worked out from Asterisk's own record of it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator, Set
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page

from appliance.foundation.values import Money, in_yuan, yuan
from tests.e2e.desk import open_account
from tests.e2e.house import House, Row
from tests.e2e.money import begun, lease_of, price, settled, talked
from tests.e2e.patience import until
from tests.e2e.sound import Recording
from tests.e2e.test_a_patient_dials_out import books_are_right

Sit = Callable[[str], Page]

MOBILE, CALLED = "13800138111", "8613800138111"
DEPOSIT = 5
LITTLE = "0.12"
"""Yuan for less than a lease: more is wanted ten seconds after the answer, and then every ten."""
WANTED_MORE = timedelta(seconds=11)
FEN = 100
BEEP = 950
"""Hertz, of `pbx.tones.Tones.beep`."""


@dataclass
class Scene:
    """A patient's telephone, about to dial."""

    house: House
    account: str
    deposit: int
    before: Set[str]
    """Legs at the carrier that a test before left, whose exchange was killed."""
    phone: Future[Row] | None = None

    def dial(self, *, talk: int = 120) -> None:
        """The outside rings for six seconds, then answers."""
        self.house.simulate("phone", number=MOBILE, ring=6)
        digits = self.house.dialled(self.account, MOBILE)
        self.phone = self.house.meanwhile("dial", extension="8010", digits=digits, talk=talk)

    def lease_is(self, state: str) -> Row:
        """Wait for the lease to be so."""

        def look() -> Row | None:
            lease = lease_of(self.house, self.account)
            return lease if lease.get("state") == state else None

        return until(look, f"a {state} lease")

    def outside_is(self, state: str) -> None:
        """Wait for the outside leg, as the carrier has it, to be so; empty: gone."""

        def there() -> bool:
            ours = [leg for at, leg in self.house.legs().items() if at not in self.before]
            states = [leg["state"] for leg in ours if str(leg["endpoint"]).startswith("trunk-")]
            return states == ([state] if state else [])

        until(there, f"the outside leg to be {state or 'gone'}")

    def hang_up(self) -> None:
        """The patient does, if they are still there."""
        for at, leg in self.house.legs().items():
            if leg["endpoint"] == "phone-8010":
                self.house.simulate("hang-up-leg", leg=at)

    def kill(self) -> None:
        """`kill -9` of the daemon."""
        os.kill(self.house.pid("daemon"), signal.SIGKILL)

    @contextlib.contextmanager
    def records_held(self) -> Iterator[None]:
        """Nobody else writes: the daemon stands where it is. It is killed at the end, before it can go on."""
        killed = self.house.pid("daemon")
        with contextlib.closing(sqlite3.connect(self.house.records, timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            os.kill(killed, signal.SIGKILL)
            psutil.wait_procs([psutil.Process(killed)] if psutil.pid_exists(killed) else [], timeout=30)
            connection.execute("ROLLBACK")


@pytest.fixture
def scene(ward: House, sit: Sit) -> Iterator[Scene]:
    account = open_account(sit("cashier"), ward, "钟无艳", str(DEPOSIT))
    yield Scene(ward, account, yuan(DEPOSIT), set(ward.legs()))
    ward.simulate("phone", number=MOBILE, answer="")


def before_the_answer(scene: Scene) -> None:
    """It rings outside."""
    scene.dial()
    scene.lease_is("reserved")
    scene.outside_is("Ring")
    scene.kill()


def at_the_answer(scene: Scene) -> None:
    """It is answered, and nobody has written that down."""
    scene.dial()
    scene.lease_is("reserved")
    with scene.records_held():
        scene.outside_is("Up")
    assert scene.lease_is("reserved")["answered_at"] is None


def mid_lease(scene: Scene) -> None:
    """They talk."""
    scene.dial()
    scene.lease_is("talking")
    scene.kill()


def at_hang_up(scene: Scene) -> None:
    """It is over, and nobody has written that down."""
    scene.dial()
    scene.lease_is("talking")
    with scene.records_held():
        scene.hang_up()
        scene.outside_is("")
    assert lease_of(scene.house, scene.account)["state"] == "talking"


def at_settlement(scene: Scene) -> None:
    """It is charged, and nobody has been told."""
    scene.dial()
    scene.lease_is("talking")
    scene.hang_up()
    scene.lease_is("settled")
    scene.kill()


@pytest.mark.parametrize("step", [before_the_answer, at_the_answer, mid_lease, at_hang_up, at_settlement])
def test_a_call_is_charged_once_and_rightly(scene: Scene, step: Callable[[Scene], None]) -> None:
    """Killed there, back by itself; the patient hangs up in the end; once more killed, nothing changes."""
    killed = scene.house.pid("daemon")

    step(scene)

    scene.house.until_new("daemon", killed)
    scene.house.until_well()
    scene.hang_up()
    is_right(scene)
    again = scene.house.pid("daemon")
    scene.kill()
    scene.house.until_new("daemon", again)
    scene.house.until_well()
    is_right(scene)


def test_at_an_extension(ward: House, sit: Sit) -> None:
    """More credit is wanted, and not written down: the talk goes on to the end of what it has, or of what it gets."""
    cashier = sit("cashier")
    account = open_account(cashier, ward, "钟离昧", LITTLE)
    scene = Scene(ward, account, yuan(LITTLE), set(ward.legs()))
    killed = ward.pid("daemon")
    scene.dial()
    lease = scene.lease_is("talking")
    with scene.records_held():
        until(lambda: answered_since(ward, lease, WANTED_MORE), "the time when more credit is wanted")
    assert lease_of(ward, account)["granted_seconds"] == lease["granted_seconds"]
    ward.until_new("daemon", killed)
    ward.until_well()
    assert scene.phone is not None
    scene.phone.result(90)
    lease = is_right(scene)
    assert price(ward, CALLED, lease["answered_at"], lease["granted_seconds"] + 1) > scene.deposit, "cut at zero"
    ward.simulate("phone", number=MOBILE, answer="")


def test_records_that_are_full_cost_nobody_anything(scene: Scene) -> None:
    """No line can be written from mid-talk on, over its end; with room again it is charged to the second."""
    daemon = psutil.Process(scene.house.pid("daemon"))
    scene.dial()
    scene.lease_is("talking")
    # A file may grow no further: as with a full disk, the write fails. Unlike a disk it is full for the daemon alone.
    room = daemon.rlimit(psutil.RLIMIT_FSIZE)
    daemon.rlimit(psutil.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))
    try:
        scene.hang_up()
        scene.outside_is("")
        until(lambda: "is not settled yet" in daemon_log(scene.house), "the daemon to say that it cannot settle")
        assert lease_of(scene.house, scene.account)["state"] == "talking"
    finally:
        daemon.rlimit(psutil.RLIMIT_FSIZE, room)
    is_right(scene)
    scene.house.until_well()


def is_right(scene: Scene) -> Row:
    """The call's lease, and that it cost what Asterisk's own record of the call says: to the second, and once."""
    house = scene.house
    lease = settled(house, scene.account)
    seconds = int(lease["seconds"])
    assert seconds in {min(one, lease["granted_seconds"]) for one in begun(talked(house, str(lease["call"])))}
    charge = price(house, CALLED, lease["answered_at"], seconds) if seconds else 0
    assert lease["charge"] == charge
    books_are_right(house, scene.account, scene.deposit - charge, charges=[lease] if charge else [])
    return lease


def answered_since(house: House, lease: Row, long: timedelta) -> bool:
    """Whether so long has passed since the answer, by the records' own clock."""
    [row] = house.rows("SELECT (julianday('now') - julianday(?)) * 86400 AS seconds", lease["answered_at"])
    return float(row["seconds"]) > long.total_seconds()


def daemon_log(house: House) -> str:
    """What the daemon has said."""
    return "".join(log.read_text("utf-8", "replace") for log in house.logs() if "daemon" in log.name)


def test_after_a_restart_the_payer_alone_hears_that_the_credit_ends(ward: House, sit: Sit) -> None:
    """Credit for two minutes; the daemon is killed in mid-talk: a minute before the end the patient hears a beep."""
    two_minutes = price(ward, CALLED, datetime.now(UTC).replace(tzinfo=None).isoformat(), 120)
    amount = str(in_yuan(Money(-(-two_minutes // FEN) * FEN)))
    account, killed = open_account(sit("cashier"), ward, "钟子期", amount), ward.pid("daemon")
    far = Path(ward.simulate("phone", number=MOBILE, hear=True)["heard"])
    digits = ward.dialled(account, MOBILE)
    phone = ward.meanwhile("dial", timeout=300, extension="8011", digits=digits, talk=280, hear=True)
    until(lambda: lease_of(ward, account).get("state") == "talking", "the call to be answered")

    os.kill(killed, signal.SIGKILL)

    ward.until_new("daemon", killed)
    heard = Recording(Path(phone.result(300)["heard"]).read_bytes())
    assert settled(ward, account)["seconds"] >= 120, "cut at the end of the credit"
    assert heard.seconds_of(BEEP, 0.1) >= 0.2, "the patient hears the beep"
    assert Recording(far.read_bytes()).seconds_of(BEEP, 0.1) == 0, "and the other does not"
    ward.simulate("phone", number=MOBILE, answer="")
