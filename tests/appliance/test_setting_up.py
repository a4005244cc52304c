"""Behind the setup assistant: ports by their lasting names, a telephone rung, a loudspeaker tried."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.config import parse
from appliance.foundation.values import HungUp, Language
from appliance.plan import Plan
from appliance.setting_up import PATIENCE, SetupDesk
from nursecall.ear import Heard
from nursecall.wire.recognise import Guess
from pbx.callout import NotReached
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from tests.test_sample_hospital import HOSPITAL
from tts.places import Placed, Places, Unheard
from tts.speaker import Clip
from tts.wav import Sound

PLAN = parse(
    (HOSPITAL / "plan.toml").read_text("utf-8")
    + '\n[[nursecall.places]]\nid = "desk"\nward = "ward-a"\nkind = "alsa"\ndevice = "default"\n',
    Plan,
)


class Telephone:
    """Answers, or not."""

    def __init__(self) -> None:
        self.outcome, self.hangs_up, self.over = "", False, False
        self.answering: Deferred[None] | None = None

    async def desk(self, extension: str, ring: timedelta, longest: timedelta, *, shown: str = "") -> Any:
        if self.answering is not None:
            await self.answering
        if self.outcome:
            raise NotReached(self.outcome)
        return self

    async def play(self, sounds: Sequence[Path]) -> None:
        if self.hangs_up:
            raise HungUp

    async def hang_up(self) -> None:
        self.over = True


class Silent:
    """No voice is left."""

    async def say(self, text: str, language: Language) -> Clip | None:
        return None

    async def prompt(self, text: str, language: Language) -> Path | None:
        return None


class Loudspeaker:
    """Plays at once, or not at all, or for ever."""

    def __init__(self) -> None:
        self.broken, self.played = "", 0

    async def play(self, sound: Sound) -> None:
        self.played += 1
        if self.broken:
            raise Unheard(self.broken)


class Listener:
    """Hears a host that polls."""

    async def listen(self, path: str) -> Heard:
        return Heard(Guess("espa444", own="2"), 9600, 40)


class Box:
    """The desk and what it reaches."""

    def __init__(self, directory: Path) -> None:
        self.clock, self.database = FakeClock(), InlineDatabase()
        self.telephone, self.loudspeaker = Telephone(), Loudspeaker()
        self.places = Places(self.clock, Bus(), lambda _: False)
        self.places.furnish([Placed("desk", "ward-a", self.loudspeaker, lambda _: 1.0)])
        self.by_id, self.on_board = directory / "by-id", list[Path]()
        self.ear = Listener()
        self.desk = SetupDesk(
            lambda: PLAN, directory, lambda: cast(Any, self.telephone), Silent(), self.places, self.database,
            self.clock, self.ear, self.by_id, lambda: self.on_board,
        )  # fmt: skip
        self.changes: list[str] = []
        self.desk.changed = lambda: self.changes.append(self.desk.going())

    def told(self) -> list[dict[str, Any]]:
        """What is on record."""
        return [
            entry.body for entry in now(self.database.transact(lambda connection: list(journal.entries(connection))))
        ]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """One."""
    return Box(tmp_path)


@pytest.mark.parametrize("outcome", ["", "busy", "no-answer", "unreachable"])
def test_how_a_test_call_ended_is_on_record(box: Box, outcome: str) -> None:
    """And by whom."""
    box.telephone.outcome = outcome
    assert box.desk.ring("8001", "it")
    assert box.told() == [{"extension": "8001", "outcome": outcome or "answered", "by": "it"}]
    assert box.changes[-1] == ""


def test_who_hangs_up_has_answered(box: Box) -> None:
    """Before the sentence is over."""
    box.telephone.hangs_up = True
    box.desk.ring("8001", "it")
    assert (box.told()[0]["outcome"], box.telephone.over) == ("answered", True)


def test_one_thing_at_a_time(box: Box) -> None:
    """A second test waits for the first."""
    box.telephone.answering = Deferred()
    assert box.desk.ring("8001", "it")
    assert box.desk.going() == "call 8001"
    assert not box.desk.ring("8002", "it")
    assert not box.desk.announce("desk", "it")
    box.telephone.answering.callback(None)
    assert box.desk.going() == ""
    assert len(box.told()) == 1


@pytest.mark.parametrize("broken", ["", "aplay ended with exit code 1"])
def test_a_loudspeaker_is_tried(box: Box, broken: str) -> None:
    """In its queue; what it could not do is said."""
    box.loudspeaker.broken = broken
    assert box.desk.announce("desk", "it")
    assert box.told() == [{"place": "desk", "heard": not broken, "why": broken, "by": "it"}]
    assert box.loudspeaker.played == 1
    with pytest.raises(LookupError):
        box.desk.announce("roof", "it")


def test_a_place_that_is_taken_away_meanwhile_keeps_nobody_waiting(box: Box) -> None:
    """The plan changed, and nobody says any more how it ended."""
    box.places.give_way("desk", cast(Any, object()))
    box.desk.announce("desk", "it")
    box.places.furnish([])
    box.clock.advance(PATIENCE)
    [tried] = box.told()
    assert (tried["heard"], tried["why"]) == (False, "its turn did not come within two minutes")


def test_ports_are_known_by_their_lasting_names(box: Box, tmp_path: Path) -> None:
    """Who of the plan uses each; what the plan names and is not there is told too."""
    box.by_id.mkdir()
    for name in ("ward-a", "free"):
        (tmp_path / name).touch()
        (box.by_id / f"usb-{name}").symlink_to(tmp_path / name)
    box.on_board.append(tmp_path / "ttyS1")
    (tmp_path / "ttyS1").touch()
    found = {port.path: port for port in box.desk.serial_ports()}
    assert (found[str(tmp_path / "ttyS1")].there, found[str(tmp_path / "ttyS1")].users) == (True, ())
    assert found[str(box.by_id / "usb-ward-a")].users == ("line ward-a",)
    assert found[str(box.by_id / "usb-free")].users == ()
    missing = [port for port in found.values() if not port.there]
    assert ("line ward-b",) in [port.users for port in missing]


def test_a_free_port_is_listened_to(box: Box, tmp_path: Path) -> None:
    """One that a line of the plan uses is not, nor one that is not there."""
    box.by_id.mkdir()
    for name in ("ward-a", "free"):
        (tmp_path / name).touch()
        (box.by_id / f"usb-{name}").symlink_to(tmp_path / name)
    path = str(box.by_id / "usb-free")
    assert box.desk.listen(path)
    assert box.desk.heard()[path].guess.kind == "espa444"
    for other in (str(box.by_id / "usb-ward-a"), "/dev/elsewhere"):
        with pytest.raises(LookupError):
            box.desk.listen(other)
