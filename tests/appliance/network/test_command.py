"""`nightbell network`, for whoever sits at the console or has come by SSH."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.cli import network as verb
from appliance.network import asking, record
from appliance.network.box import steady
from appliance.network.record import Change
from tests.appliance.network.box_in_a_directory import MORNING, NEW, OLD, DirectoryBox, directory_box


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DirectoryBox:
    """One with a fixed address."""
    made = directory_box(tmp_path)
    monkeypatch.setattr(verb, "places_of", lambda: made.places)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    return made


def run(*arguments: str, came_by: str = "") -> Result:
    found = {"SSH_CONNECTION": f"10.9.0.1 50000 {came_by} 22"} if came_by else {}
    return CliRunner().invoke(main, ["--language", "en", "network", *arguments], env=found)


def on_trial(box: DirectoryBox) -> None:
    """Root has put NEW in force."""
    change = Change("c1", "lin", NEW, OLD, ("10.9.0.2",), "trial", MORNING, steady() + 100, "first")
    record.write(box.places.record, change)


def test_it_shows_what_is_kept_and_what_is_on_trial(box: DirectoryBox) -> None:
    """For people and for programs."""
    assert "Kept: 10.9.0.2/24" in run("show").output
    on_trial(box)
    assert "Last change: 10.9.0.3/24, on trial\nIt goes back by itself in " in run("show").output
    said = json.loads(run("show", "--json").output)
    assert (said["image"], said["kept"]["address"], said["change"]["phase"]) == (True, "10.9.0.2/24", "trial")
    assert 0 < said["change"]["left"] <= 100


def test_it_asks_for_another_one(box: DirectoryBox) -> None:
    """What is not said stays; another address has another gateway."""
    done = run("set", "--dns", "10.9.0.53,10.9.0.54")
    assert (done.exit_code, "nightbell network show" in done.output) == (0, True)
    first = asking.take(box.places)
    assert first is not None
    assert first.wanted == OLD.model_copy(update={"dns": ("10.9.0.53", "10.9.0.54")})
    assert first.by.startswith("command line")
    assert json.loads(run("set", "--address", "10.8.0.2/24", "--json").output) == {"asked": True}
    second = asking.take(box.places)
    assert second is not None
    assert second.wanted == OLD.model_copy(update={"address": "10.8.0.2/24", "gateway": ""})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--address", "10.9.0.0/24"), "address: 10.9.0.0/24 is the network itself"),
        (("--gateway", "10.1.1.1"), "gateway: 10.1.1.1 is not in the network of 10.9.0.2/24"),
        (("--interface", "eno9"), "There is no wired network card eno9."),
        (("--dns", ""), "That is how it is already."),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], said: str, box: DirectoryBox) -> None:
    """In a sentence, with exit code 1."""
    done = run("set", *arguments)
    assert (done.exit_code, said in done.output) == (1, True)
    assert json.loads(run("set", *arguments, "--json").output.splitlines()[0])["refused"].startswith(said[:20])
    assert not box.places.request.exists()


def test_it_is_confirmed_at_the_console_or_by_the_new_address(box: DirectoryBox) -> None:
    """By SSH at the old one it proves nothing."""
    assert "No change is on trial" in run("confirm").output
    on_trial(box)
    done = run("confirm", came_by="10.9.0.2")
    assert (done.exit_code, "You came by 10.9.0.2: come by 10.9.0.3." in done.output) == (1, True)
    assert not box.places.request.exists()
    for came_by, reached_at in (("10.9.0.3", "10.9.0.3"), ("", asking.CONSOLE)):
        assert run("confirm", came_by=came_by).exit_code == 0
        request = asking.take(box.places)
        assert request is not None
        assert (request.what, request.reached_at) == ("confirm", reached_at)
    assert run("back").exit_code == 0
    assert "Another change is on trial" in run("set", "--address", "dhcp").output


def test_an_ordinary_machine_says_whose_affair_it_is(box: DirectoryBox) -> None:
    """It shows, and changes nothing."""
    box.places.box.unlink()
    assert "the operating system's affair" in run("show").output
    assert json.loads(run("show", "--json").output)["kept"] is None
    for arguments in (("set", "--address", "dhcp"), ("confirm",), ("back",)):
        assert run(*arguments).exit_code == 1
