"""The network at the panel: what is asked of root, and what the journal has of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from appliance.foundation import journal
from appliance.network import asking, record, trouble
from appliance.network.desk import NetworkDesk, Outside
from appliance.network.record import Change
from appliance.network.table import NetworkTable
from tests.appliance.network.box_in_a_directory import MORNING, NEW, OLD, DirectoryBox, directory_box
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from web.network import NotTaken, Typed, Unfit

FORM = Typed(False, "", "10.9.0.3/255.255.255.0", "10.9.0.1", "10.9.0.53", "")


@dataclass
class House:
    """A desk, the box it stands on, and whom it tells."""

    box: DirectoryBox
    desk: NetworkDesk
    clock: FakeClock
    database: InlineDatabase
    settled: list[Change]

    def noted(self) -> list[tuple[str, dict[str, Any]]]:
        """What the journal has."""
        with self.database.engine.begin() as connection:
            return [(entry.kind.partition(".")[2], entry.body) for entry in journal.entries(connection)]


def house_of(box: DirectoryBox, database: InlineDatabase, listens: str = "0.0.0.0") -> House:
    """As after a start of the daemon."""
    clock = FakeClock(MORNING)
    outside = Outside(box.own, lambda: box.now)
    made = House(box, NetworkDesk(box.places, listens, database, clock, outside), clock, database, [])
    made.desk.settled = made.settled.append
    return made


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """On a box with a fixed address."""
    found = house_of(directory_box(tmp_path), InlineDatabase())
    yield found
    found.desk.stop()


def asked(house: House) -> asking.Request:
    found = asking.take(house.box.places)
    assert found is not None
    return found


def test_a_form_becomes_what_root_is_asked_for(house: House) -> None:
    """A mask of old is understood; the box's name stays."""
    now(house.desk.try_out(FORM, "lin"))
    tried = house.desk.standing("10.9.0.2").tried
    assert tried is not None
    assert (tried.phase, tried.at, tried.is_open) == ("asked", "10.9.0.3", True)
    request = asked(house)
    assert (request.what, request.by, request.wanted) == ("try", "lin", NEW)


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        (replace(FORM, address=""), "address", "say the address with its prefix, like 10.1.2.3/24"),
        (replace(FORM, address="10.9.0.3"), "address", "'10.9.0.3' is neither \"dhcp\" nor like 10.1.2.3/24"),
        (replace(FORM, address="10.9.0.0/24"), "address", "10.9.0.0/24 is the network itself, not a machine in it"),
        (replace(FORM, address="10.9.0.255/24"), "address", "10.9.0.255/24 is the broadcast address of its network"),
        (replace(FORM, address="224.0.0.9/24"), "address", "no machine can have the address 224.0.0.9/24"),
        (replace(FORM, gateway="10.9.1.1"), "gateway", "10.9.1.1 is not in the network of 10.9.0.3/24"),
        (replace(FORM, gateway="10.9.0.3"), "gateway", "the box cannot be its own gateway"),
        (replace(FORM, gateway="router"), "gateway", "'router' is no IPv4 address"),
        (replace(FORM, dns="10.9.0.53 dns"), "dns", "'dns' is no IPv4 address"),
        (replace(FORM, ntp="a!"), "ntp", "'a!' is no name of a server"),
        (replace(FORM, interface="eno9"), "interface", "There is no wired network card eno9."),
    ],
)
def test_what_cannot_be_is_said_by_its_field(typed: Typed, field: str, said: str, house: House) -> None:
    """Root is asked for nothing."""
    with pytest.raises(Unfit) as refused:
        now(house.desk.try_out(typed, "lin"))
    assert {name: fault.reason("en") for name, fault in refused.value.faults.items()} == {field: said}
    assert not house.box.places.request.exists()


def test_what_is_so_already_is_not_tried(house: House) -> None:
    """Nor a second change while one is on trial or on its way."""
    with pytest.raises(NotTaken, match=trouble.SAME):
        now(house.desk.try_out(Typed(False, "", "10.9.0.2/24", "10.9.0.1"), "lin"))
    now(house.desk.try_out(FORM, "lin"))
    with pytest.raises(NotTaken, match="Another change"):
        now(house.desk.try_out(Typed(), "lin"))


def test_a_panel_of_one_address_would_be_lost(house: House) -> None:
    """Its settings say where it listens."""
    lone = house_of(house.box, house.database, "10.9.0.2")
    with pytest.raises(NotTaken, match="The panel listens at"):
        now(lone.desk.try_out(FORM, "lin"))
    now(lone.desk.try_out(Typed(False, "", "10.9.0.2/24", "10.9.0.1", "10.9.0.53"), "lin"))


def test_only_who_comes_by_the_new_address_confirms(house: House) -> None:
    """What the page shows says it before; when it is over nobody does."""
    steps: list[Any] = []

    def look() -> None:
        for reached_at in ("10.9.0.2", "10.9.0.3"):
            tried = house.desk.standing(reached_at).tried
            assert tried is not None
            steps.append((reached_at, tried.phase, tried.proven))
        with pytest.raises(NotTaken) as refused:
            now(house.desk.confirm("10.9.0.2", "wang"))
        assert refused.value.facts == {"reached": "10.9.0.2", "address": "10.9.0.3"}
        now(house.desk.confirm("10.9.0.3", "wang"))

    now(house.desk.try_out(FORM, "lin"))
    house.box.on_wait = [lambda: None, look]
    house.box.job().run()
    assert steps == [("10.9.0.2", "trial", False), ("10.9.0.3", "trial", True)]
    for late in (house.desk.confirm("10.9.0.3", "wang"), house.desk.go_back("wang")):
        with pytest.raises(NotTaken, match="No change is on trial"):
            now(late)


def test_the_journal_has_who_tried_and_who_confirmed(house: House) -> None:
    """Each once, however often it is looked; and whoever must follow is told."""
    house.box.on_wait = [
        lambda: None,
        lambda: house.box.ask("confirm", reached_at="10.9.0.3", by="wang"),
        house.desk.start,
    ]
    house.box.ask("try", NEW, by="lin")
    house.desk.start()
    house.box.job().run()
    house.clock.advance(5)
    (first, tried), (second, confirmed) = house.noted()
    assert (first, tried["by"], tried["address"], tried["before"]) == (
        "NetworkTried",
        "lin",
        "10.9.0.3/24",
        "10.9.0.2/24",
    )
    assert (second, confirmed["by"], confirmed["change"]) == ("NetworkConfirmed", "wang", tried["change"])
    assert [change.wanted for change in house.settled] == [NEW]


def test_what_went_on_without_the_daemon_is_put_on_record_later(house: House) -> None:
    """A trial that ended while it was dead; its next start tells nothing twice."""
    house.box.ask("try", NEW, by="lin")
    house.box.job().run()
    house.desk.start()
    again = house_of(house.box, house.database)
    again.desk.start()
    again.desk.stop()
    names = [name for name, _ in house.noted()]
    assert names == ["NetworkTried", "NetworkWentBack"]
    assert house.noted()[1][1]["why"] == "Nobody confirmed it from the new address within 2 minutes."
    assert house.settled == []


def test_a_start_of_the_machine_is_told_as_the_end_of_a_trial(house: House) -> None:
    """What was kept holds; the journal says why."""

    def cut() -> None:
        raise KeyboardInterrupt

    house.box.on_wait = [lambda: None, cut]
    house.box.ask("try", NEW)
    with pytest.raises(KeyboardInterrupt):
        house.box.job().run()
    house.box.restart()
    house.desk.start()
    assert house.noted()[-1][1]["why"] == trouble.RESTARTED
    tried = house.desk.standing("10.9.0.2").tried
    assert tried is not None
    assert (tried.phase, tried.until) == ("back", None)


def test_an_ordinary_machine_is_left_alone(tmp_path: Path) -> None:
    """Shown, not changed."""
    box = directory_box(tmp_path)
    box.places.box.unlink()
    house = house_of(box, InlineDatabase())
    house.desk.start()
    assert not house.desk.standing("127.0.0.1").is_image
    for refused in (house.desk.try_out(FORM, "lin"), house.desk.confirm("10.9.0.3", "lin"), house.desk.go_back("lin")):
        with pytest.raises(NotTaken):
            now(refused)


def test_a_record_that_cannot_be_read_is_none(house: House) -> None:
    """The box needs none."""
    house.box.places.record.write_text("{")
    assert record.read(house.box.places.record, "first", OLD) is None
    assert house.desk.standing("10.9.0.2").tried is None


def test_by_dhcp_the_page_cannot_know_the_address(house: House) -> None:
    """Any that the box has then will do; that of the loopback will not."""
    now(house.desk.try_out(Typed(), "lin"))
    house.box.on_wait = [lambda: None, lambda: refused(house)]
    house.box.job().run()

    tried = house.desk.standing("10.9.0.2").tried
    assert tried is not None
    assert (tried.at, tried.wanted) == ("", Typed())
    assert house.box.applied[1] == NetworkTable(hostname="bell-3")


def refused(house: House) -> None:
    with pytest.raises(NotTaken, match="which is not an address of the box"):
        now(house.desk.confirm("127.0.0.1", "lin"))
