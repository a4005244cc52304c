"""Backups of a running box: begun when it is time, told on the status page, put on record whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from twisted.internet.defer import Deferred

from appliance.backup import store
from appliance.backup.desk import BackupDesk
from appliance.backup.making import READING_FILES, alone
from appliance.backup.trouble import Trouble
from appliance.foundation.backup_plan import ToDirectory
from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.own_command import CommandFailed
from appliance.settings import Settings
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from web.backups import Progress

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NIGHTLY = ToDirectory(id="nightly", at="02:30", kind="directory", directory="/b", passphrase="env:X")


@dataclass
class Command:
    """`nightbell backup make`, which ends when a test says so."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    told: Callable[[str], object] = print
    over: Deferred[bytes] = field(default_factory=Deferred)

    async def run(self, *arguments: str, told: Callable[[str], object]) -> bytes:
        self.asked.append(arguments)
        self.told, self.over = told, Deferred()
        return await self.over


@dataclass
class Box:
    """A desk, and what it reaches."""

    desk: BackupDesk
    command: Command
    clock: FakeClock
    database: InlineDatabase
    health: list[HealthChanged]

    def row(self, state: str = "made", *, identity: str = "t1") -> None:
        """What the command would have put on record."""

        def write(connection: Any) -> None:
            store.begin(connection, identity, "nightly", "plan", self.clock.now())
            one = store.one(connection, identity)
            assert one is not None
            if state == "made":
                store.made(connection, one, "/b/file", 12_300_000, self.clock.now())
            elif state == "failed":
                store.failed(connection, one, Trouble("There is no directory {directory}", directory="/b"), START)

        now(self.database.transact(write))


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """With one backup in its plan, at 02:30 in Shanghai: 18:30 in UTC."""
    clock, database, bus, command = FakeClock(START), InlineDatabase(), Bus(), Command()
    plan = SimpleNamespace(backups=(NIGHTLY,), site=SimpleNamespace(zone=ZoneInfo("Asia/Shanghai")))
    settings = Settings(directory=tmp_path)
    desk = BackupDesk(settings, lambda: cast(Any, plan), cast(Any, command), database, clock, bus)
    health: list[HealthChanged] = []
    bus.subscribe(HealthChanged, health.append)
    return Box(desk, command, clock, database, health)


def test_it_is_made_when_it_is_time_and_once(box: Box) -> None:
    """A new one waits for its first night; then it is begun within half a minute, and the status page knows."""
    box.desk.start()
    box.clock.advance(timedelta(hours=8, minutes=29))
    assert box.command.asked == []
    assert (box.health[-1].part, box.health[-1].state) == ("backup:nightly", State.STARTING)
    box.clock.advance(timedelta(minutes=2))
    assert box.command.asked == [("backup", "make", "nightly", "--by", "plan", "--progress")]
    box.command.told(f"5 10 {READING_FILES}")
    box.command.told("something else")
    [planned] = now(box.desk.planned())
    assert planned.going == Progress(READING_FILES, 5, 10)
    box.row()
    box.command.over.callback(b"")
    box.clock.advance(timedelta(hours=1))
    assert len(box.command.asked) == 1
    assert (box.health[-1].state, dict(box.health[-1].facts)["size"]) == (State.UP, "12.3")
    box.clock.advance(timedelta(hours=24))
    assert len(box.command.asked) == 2


def test_a_night_that_was_missed_is_made_up_for(box: Box) -> None:
    """The box was off at 02:30."""
    box.row()
    box.clock.advance(timedelta(days=3))
    box.desk.start()
    assert len(box.command.asked) == 1


def test_a_failure_is_told_until_one_is_made(box: Box) -> None:
    """With its own sentence; and it is not tried again all night."""
    box.desk.start()
    box.clock.advance(timedelta(hours=9))
    box.row("failed")
    box.command.over.errback(CommandFailed("no"))
    assert (box.health[-1].state, box.health[-1].facts) == (State.DEGRADED, (("directory", "/b"),))
    box.clock.advance(timedelta(hours=9))
    assert len(box.command.asked) == 1
    assert box.desk.begin("nightly", "it")
    box.clock.advance(timedelta(seconds=1))
    box.row(identity="t2")
    box.command.over.callback(b"")
    assert box.health[-1].state is State.UP


def test_one_whose_process_is_gone_has_failed(box: Box) -> None:
    """As after a power cut; one that is made by hand meanwhile is let be."""
    box.row("going")
    with alone(Settings(directory=box.desk._settings.directory)):
        box.desk.start()
        [one] = now(box.desk.recent())
        assert one.state == "going"
    box.clock.advance(timedelta(minutes=1))
    [one] = now(box.desk.recent())
    assert (one.state, one.why) == ("failed", store.KILLED)


def test_one_at_a_time(box: Box) -> None:
    """Somebody asks twice, or for one that is not planned."""
    assert not box.desk.begin("weekly", "it")
    assert box.desk.begin("nightly", "it")
    assert not box.desk.begin("nightly", "it")
