"""A change of the network: on trial, confirmed from where it leads, or gone again by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from appliance.box.network.job import PATIENCE
from appliance.network import asking, trouble
from appliance.network.table import NetworkTable
from tests.appliance.network.box_in_a_directory import FILE, MORNING, NEW, OLD, DirectoryBox, directory_box

DOTTED = 'network.hostname = "bell-3"\nnetwork.address = "10.9.0.2/24"\n'


@pytest.fixture
def box(tmp_path: Path) -> DirectoryBox:
    """One with a fixed address."""
    return directory_box(tmp_path)


def test_what_nobody_confirms_goes_back_by_itself(box: DirectoryBox) -> None:
    """After two minutes, once; nothing of it is remembered, and it says why."""
    box.ask("try", NEW)
    box.job().run()
    assert box.applied == [OLD, NEW, OLD]
    last = box.last()
    assert (last.phase, last.by, last.ended_by, last.why) == ("back", "admin", "", trouble.TIME_UP)
    assert last.facts == {"minutes": "2"}
    assert box.boot_file.read_text() == FILE
    assert box.now - 5000 >= PATIENCE.total_seconds()


def test_it_is_on_record_before_it_is_in_force(box: DirectoryBox) -> None:
    """And the panel's answer has a moment to leave by the old address."""
    box.on_wait = [lambda: seen.append((box.last().phase, box.applied[-1]))]
    seen: list[tuple[str, NetworkTable]] = []
    box.ask("try", NEW)
    box.job().run()
    assert seen == [("trial", OLD)]


def test_it_is_confirmed_from_the_new_address_alone(box: DirectoryBox) -> None:
    """Whoever still reaches the old one proves nothing. IT's file keeps their words."""
    box.on_wait = [
        lambda: None,
        lambda: box.ask("confirm", reached_at="10.9.0.2", by="lin"),
        lambda: box.ask("confirm", reached_at="10.9.0.3", by="wang"),
    ]
    box.ask("try", NEW)
    box.job().run()
    last = box.last()
    assert (last.phase, last.by, last.ended_by, box.applied) == ("confirmed", "admin", "wang", [OLD, NEW])
    assert box.boot_file.read_text() == (
        FILE.replace('"10.9.0.2/24"', '"10.9.0.3/24"').replace('"10.9.0.1"\n', '"10.9.0.1"\ndns = ["10.9.0.53"]\n')
    )
    assert (box.places.kept / "nightbell.toml").read_text() == box.boot_file.read_text()
    box.ask("try", OLD)
    box.job().run()
    assert box.applied[-1] == NEW


def test_by_dhcp_any_address_of_the_box_will_do(box: DirectoryBox) -> None:
    """Nobody knows beforehand which one it will be; one that it has not proves nothing."""
    box.on_wait = [
        lambda: None,
        lambda: box.ask("confirm", reached_at="127.0.0.1"),
        lambda: box.ask("confirm", reached_at="10.9.0.77"),
    ]
    box.ask("try", NetworkTable())
    box.job().run()
    assert box.last().phase == "confirmed"
    assert 'address = "dhcp"' in box.boot_file.read_text()
    assert "gateway" not in box.boot_file.read_text()


def test_who_sits_at_the_machine_may_confirm(box: DirectoryBox) -> None:
    """Nobody is locked out of where they sit."""
    box.on_wait = [lambda: None, lambda: box.ask("confirm", reached_at=asking.CONSOLE)]
    box.ask("try", NEW)
    box.job().run()
    assert box.last().phase == "confirmed"


def test_somebody_goes_back_at_once(box: DirectoryBox) -> None:
    """By name."""
    box.on_wait = [lambda: None, lambda: box.ask("back", by="wang")]
    box.ask("try", NEW)
    box.job().run()
    last = box.last()
    assert (last.phase, last.ended_by, last.why, box.applied) == ("back", "wang", trouble.ASKED, [OLD, NEW, OLD])
    assert box.now - 5000 < PATIENCE.total_seconds()


def test_too_late_is_not_confirmed(box: DirectoryBox) -> None:
    """Even where nobody has looked at the clock meanwhile."""

    def late() -> None:
        box.now += PATIENCE.total_seconds()
        box.ask("confirm", reached_at="10.9.0.3")

    box.on_wait = [lambda: None, late]
    box.ask("try", NEW)
    box.job().run()
    assert (box.last().phase, box.boot_file.read_text()) == ("back", FILE)


def test_a_clock_that_is_set_changes_nothing(box: DirectoryBox) -> None:
    """Only the steady one counts."""
    years = cycle((2026, 1999, 2040))
    box.ask("try", NEW)
    replace(box.job(), now=lambda: MORNING.replace(year=next(years))).run()
    assert PATIENCE.total_seconds() <= box.now - 5000 < PATIENCE.total_seconds() + 3


def test_a_second_change_waits_until_the_first_is_decided(box: DirectoryBox) -> None:
    """It goes back to what was kept, not to what nobody confirmed."""
    box.on_wait = [lambda: None, lambda: box.ask("try", NetworkTable(address="10.9.0.4/24"))]
    box.ask("try", NEW)
    box.job().run()
    assert box.applied == [OLD, NEW, OLD]


def test_what_cannot_be_put_in_force_goes_back_at_once(box: DirectoryBox) -> None:
    """And says so."""
    box.broken = NEW
    box.ask("try", NEW)
    box.job().run()
    last = box.last()
    assert (last.phase, last.why, last.facts) == ("back", trouble.NOT_APPLIED, {"why": "networkd does not answer"})
    assert box.applied == [OLD, OLD]


def test_what_cannot_be_written_down_goes_back(box: DirectoryBox) -> None:
    """Else the next start would bring the old one without a word."""
    box.unwritable = True
    box.on_wait = [lambda: None, lambda: box.ask("confirm", reached_at="10.9.0.3")]
    box.ask("try", NEW)
    box.job().run()
    assert (box.last().phase, box.last().why, box.applied[-1]) == ("back", trouble.NOT_KEPT, OLD)


@pytest.mark.parametrize(
    ("wanted", "spoil", "why"),
    [
        (NEW, lambda box: setattr(box, "taken", "02:00:00:00:00:99"), trouble.USED),
        (NEW, lambda box: box.places.source.write_text("kept"), trouble.NOT_SOUND),
        (NEW, lambda box: (box.places.kept / "nightbell.toml").write_text(DOTTED), trouble.NOT_KEPT),
        (NEW.model_copy(update={"interface": "eno9"}), lambda box: None, trouble.NO_CARD),
    ],
)
def test_what_cannot_work_is_refused_before_anything_changes(
    wanted: NetworkTable, spoil: object, why: str, box: DirectoryBox
) -> None:
    """An address that is taken, a file with a mistake or that only a person can change, a card that is not there."""
    assert callable(spoil)
    spoil(box)
    box.ask("try", wanted)
    box.job().run()
    assert (box.last().phase, box.last().why, box.applied) == ("refused", why, [OLD])


def test_a_process_that_dies_goes_on_where_it_was(box: DirectoryBox) -> None:
    """The end of the trial stays what it was."""

    def die() -> None:
        raise KeyboardInterrupt

    box.on_wait = [lambda: None, lambda: None, die]
    box.ask("try", NEW)
    with pytest.raises(KeyboardInterrupt):
        box.job().run()
    until = box.last().until
    box.now += 60
    box.job().run()
    assert (box.applied, box.last().phase) == ([OLD, NEW, NEW, OLD], "back")
    assert until <= box.now < until + 1


def test_one_that_dies_and_comes_too_late_goes_back(box: DirectoryBox) -> None:
    """At once."""

    def die() -> None:
        raise KeyboardInterrupt

    box.on_wait = [lambda: None, die]
    box.ask("try", NEW)
    with pytest.raises(KeyboardInterrupt):
        box.job().run()
    box.now += 500
    box.job().run()
    assert (box.applied, box.last().phase) == ([OLD, NEW, OLD], "back")


def test_going_back_is_tried_until_it_works(box: DirectoryBox) -> None:
    """Who starts the process again has it tried again, with the reason and the name it had."""
    box.on_wait = [lambda: None, lambda: setattr(box, "broken", OLD), lambda: box.ask("back", by="wang")]
    box.ask("try", NEW)
    with pytest.raises(OSError, match="networkd"):
        box.job().run()
    box.broken = None
    box.job().run()
    assert (box.applied[-1], box.last().phase, box.last().ended_by) == (OLD, "back", "wang")


def test_a_power_cut_brings_what_was_kept(box: DirectoryBox) -> None:
    """A start of the machine ends the trial; another may follow."""

    def power_cut() -> None:
        raise KeyboardInterrupt

    box.on_wait = [lambda: None, power_cut]
    box.ask("try", NEW)
    with pytest.raises(KeyboardInterrupt):
        box.job().run()
    box.restart()
    assert (box.last().phase, box.last().why) == ("back", trouble.RESTARTED)
    assert box.boot_file.read_text() == FILE
    box.ask("try", NetworkTable(address="10.9.0.4/24"))
    box.job().run()
    assert box.last().wanted.address == "10.9.0.4/24"


def test_a_power_cut_while_it_is_written_down_is_judged_by_what_was_written(box: DirectoryBox) -> None:
    """Either it holds, or what held before does; the record says which."""
    box.on_wait = [lambda: None, lambda: box.ask("confirm", reached_at="10.9.0.3")]

    def cut(network: NetworkTable) -> None:
        raise KeyboardInterrupt

    box.ask("try", NEW)
    with pytest.raises(KeyboardInterrupt):
        replace(box.job(), keep=cut).run()
    box.restart()
    assert box.last().phase == "back"
    box.places.box.write_text(json.dumps({"network": NEW.model_dump(mode="json")}))
    assert box.last().phase == "confirmed"


def test_rubbish_is_asked_for_nothing(box: DirectoryBox) -> None:
    """It is taken away, or systemd would start the process for ever."""
    whole = {"id": "a", "what": "try", "by": "x", "wanted": {"address": "10.9.0.4/24"}, "reached_at": ""}
    bad: list[object] = [
        [], {"id": 1}, whole | {"what": "rm"}, whole | {"wanted": None}, whole | {"wanted": {"address": "1.2.3"}},
        whole | {"by": 7},
    ]  # fmt: skip
    for text in ("", "{", *map(json.dumps, bad)):
        box.places.home.mkdir(parents=True, exist_ok=True)
        box.places.request.write_text(text)
        box.job().run()
        assert not box.places.request.exists()
    assert box.applied == [OLD]
