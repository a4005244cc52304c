"""Updates at the panel: takes bundles in, has them checked, asks root for the rest, and tells how it goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import new_id
from appliance.own_command import CommandFailed, OwnCommand
from appliance.updating import asking, record, trouble
from appliance.updating.arrivals import Arrivals
from appliance.updating.asking import Request, What
from appliance.updating.events import UpdateAsked, UpdateEnded
from appliance.updating.found import bundles
from appliance.updating.life import Slot, Update
from appliance.updating.places import Places
from appliance.updating.record import Record
from appliance.updating.release import running
from appliance.updating.trouble import Trouble
from web.updates import Found, Last, NotTaken, SlotState, Standing

EVERY = timedelta(seconds=1)
SLOTS: tuple[Slot, ...] = ("A", "B")
ENDED = "appliance.UpdateEnded"


@dataclass(frozen=True)
class Calls:
    """How many there are now. talks: in which two talk by telephone; bedside: of patients."""

    talks: Callable[[], int]
    bedside: Callable[[], int]


class UpdateDesk:
    """Satisfies `web.ports.Updates`. changed: called whenever the page would show something else."""

    def __init__(self, places: Places, command: OwnCommand, calls: Calls, database: Transactions, clock: Clock) -> None:
        self.changed: Callable[[], object] = lambda: None
        self._places, self._command, self._calls = places, command, calls
        self._database, self._clock = database, clock
        self._running = running(places.system)
        self._arrivals = Arrivals(places)
        self._checked: dict[str, Found] = {}
        self._quiet_for = ""
        self._shown: object = None
        self._told: tuple[str, str] | None = None
        self._tasks = Tasks()
        self._timer: Timer | None = None

    def start(self) -> None:
        """Follow what root does, now and from now on. An ordinary machine has nothing to follow."""
        if self._places.is_image:
            self._timer = self._clock.later(EVERY, self.start)
            self._look()

    def stop(self) -> None:
        """Follow no more."""
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def standing(self) -> Standing:
        """How the box stands."""
        version = self._running.version
        if not self._places.is_image:
            return Standing(False, version)
        known, slot = record.read(self._places.record), self._slot()
        other = known.other(slot)
        return Standing(
            True, version, self._places.is_development, [self._slot_state(known, one, slot) for one in SLOTS],
            self._last(known.update), [self._checked.get(one.id, one) for _, one in bundles(self._places)],
            self._calls.talks(), self._calls.bedside(), bool(self._quiet_for),
            other is not None and other.state == "good" and other.release.step >= known.floor,
            self._places.request.exists(),
        )  # fmt: skip

    def expect(self, octets: int) -> str:
        """The ticket of who is about to send a bundle."""
        self._demand_free()
        try:
            return self._arrivals.expect(octets)
        except Trouble as why:
            raise NotTaken(why.why, why.facts) from why

    def admits(self, ticket: str, octets: int) -> Path | None:
        """The file that takes what is sent with `ticket`; None for a stranger."""
        return self._arrivals.admits(ticket, octets)

    async def arrived(self, ticket: str, by: str) -> None:
        """All of it is there: it takes the place of the one before, and is checked."""
        try:
            self._arrivals.arrived(ticket)
        except Trouble as why:
            raise NotTaken(why.why, why.facts) from why
        for file, one in bundles(self._places):
            if file == self._places.upload:
                await self.check(one.id)

    async def check(self, identity: str) -> None:
        """Read a bundle through, in a process of its own."""
        file, one = self._find(identity)
        if one.state == "checking":
            return
        self._checked[identity] = replace(one, state="checking")
        self.changed()
        self._tasks.start(self._check(file, one), f"checking {one.name}")

    async def install(self, identity: str, by: str, *, older: bool) -> None:
        """Into the other slot."""
        self._demand_free()
        file, one = self._find(identity)
        if one.state != "good":
            raise NotTaken("The bundle was not found good: check it first.", {})
        if one.is_older and not older:
            raise NotTaken(trouble.OLDER, {"version": one.version, "running": self._running.version})
        await self._ask("install", by, file=str(file), version=one.version, older=older)

    async def go_back(self, by: str) -> None:
        """To what the other slot holds."""
        self._demand_free()
        other = record.read(self._places.record).other(self._slot())
        if other is None or not self.standing().may_go_back:
            raise NotTaken(trouble.NOT_CONFIRMED, {})
        await self._ask("back", by, version=other.release.version)

    async def call_off(self, by: str) -> None:
        """Let what runs be started next."""
        await self._ask("call off", by, version=self._waiting().release.version)

    async def restart(self, by: str, *, when_quiet: bool) -> None:
        """Now, or as soon as nobody talks."""
        waiting = self._waiting()
        if when_quiet and self._calls.talks():
            self._quiet_for = by
            self.changed()
            return
        self._quiet_for = ""
        await self._ask("restart", by, version=waiting.release.version)

    def stay(self) -> None:
        """Wait for quiet no more."""
        self._quiet_for = ""
        self.changed()

    async def _ask(self, what: What, by: str, *, file: str = "", version: str = "", older: bool = False) -> None:
        """On record first: whatever becomes of it, somebody asked."""
        request = Request(new_id(), what, by, file, older)
        event = UpdateAsked(
            at=self._clock.now(), update=request.id, what=what, file=Path(file).name, version=version, by=by
        )

        def note(connection: sa.Connection) -> None:
            journal.append(connection, event)

        if self._places.request.exists():
            raise NotTaken(trouble.BUSY, {})
        await self._database.transact(note)
        try:
            asking.ask(self._places, request)
        except Trouble as why:
            raise NotTaken(why.why, why.facts) from why
        self.changed()

    async def _check(self, file: Path, one: Found) -> None:
        try:
            said = await self._command.run("update", "check", str(file), "--answer")
            found: dict[str, Any] = json.loads(said)
        except (CommandFailed, ValueError) as why:
            found = {"why": trouble.REFUSED, "facts": {"why": str(why)}}
        if found.get("why"):
            self._checked[one.id] = replace(one, state="refused", why=found["why"], facts=found["facts"])
        else:
            self._checked[one.id] = replace(
                one, state="good", version=found["version"], signed_by=found["signed_by"], is_older=found["is_older"]
            )
        self.changed()

    def _look(self) -> None:
        """Tell of what has changed, and restart where it has become quiet."""
        standing = self.standing()
        known = record.read(self._places.record).update
        if known is not None and known.is_over and self._told != (known.id, known.phase):
            self._told = (known.id, known.phase)
            self._tasks.start(self._put_on_record(known), "noting how the update ended")
        if self._quiet_for and not standing.calls:
            by, self._quiet_for = self._quiet_for, ""
            self._tasks.start(self._restart_quietly(by), "restarting for the update")
        if standing != self._shown:
            self._shown = standing
            self.changed()

    async def _restart_quietly(self, by: str) -> None:
        try:
            await self.restart(by, when_quiet=False)
        except NotTaken as why:
            Tasks.log.warn("no restart: {why}", why=why.why)

    async def _put_on_record(self, known: Update) -> None:
        event = UpdateEnded(
            at=self._clock.now(), update=known.id, version=known.release.version, before=known.before.version,
            outcome=known.phase, why=known.why.format(**known.facts), by=known.by,
        )  # fmt: skip

        def note(connection: sa.Connection) -> None:
            table = journal.journal
            newest = sa.select(table.c.body).where(table.c.kind == ENDED).order_by(table.c.id.desc()).limit(1)
            body = connection.execute(newest).scalar()
            before = json.loads(body) if body else {}
            if (before.get("update"), before.get("outcome")) != (event.update, event.outcome):
                journal.append(connection, event)

        await self._database.transact(note)

    def _find(self, identity: str) -> tuple[Path, Found]:
        for file, one in bundles(self._places):
            if one.id == identity:
                return file, self._checked.get(identity, one)
        raise NotTaken("That bundle is no longer there.", {})

    def _demand_free(self) -> None:
        """Raises NotTaken."""
        if not self._places.is_image:
            raise NotTaken(trouble.NO_IMAGE, {})
        if self.standing().is_busy:
            raise NotTaken(trouble.BUSY, {})

    def _waiting(self) -> Update:
        known = record.read(self._places.record).update
        if known is None or known.phase != "waiting":
            raise NotTaken(trouble.NOTHING_WAITS, {})
        return known

    def _slot(self) -> Slot:
        return "B" if self._places.slot.read_text("utf-8").strip() == "B" else "A"

    def _slot_state(self, known: Record, slot: Slot, own: Slot) -> SlotState:
        held = known.slots.get(slot)
        if slot == own:
            return SlotState(slot, self._running.version, "runs")
        return SlotState(slot, held.release.version, held.state) if held else SlotState(slot, "", "empty")

    def _last(self, known: Update | None) -> Last | None:
        if known is None:
            return None
        percent, stage = self._progress(known.id) if known.phase == "installing" else (0, "")
        return Last(
            known.phase, known.release.version, known.by, known.since, known.is_return, known.why,
            known.facts, percent, stage,
        )  # fmt: skip

    def _progress(self, identity: str) -> tuple[int, str]:
        try:
            told = json.loads(self._places.progress.read_text("utf-8"))
            return (int(told["percent"]), str(told["stage"])) if told["id"] == identity else (0, "")
        except (OSError, ValueError, KeyError, TypeError):
            return 0, ""
