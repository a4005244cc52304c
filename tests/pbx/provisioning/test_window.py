"""Telephones ask: who is not accepted gets nothing, who is gets its secret once, and then by its token only."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbx.provisioning.events import PhoneConfigured
from pbx.provisioning.guard import GUESSES, MACS, REQUESTS
from pbx.provisioning.makers import Told
from pbx.provisioning.phone import AGAIN, OPEN
from pbx.provisioning.store import MOST_WAITING
from tests.pbx.provisioning.a_desk import HERE, YEALINK, ADesk
from tests.support import now


@pytest.fixture
def house() -> ADesk:
    """A desk nobody has asked yet."""
    return ADesk()


def test_a_stranger_gets_nothing_and_is_listed(house: ADesk) -> None:
    """By maker, model, firmware, MAC, address; once, however often it asks."""
    for _ in range(3):
        assert house.ask() is None
        house.wait(minutes=2)
    [phone] = now(house.desk.every())
    assert (phone.state, phone.maker, phone.model, phone.firmware, phone.mac, phone.address) == (
        "waiting", "yealink", "T46S", "66.85.0.5", "00:15:65:a1:b2:c3", HERE)  # fmt: skip
    assert (phone.last_seen - phone.first_seen).total_seconds() == 240
    assert house.kinds() == ["PhoneFound"]


@pytest.mark.parametrize(
    ("path", "agent", "maker"),
    [
        ("/y000000000028.boot", "Yealink SIP-T46S 66.85.0.5 00:15:65:a1:b2:c3", "yealink"),
        (f"/{YEALINK}.boot", "", "yealink"),
        ("/cfgc074ad2bd859.xml", "Grandstream Model HW GXP1628 SW 1.0.4.138 DevId c074ad2bd859", "grandstream"),
        ("/0c383e07e16c.cfg", "Fanvil X4 2.10.2.6887 0c383e07e16c", "fanvil"),
        ("/snom710-000413741767.htm", "Mozilla/4.0 (compatible; snom710-SIP 8.7.3.19 1.1.5)", "snom"),
    ],
)
def test_each_make_is_found(house: ADesk, path: str, agent: str, maker: str) -> None:
    """By the file it wants, or by what it says when it wants one that is the same for all."""
    assert house.ask(path, agent=agent) is None
    assert [phone.maker for phone in now(house.desk.every())] == [maker]


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/../etc/passwd", f"/a/b/{YEALINK}.cfg", f"/p/x/{YEALINK}.cfg"])
def test_what_no_telephone_wants_is_not_listed(house: ADesk, path: str) -> None:
    """A browser, a scanner."""
    assert house.ask(path, agent="curl/8") is None
    assert house.states() == {}


def test_an_accepted_one_is_told_who_it_is(house: ADesk) -> None:
    """Number, place, secret; and from then on it is asked for its token. The house is told once."""
    told: list[PhoneConfigured] = []
    house.bus.subscribe(PhoneConfigured, told.append)
    house.ask()
    assert house.accept() == "8083"
    file = house.ask()
    assert file is not None
    assert f"account.1.password = {house.secret('8083')}\n" in file.text
    assert "account.1.label = 8083 1床\n" in file.text
    path = house.token()
    house.wait(minutes=3)
    assert house.ask() is None, "without its token, later"
    again = house.ask(f"{path}{YEALINK}.cfg", "10.0.9.9")
    assert again is not None, "with its token, from anywhere, for good"
    assert again.text == file.text
    assert house.kinds().count("PhoneConfigured") == 1
    assert [(event.extension, event.address) for event in told] == [("8083", HERE)]


def test_the_first_configuration_opens_for_its_own_address_only(house: ADesk) -> None:
    """Who guesses the MAC, and even the minute, gets nothing."""
    house.ask()
    house.accept()
    assert house.ask(address="10.0.0.66") is None
    assert house.ask() is not None


def test_it_opens_for_an_hour(house: ADesk) -> None:
    """Then somebody has to open it once more."""
    house.ask()
    house.accept()
    house.wait(seconds=OPEN.total_seconds())
    assert house.ask() is None
    [phone] = now(house.desk.every())
    assert phone.begged_at == house.clock.now()
    now(house.desk.open(YEALINK, "it"))
    assert house.ask() is not None
    assert "PhoneOpened" in house.kinds()


def test_a_first_fetch_may_be_repeated_for_a_moment(house: ADesk) -> None:
    """Some telephones fetch twice, and a transfer may break; the same token both times. With it, the moment is over."""
    house.ask()
    house.accept()
    path = house.token()
    house.wait(seconds=AGAIN.total_seconds() - 1)
    assert house.token() == path
    assert house.ask(f"{path}{YEALINK}.cfg") is not None
    assert house.ask() is None
    assert house.kinds().count("PhoneConfigured") == 1


def test_a_reset_telephone_asks_in_vain_until_opened(house: ADesk) -> None:
    """It lost its token with its settings; opening gives it another, and the old one is worth nothing."""
    house.ask()
    house.accept()
    old = house.token()
    house.wait(minutes=5)
    assert house.ask(address="10.0.0.77") is None
    now(house.desk.open(YEALINK, "it"))
    new = house.token(address="10.0.0.77")
    assert new != old
    assert house.ask(f"{old}{YEALINK}.cfg") is None
    assert house.ask(f"{new}{YEALINK}.cfg") is not None


def test_a_token_is_for_its_own_telephone(house: ADesk) -> None:
    """One telephone's token opens no other's file."""
    other = "001565a1b2c4"
    house.ask()
    house.ask(f"/{other}.cfg")
    house.accept()
    house.accept(other)
    path = house.token()
    assert house.ask(f"{path}{other}.cfg", agent="-") is None


def test_a_telephone_that_says_another_mac_than_it_asks_for_gets_nothing(house: ADesk) -> None:
    """And is not listed; a few of those, and it is not answered any more."""
    for _ in range(GUESSES + 1):
        assert house.ask("/001565000001.cfg", agent="Yealink SIP-T46S 66.85.0.5 00:15:65:a1:b2:c3") is None
    assert house.states() == {}
    assert house.kinds() == ["PhonesProbed"]
    assert house.ask() is None
    assert house.states() == {}
    house.wait(minutes=11)
    house.ask()
    assert house.states() == {YEALINK: ("waiting", None)}


def test_who_pretends_to_be_another_is_found_out_by_its_mac(house: ADesk, tmp_path: Path) -> None:
    """In a network of the box, Linux knows whose address it is."""
    house.ask()
    house.desk.neighbours.table = tmp_path / "arp"
    house.desk.neighbours.table.write_text(
        f"IP\n10.0.0.66 0x1 0x2 de:ad:be:ef:00:01 * eth0\n{HERE} 0x1 0x2 00:15:65:a1:b2:c3 *\n"
    )
    assert house.ask(address="10.0.0.66") is None
    assert now(house.desk.every())[0].address == HERE
    house.accept()
    assert house.ask() is not None
    for _ in range(GUESSES):
        house.ask(address="10.0.0.66")
    assert house.kinds()[-1] == "PhonesProbed"


def test_one_that_asks_from_two_addresses_is_judged_by_itself(house: ADesk) -> None:
    """It moved, or somebody pretends: it is not accepted among others."""
    house.ask()
    house.ask(address="10.0.0.66")
    house.ask("/001565000009.cfg", "10.0.0.9")
    assert house.desk.window.moved == {YEALINK: HERE}
    assert now(house.desk.accept_all("it")) == 1
    assert house.states()[YEALINK] == ("waiting", None)
    house.accept()
    assert house.desk.window.moved == {}


def test_what_anybody_may_have_sent_blames_and_moves_nobody(house: ADesk) -> None:
    """A datagram's sender proves nothing: plug and play lists, and no more."""
    house.ask()
    for number in range(MACS + 5):
        now(house.desk.window.found(f"0015650001{number:02x}", Told("yealink"), HERE, proven=False))
    now(house.desk.window.found(YEALINK, Told("yealink"), "10.0.0.66", proven=False))
    assert len(house.states()) == MACS + 6
    assert (now(house.desk.every())[0].address, house.desk.window.moved) == (HERE, {})
    house.accept()
    assert house.ask() is not None


def test_one_that_waited_in_vain_is_forgotten(house: ADesk) -> None:
    """After a week without a word, when another comes."""
    house.ask()
    house.wait(days=8)
    house.ask("/001565000009.cfg", "10.0.0.9")
    assert list(house.states()) == ["001565000009"]
    assert "PhoneRemoved" in house.kinds()


def test_who_goes_through_macs_is_shut_out_and_reported(house: ADesk) -> None:
    """After twenty from one address; others are served meanwhile; the box says so, and is well again later."""
    for number in range(MACS + 5):
        house.ask(f"/0015650000{number:02x}.cfg", "10.6.6.6", "-")
    assert len(house.states()) == MACS
    assert house.kinds().count("PhonesProbed") == 1
    assert (house.health[-1].state.value, dict(house.health[-1].facts)) == ("degraded", {"address": "10.6.6.6"})
    house.ask()
    house.accept()
    assert house.ask() is not None
    house.wait(minutes=10)
    assert house.health[-1].state.value == "up"


def test_wrong_tokens_are_guesses(house: ADesk) -> None:
    """Five, then silence even for the right one."""
    house.ask()
    house.accept()
    path = house.token()
    for number in range(GUESSES + 1):
        assert house.ask(f"/p/{'x' * 31}{number}/{YEALINK}.cfg", "10.6.6.6") is None
    assert house.ask(f"{path}{YEALINK}.cfg", "10.6.6.6") is None
    assert house.ask(f"{path}{YEALINK}.cfg") is not None
    assert house.kinds()[-1] == "PhonesProbed"


def test_one_that_asks_without_end_is_shut_out(house: ADesk) -> None:
    """A thousand times in ten minutes; what it asked for is not written down each time."""
    house.ask()
    house.accept()
    assert house.ask() is not None
    house.wait(minutes=3)
    for _ in range(REQUESTS + 5):
        assert house.ask() is None
    assert house.kinds().count("PhonesProbed") == 1
    [phone] = now(house.desk.every())
    assert phone.begged_at == house.clock.now()


def test_the_list_does_not_grow_for_ever(house: ADesk) -> None:
    """Many addresses, many MACs: five hundred wait, more are not written down."""
    for number in range(MOST_WAITING + 3):
        house.ask(f"/001565{number:06x}.cfg", f"10.1.{number // 250}.{number % 250}", "-")
    assert len(house.states()) == MOST_WAITING


def test_a_refused_one_gets_nothing_and_is_not_listed_anew(house: ADesk) -> None:
    """It can be accepted later all the same."""
    house.ask()
    now(house.desk.refuse(YEALINK, "it"))
    assert house.ask() is None
    assert house.states() == {YEALINK: ("refused", None)}
    house.accept()
    assert house.ask() is not None


def test_a_yealink_that_waits_is_told_to_ask_again_soon(house: ADesk) -> None:
    """The file for all of them has nothing that anybody could use; a refused or unknown one gets not even that."""
    agent = "Yealink SIP-T46S 66.85.0.5 00:15:65:a1:b2:c3"
    file = house.ask("/y000000000028.cfg", agent=agent)
    assert file is not None
    assert file.text.splitlines()[1:] == [
        "static.auto_provision.power_on = 1",
        "static.auto_provision.repeat.enable = 1",
        "static.auto_provision.repeat.minutes = 5",
    ]
    assert house.ask("/y000000000028.cfg", agent="curl/8") is None
    now(house.desk.refuse(YEALINK, "it"))
    assert house.ask("/y000000000028.cfg", agent=agent) is None


def test_files_that_are_not_ours_stay_unanswered(house: ADesk) -> None:
    """An accepted Yealink asks for firmware lists and call logs too; that is no guess."""
    house.ask()
    house.accept()
    path = house.token()
    for name in (f"{YEALINK}.boot", "y000000000028.cfg", f"{YEALINK}-directory.xml"):
        assert house.ask(f"{path}{name}") is None
    assert house.ask(f"{path}{YEALINK}.cfg") is not None
