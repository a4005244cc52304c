"""Updates at the panel and on the command line: what is taken, refused, asked of root, and put on record."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.cli import update as verb
from appliance.foundation import journal
from appliance.updating import asking, record, trouble
from appliance.updating.arrivals import Arrivals
from appliance.updating.desk import Calls, UpdateDesk
from appliance.updating.life import Update
from appliance.updating.record import Held, Record
from appliance.updating.trouble import Trouble
from tests.appliance.updating.boxes import NEWER, RUNNING, Box, box, make_bundle
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from web.updates import NotTaken

START = datetime(2026, 11, 30, 12, tzinfo=UTC)
WAITING = Update("u1", "it", NEWER, RUNNING, "A", "B", "waiting", START)


@dataclass
class Command:
    """`nightbell update check`, which answers what a test says."""

    answer: dict[str, Any]

    async def run(self, *arguments: str) -> bytes:
        assert arguments[:2] == ("update", "check")
        return json.dumps(self.answer).encode()


@dataclass
class Place:
    """A desk, and what it reaches."""

    desk: UpdateDesk
    here: Box
    command: Command
    clock: FakeClock
    database: InlineDatabase
    talks: list[str]

    def sent(self, content: bytes = b"x" * 1000) -> str:
        """A bundle comes by the panel; its id."""
        ticket = self.desk.expect(len(content))
        file = self.desk.admits(ticket, len(content))
        assert file is not None
        file.write_bytes(content)
        now(self.desk.arrived(ticket, "it"))
        [one] = self.desk.standing().found
        return one.id

    def lines(self) -> list[tuple[str, dict[str, Any]]]:
        """Of the journal."""

        def read(connection: sa.Connection) -> list[tuple[str, dict[str, Any]]]:
            return [(one.kind, one.body) for one in journal.entries(connection)]

        return now(self.database.transact(read))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A box of the image that runs from A; what its other slot holds has worked."""
    here, talks = box(tmp_path / "box"), list[str]()
    record.write(here.places.record, Record({"A": Held(RUNNING, "good"), "B": Held(RUNNING, "good")}, None, "0029"))
    command = Command({"version": NEWER.version, "signed_by": "Hospital IT", "is_older": False})
    clock, database = FakeClock(START), InlineDatabase()
    calls = Calls(lambda: len(talks), lambda: 3)
    desk = UpdateDesk(here.places, cast(Any, command), calls, database, clock)
    return Place(desk, here, command, clock, database, talks)


def test_what_was_sent_is_checked_and_installed_by_root(place: Place) -> None:
    """Asked by file, on record with who and what."""
    identity = place.sent()
    [found] = place.desk.standing().found
    assert (found.state, found.version, found.signed_by) == ("good", NEWER.version, "Hospital IT")
    now(place.desk.install(identity, "it", older=False))
    assert place.desk.standing().is_busy
    request = asking.take(place.here.places)
    assert request is not None
    assert (request.what, request.by, request.file) == ("install", "it", str(place.here.places.upload))
    [(kind, body)] = place.lines()
    assert (kind, body["what"], body["version"], body["by"]) == (
        "appliance.UpdateAsked",
        "install",
        NEWER.version,
        "it",
    )


def test_bundles_on_sticks_are_found(place: Place) -> None:
    """Whatever the stick is called."""
    (place.here.places.usb / "STICK" / "new.raucb").write_bytes(b"x")
    [found] = place.desk.standing().found
    assert (found.name, found.stick, found.state) == ("new.raucb", "STICK", "new")


def refused(place: Place, *, older: bool = False) -> str:
    """Why what was sent cannot be installed."""
    identity = place.sent()
    with pytest.raises(NotTaken) as why:
        now(place.desk.install(identity, "it", older=older))
    assert not place.here.places.request.exists()
    return why.value.why


def test_what_is_not_good_is_not_installed(place: Place) -> None:
    """And the page says why."""
    place.command.answer = {"why": trouble.UNSIGNED, "facts": {}}
    assert refused(place) == "The bundle was not found good: check it first."
    assert place.desk.standing().found[0].why == trouble.UNSIGNED


def test_an_older_one_must_be_wanted(place: Place) -> None:
    """By its tick."""
    place.command.answer["is_older"] = True
    assert refused(place) == trouble.OLDER
    now(place.desk.install(place.sent(), "it", older=True))
    request = asking.take(place.here.places)
    assert request is not None
    assert request.older


def test_nothing_else_is_begun_meanwhile(place: Place) -> None:
    """Neither another bundle nor a way back."""
    record.write(place.here.places.record, replace(record.read(place.here.places.record), update=WAITING))
    with pytest.raises(NotTaken, match="under way"):
        place.desk.expect(1000)
    with pytest.raises(NotTaken, match="under way"):
        now(place.desk.go_back("it"))


def test_it_restarts_when_nobody_talks(place: Place) -> None:
    """Not before; the one who wished it is on record."""
    record.write(place.here.places.record, Record(update=WAITING))
    place.talks.append("c1")
    place.desk.start()
    now(place.desk.restart("it", when_quiet=True))
    place.clock.advance(timedelta(seconds=30))
    assert place.desk.standing().waits
    assert not place.here.places.request.exists()
    place.talks.clear()
    place.clock.advance(timedelta(seconds=2))
    request = asking.take(place.here.places)
    assert request is not None
    assert (request.what, request.by) == ("restart", "it")
    place.desk.stop()


def test_one_may_stop_waiting_for_quiet(place: Place) -> None:
    """Then nothing restarts."""
    record.write(place.here.places.record, Record(update=WAITING))
    place.talks.append("c1")
    place.desk.start()
    now(place.desk.restart("it", when_quiet=True))
    place.desk.stay()
    place.talks.clear()
    place.clock.advance(timedelta(seconds=5))
    assert not place.here.places.request.exists()
    place.desk.stop()


@pytest.mark.parametrize(("phase", "why"), [("confirmed", ""), ("back", trouble.NO_START), ("failed", trouble.CUT_OFF)])
def test_how_it_ended_is_on_record_once(phase: Any, why: str, place: Place) -> None:
    """After the restart, by the version that runs then; not again at the start after."""
    record.write(place.here.places.record, Record(update=replace(WAITING, phase=phase, why=why)))
    for _ in range(2):
        calls = Calls(lambda: 0, lambda: 0)
        desk = UpdateDesk(place.here.places, cast(Any, place.command), calls, place.database, place.clock)
        desk.start()
        desk.stop()
    [(kind, body)] = place.lines()
    assert (kind, body["outcome"], body["why"], body["by"]) == ("appliance.UpdateEnded", phase, why, "it")


def test_size_is_judged_before_a_byte_is_taken(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the slot's size and the free disk; a ticket counts once, for its size."""
    arrivals = Arrivals(place.here.places)
    for octets, why in ((0, trouble.NOT_A_BUNDLE), (2**31 + 1, trouble.TOO_LARGE)):
        with pytest.raises(Trouble) as found:
            arrivals.expect(octets)
        assert found.value.why == why
    ticket = arrivals.expect(10)
    assert arrivals.admits(ticket, 11) is None
    assert arrivals.admits("guessed", 10) is None
    assert arrivals.admits(ticket, 10) == place.here.places.arriving
    assert arrivals.admits(ticket, 10) is None
    place.here.places.arriving.write_bytes(b"short")
    with pytest.raises(Trouble, match="cut short"):
        arrivals.arrived(ticket)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 1, 1))
    with pytest.raises(Trouble, match="only 0 MB are free"):
        arrivals.expect(10)


def nightbell(place: Place, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    """Run `nightbell update …` on that box."""
    monkeypatch.setattr(verb, "places_of", lambda: place.here.places)
    return CliRunner().invoke(main, ["--language", "en", "update", *words])


def test_the_command_line_installs_too(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file from anywhere is put where root looks; what was asked is said, and how it stands."""
    good = make_bundle(tmp_path / "good.raucb", place.here.signing)
    said = nightbell(place, monkeypatch, "check", str(good))
    assert (said.exit_code, said.output) == (0, f"{NEWER.version}, signed by Nightbell development\n")
    said = nightbell(place, monkeypatch, "install", str(good), "--json")
    assert (said.exit_code, json.loads(said.output)) == (0, {"asked": True, "version": NEWER.version})
    assert place.here.places.upload.read_bytes() == good.read_bytes()
    said = nightbell(place, monkeypatch, "back")
    assert (said.exit_code, said.output) == (1, "Error: An update is under way already.\n")
    record.write(
        place.here.places.record,
        Record({"B": Held(NEWER, "bad")}, replace(WAITING, phase="back", why=trouble.NO_START)),
    )
    assert nightbell(place, monkeypatch, "status").output.splitlines() == [
        f"Slot A: {RUNNING.version}, runs", f"Slot B: {NEWER.version}, of no use",
        f"Last update: {NEWER.version}, went back", "The new version did not start.",
    ]  # fmt: skip
    told = json.loads(nightbell(place, monkeypatch, "status", "--json").output)
    assert (told["slot"], told["slots"]["B"]["state"], told["update"]["phase"]) == ("A", "bad", "back")


def test_the_command_line_refuses_in_a_sentence(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Exit code 1; nothing is asked of root. On an ordinary machine everything is refused."""
    junk = tmp_path / "junk.raucb"
    junk.write_bytes(b"PK" + bytes(5000))
    for words in (("check", str(junk)), ("install", str(junk))):
        said = nightbell(place, monkeypatch, *words)
        assert (said.exit_code, said.output) == (1, "Error: This is no update bundle of Nightbell.\n")
    assert nightbell(place, monkeypatch, "check", str(tmp_path / "none")).output.startswith("Error: There is no file")
    place.here.places.slot.unlink()
    for verb_, *rest in (("status",), ("check", str(junk)), ("install", str(junk)), ("back",)):
        said = nightbell(place, monkeypatch, verb_, *rest)
        assert (said.exit_code, "not started from the image" in said.output) == (1, True)


def test_the_command_line_goes_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """To what has worked; never to what has not."""
    assert nightbell(place, monkeypatch, "back").exit_code == 0
    request = asking.take(place.here.places)
    assert request is not None
    assert request.what == "back"
    record.write(place.here.places.record, Record({"B": Held(NEWER, "bad")}))
    said = nightbell(place, monkeypatch, "back")
    assert (said.exit_code, said.output) == (1, "Error: The other slot has nothing that ever worked.\n")
