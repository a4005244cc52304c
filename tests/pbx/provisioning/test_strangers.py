"""Who could not register: counted, forgotten when let in, and named by MAC where Linux knows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from appliance.foundation.bus import Bus
from pbx.engine.security_log import SecurityEvent
from pbx.provisioning.neighbours import Neighbours, macs
from pbx.provisioning.strangers import KEPT, REMEMBERED, Strangers
from tests.fakes.clock import START, FakeClock

REFUSED = SecurityEvent(START, "InvalidAccountID", "PJSIP", "9999", "c1", "10.0.0.31", 5060, "UDP")
TABLE = """IP address       HW type     Flags       HW address            Mask     Device
10.0.0.31        0x1         0x2         00:15:65:A1:B2:C3     *        eth0
10.0.0.32        0x1         0x0         00:00:00:00:00:00     *        eth0
"""


class Door:
    """Strangers over a bus."""

    def __init__(self) -> None:
        self.clock, self.bus = FakeClock(), Bus()
        self.strangers = Strangers(self.clock, self.bus)

    def seen(self) -> list[tuple[str, str, bool, int]]:
        """Address, name, whether the name is known, how often."""
        return [(one.address, one.account, one.known, one.times) for one in self.strangers.every()]


def test_each_is_counted() -> None:
    """By address and name; a wrong password is told from an unknown name; other services are none of ours."""
    door = Door()
    for kind in ("InvalidAccountID", "ChallengeSent", "InvalidAccountID"):
        door.bus.publish(replace(REFUSED, kind=kind))
    door.bus.publish(replace(REFUSED, kind="ChallengeResponseFailed", account="8005"))
    door.bus.publish(replace(REFUSED, service="AMI", account="admin"))
    door.bus.publish(replace(REFUSED, account=""))
    assert door.seen() == [("10.0.0.31", "8005", True, 1), ("10.0.0.31", "9999", False, 2)]


def test_who_is_let_in_is_no_stranger() -> None:
    """A wrong password that was put right."""
    door = Door()
    door.bus.publish(replace(REFUSED, kind="ChallengeResponseFailed", account="8005"))
    door.bus.publish(replace(REFUSED, kind="SuccessfulAuth", account="8005"))
    assert door.seen() == []


def test_they_are_forgotten() -> None:
    """After a day; and a scanner's thousand names do not pile up."""
    door = Door()
    door.bus.publish(REFUSED)
    door.clock.advance(KEPT + timedelta(seconds=1))
    assert door.seen() == []
    for number in range(REMEMBERED + 20):
        door.bus.publish(replace(REFUSED, account=str(number)))
    assert len(door.seen()) == REMEMBERED
    assert door.seen()[0][1] == str(REMEMBERED + 19)


def test_a_name_that_cannot_be_shown_is_not() -> None:
    """It is chosen by who asks."""
    door = Door()
    door.bus.publish(replace(REFUSED, account="a\x1b[31m"))
    assert door.seen()[0][1] == "?"


def test_its_mac_is_known_in_our_own_network(tmp_path: Path) -> None:
    """By Linux' table of neighbours; a router that answers for others tells nothing of them."""
    assert macs(TABLE) == {"10.0.0.31": "001565a1b2c3"}
    (tmp_path / "arp").write_text(TABLE)
    known = Neighbours(tmp_path / "arp")
    assert (known.mac("10.0.0.31"), known.mac("10.0.0.32")) == ("001565a1b2c3", "")
    assert known.denies("10.0.0.31", "001565000001")
    assert not known.denies("10.0.0.31", "001565a1b2c3")
    assert not known.denies("10.0.0.32", "001565000001")
    (tmp_path / "arp").write_text(TABLE + "10.9.0.1  0x1  0x2  00:15:65:A1:B2:C3  *  eth0\n")
    assert not known.denies("10.0.0.31", "001565000001")
    assert Neighbours(tmp_path / "nowhere").mac("10.0.0.31") == ""
