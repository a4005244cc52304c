"""The composition root: builds every part, starts them in order, stops them in reverse.

The order is the hospital's: what shows and rings a nurse call comes first and needs nothing of what comes later.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.tcp import Port
from twisted.logger import Logger
from twisted.python.failure import Failure

from appliance import revisions
from appliance.alarms import Alarms
from appliance.answers import Answers
from appliance.asterisk_process import AsteriskProcess
from appliance.errands import Errands
from appliance.foundation import logs
from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.config import Faulty, parse
from appliance.foundation.database import Database, create_engine
from appliance.foundation.migrate import upgrade
from appliance.foundation.tasks import Tasks
from appliance.health import HealthBoard
from appliance.health_file import HealthFile
from appliance.loudspeakers import Loudspeakers
from appliance.plan import Plan
from appliance.plan_desk import PlanDesk
from appliance.probes import Probes
from appliance.reach.reach import Reach
from appliance.reactions import Reactions
from appliance.reporting import Reports
from appliance.revival import Revival
from appliance.rollback import Rollback, take_back, working
from appliance.sentences import likely
from appliance.settings import Settings
from appliance.telephone import Telephone
from appliance.training import Training
from billing import views as books
from billing.accounts import Accounts
from nursecall import views as past_calls
from nursecall.adt_server import AdtServers
from nursecall.care import Care
from nursecall.lines import Lines
from nursecall.pagers import Pagers
from nursecall.patients import Patients
from nursecall.roster_desk import Roster
from nursecall.store import CallStore
from nursecall.traces import Traces
from nursecall.ward import Wards
from pbx.engine.program import recordings
from pbx.exchange import PART
from pbx.messages import Messages
from tts.places import Places
from tts.speaker import Speaker
from web.auth import Users
from web.live import Live
from web.passwords import Passwords, Threads
from web.ports import House
from web.site import site


class NoPlan(Exception):
    """There is no plan to go by, neither in the records nor in the copy kept beside them."""


class Appliance:
    """Every part of one box."""

    log = Logger()

    def __init__(self, settings: Settings, settings_file: Path, plan: Plan, reactor: ReactorBase) -> None:
        self.settings, self.plan = settings, plan
        # Its zope.interface declarations are invisible to mypy.
        anything: Any = reactor
        self._reactor = anything
        self.clock, self.bus, self._tasks = ReactorClock(reactor), Bus(), Tasks()
        clock, bus = self.clock, self.bus
        self.database = database = Database(settings.database_url, anything)
        self.health = HealthBoard(bus)
        self.health_file = HealthFile(self.health, settings.health_file, clock, bus)
        self.probes = Probes(database, settings.directory, clock, bus)
        self.patients = Patients(database, bus, clock)
        zone = plan.site.zone
        self.roster = Roster(lambda: self.plan.nursecall, zone, database, clock, bus)
        self.wards = Wards(plan.nursecall, zone, CallStore(database), self.patients, clock, bus, self.roster)
        self.care = Care(lambda: self.plan.nursecall, self.wards, self.patients, self.roster, database, clock, bus)
        self.traces = Traces(clock, bus)
        self.lines, self.pagers = self._lines(), self._pagers()
        self.adt = self._adt()
        self.speaker = Speaker(
            settings.speech_socket, settings.sounds, plan.speech, reactor=reactor, clock=clock, bus=bus
        )
        self.messages = Messages(database, settings.devices, reactor=reactor, clock=clock, bus=bus)
        self.outbox = self.messages.outbox
        self.alarms = Alarms(bus, lambda: self.plan, self.messages.notices, clock)
        self.accounts = Accounts(database, plan.billing, clock, bus)
        self.telephone = self._telephone()
        self.revival = Revival(PART, AsteriskProcess(settings, anything), self._excuse, database, clock, bus)
        self.live = Live(database, clock, bus)
        self.places = Places(clock, bus, self._waits)
        self.reach = self._reach()
        self._accompany()
        self.threads = Threads(anything)
        self.rollback = Rollback(clock, bus, self._start_taking_back)
        self._taken_back_to: int | None = None
        self.panel = site(self._house(Reports(settings_file, settings.scratch, anything)), self.live, anything)
        self._listening: Port | None = None
        self.loudspeakers = Loudspeakers(
            lambda: self.telephone.exchange.callout, settings.scratch, reactor=reactor, clock=clock
        )
        Reactions(
            bus, lambda: self.plan, database, self.wards, self.speaker, self.outbox, self.live, self.places,
            self.patients, self.reach.carriers,
        )  # fmt: skip
        Answers(bus, lambda: self.plan, self.wards, self.outbox)
        Errands(bus, lambda: self.plan, self.care.services, self.roster, self.outbox, self.live)

    async def start(self) -> None:
        """Everything, a nurse's screen first. A part that cannot start is logged; the others go on."""
        wards, zone, clock = self.plan.nursecall.wards, self.plan.site.zone, self.clock
        await self._begin("the health file", self.health_file.start)
        await self._begin("the probes", self.probes.start)
        await self._begin("the patients", self.patients.load)
        if not self.patients.loaded:
            self._tasks.start(self._tasks.until_done(self.patients.reload, "reading the patients", clock), "patients")
        await self._begin("the roster", self.roster.load)
        if not self.roster.loaded:
            self._tasks.start(self._tasks.until_done(self.roster.load, "reading the roster", clock), "the roster")
        await self._begin("the wards", self.wards.start)
        await self._begin("rounds and services", self.care.start)
        await self._begin("the speaker", self.speaker.start)
        await self._begin("the places", self._furnish)
        await self._begin("live screens", lambda: self.live.start(wards, zone))
        self._listening = self._reactor.listenTCP(
            self.settings.panel.port, self.panel, interface=self.settings.panel.address
        )
        await self._begin("the lines", self.lines.start)
        await self._begin("the pager systems", self.pagers.start)
        await self._begin("the feeds of the hospital system", self.adt.start)
        await self._begin("the messages", lambda: self.messages.start(self.plan.pbx))
        await self._begin("the telephone", self.telephone.start)
        await self._begin("reaching nurses", self.reach.start)

    async def stop(self) -> None:
        """Everything, in reverse. Open calls stay open in the records, talk goes on in the exchange."""
        self.revival.stop()
        self.rollback.stop()
        self.reach.stop()
        self.telephone.stop()
        self.alarms.stop()
        self.messages.stop()
        await self.adt.stop()
        self.pagers.stop()
        self.lines.stop()
        if self._listening is not None:
            stopped = self._listening.stopListening()  # type: ignore[no-untyped-call]
            if stopped is not None:
                await stopped
        self.live.stop()
        self.places.stop()
        self.speaker.stop()
        await self.care.finish()
        self.roster.stop()
        await self.wards.finish()
        self.probes.stop()
        self.health_file.stop()
        self.bus.stop()
        self._tasks.stop()
        self.threads.stop()
        self.database.close()

    def replan(self) -> None:
        """The plan in force, tariffs or patients have changed: go by them from now on. Open calls and talk go on."""
        self._tasks.start(self._replan(), "taking up the new plan")

    async def _replan(self) -> None:
        await self.patients.reload()
        await self.roster.load()
        await self.telephone.tariffs.load()
        revision = await self.database.transact(revisions.active)
        if revision is None or revision.plan == self.plan:
            return
        worked = working(self.health.parts())
        plan = self.plan = revision.plan
        keep_copy(self.settings, revision.text)
        self.lines.stop()
        self.pagers.stop()
        await self.adt.stop()
        self.messages.close()
        self.telephone.stop()
        self.reach.exchange_changed()
        self.roster.replan()
        self.wards.replan(plan.nursecall)
        self.care.replan()
        self.accounts.replan(plan.billing)
        self.speaker.replan(plan.speech)
        self.health.forget_all_but(parts_of(plan))
        self.lines, self.adt, self.telephone = self._lines(), self._adt(), self._telephone()
        self.lines.start()
        self.pagers = self._pagers()
        self.pagers.start()
        self.adt.start()
        self.messages.open(plan.pbx)
        self._accompany()
        await self._begin("the telephone", self.telephone.renew)
        self._furnish()
        self.live.replan(plan.nursecall.wards, plan.site.zone)
        self._watch_over(revision.id, worked)

    def _watch_over(self, revision: int, worked: frozenset[str]) -> None:
        self.rollback.stop()
        # What the box has put back itself is not taken back again: the two would take turns.
        if revision != self._taken_back_to:
            kept = {part for part in worked if not part.startswith("line:") or part in parts_of(self.plan)}
            self.rollback.watch(kept, self.health.parts())
        self._taken_back_to = None

    def _start_taking_back(self, part: str) -> None:
        self._tasks.start(self._take_back(part), "taking a plan back")

    async def _take_back(self, part: str) -> None:
        self._taken_back_to = await take_back(self.database, self.clock, part)
        if self._taken_back_to is not None:
            self.log.critical("{part} stays down: the plan before is in force again", part=part)
            await self._replan()

    def _furnish(self) -> None:
        """Speak in the plan's places, and have its sentences said in advance."""
        self.places.furnish(tuple(self.loudspeakers.of(self.plan)))
        self.speaker.prepare(likely(self.plan, self._grade_at))

    def _grade_at(self, ward: str, bed: str) -> int | None:
        patient = self.patients.at(ward, bed)
        return patient.care_grade if patient else None

    def _waits(self, call: str) -> bool:
        return any(known.id == call and known.state in ("raised", "escalated") for known in self.wards.open())

    async def _begin(self, what: str, start: Callable[[], Coroutine[Any, Any, None] | None]) -> None:
        try:
            going_on = start()
            if going_on is not None:
                await going_on
        except Exception:
            self.log.failure("{what} could not start", what=what)

    def _lines(self) -> Lines:
        lines, devices = self.plan.nursecall.lines, self.settings.devices
        return Lines(
            lines, devices, keep=self.settings.directory / "lines", reactor=self._reactor, clock=self.clock,
            bus=self.bus, heard=self.wards.heard, stands=self.wards.standing, becomes=self.wards.became,
            traces=self.traces,
        )  # fmt: skip

    def _adt(self) -> AdtServers:
        return AdtServers(
            self.plan.nursecall, self.plan.site.zone, self.patients, self.database,
            reactor=self._reactor, clock=self.clock, bus=self.bus,
        )  # fmt: skip

    def _pagers(self) -> Pagers:
        pagers, devices = self.plan.nursecall.pagers, self.settings.devices
        keep = self.settings.directory / "pagers"
        return Pagers(
            pagers, devices, keep=keep, reactor=self._reactor, clock=self.clock, bus=self.bus, traces=self.traces
        )  # fmt: skip

    def _telephone(self) -> Telephone:
        return Telephone(
            self.settings, self.plan, self.database, self.accounts, self.speaker,
            reactor=self._reactor, clock=self.clock, bus=self.bus,
        )  # fmt: skip

    def _reach(self) -> Reach:
        return Reach(
            lambda: self.plan, self.wards, self.roster, lambda: self.telephone.exchange, lambda: self.pagers,
            self.speaker, self.outbox, self.messages.notices, self.places, self.live,
            recordings(self.settings.asterisk), self.database, self.clock, self.bus,
        )  # fmt: skip

    def _accompany(self) -> None:
        self.telephone.exchange.terms = self.reach.talks.terms

    def _training(self) -> Training | None:
        if self.settings.simulator is None:
            return None
        return Training(self.settings.simulator_socket, reactor=self._reactor, clock=self.clock)

    def _excuse(self, detail: str) -> None:
        self.telephone.exchange.excuse(detail)

    def _house(self, reports: Reports) -> House:
        return House(
            database=self.database,
            clock=self.clock,
            bus=self.bus,
            users=Users(self.database, self.clock, Passwords(self.threads)),
            site=lambda: self.plan.site,
            nursecall=lambda: self.plan.nursecall,
            pbx=lambda: self.plan.pbx,
            billing=lambda: self.plan.billing,
            wards=self.wards,
            patients=self.patients,
            history=past_calls,
            accounts=self.accounts,
            books=books,
            health=self.health,
            reports=reports,
            speech=self.speaker,
            traces=self.traces,
            talks=self.reach.talks,
            messages=self.messages,
            roster=self.roster,
            care=self.care,
            training=self._training(),
            plans=PlanDesk(self.database, self.clock, self.replan),
        )


def parts_of(plan: Plan) -> set[str]:
    """The health parts that come and go with the plan."""
    parts = {f"line:{line.id}" for line in plan.nursecall.lines}
    parts |= {f"speaker:{place.id}" for place in plan.nursecall.places}
    parts |= {f"pager:{pagers.id}" for pagers in plan.nursecall.pagers}
    parts |= {f"adt:{feed.id}" for feed in plan.nursecall.adt}
    parts |= {f"trunk:{trunk.id}" for trunk in plan.pbx.trunks}
    parts |= {f"sms:{gateway.id}" for gateway in plan.pbx.gateways()}
    return parts | {f"mail:{row.id}" for row in plan.pbx.mail} | {f"webhook:{row.id}" for row in plan.pbx.webhooks}


def plan_at_start(settings: Settings) -> Plan:
    """The plan in force, from the records; where they cannot be opened, from the copy beside them. Raises NoPlan."""
    log = Logger()
    engine = create_engine(settings.database_url)
    try:
        upgrade(engine)
        with engine.begin() as connection:
            revision = revisions.active(connection)
    except sa.exc.SQLAlchemyError:
        log.failure("the records cannot be opened; going by the copy of the plan")
        return _copy(settings)
    finally:
        engine.dispose()
    if revision is None:
        raise NoPlan("no plan is in force: load one with 'nightbell plan load FILE --activate'")
    keep_copy(settings, revision.text)
    return revision.plan


def keep_copy(settings: Settings, text: str) -> None:
    """Keep the plan's text beside the records, so that a ward works without them."""
    try:
        fresh = settings.plan_copy.with_suffix(".new")
        fresh.write_text(text, "utf-8")
        fresh.replace(settings.plan_copy)
    except OSError:
        Logger().failure("the copy of the plan could not be kept")


def _copy(settings: Settings) -> Plan:
    try:
        return parse(settings.plan_copy.read_text("utf-8"), Plan)
    except (OSError, Faulty) as why:
        raise NoPlan(f"neither the records nor {settings.plan_copy} can be read: {why}") from why


def serve(settings: Settings, settings_file: Path, reactor: ReactorBase) -> int:
    """Run the daemon until it is told to stop; SIGHUP takes up a new plan. Returns the exit code."""
    logs.start()
    try:
        appliance = Appliance(settings, settings_file, plan_at_start(settings), reactor)
    except NoPlan as why:
        Logger().critical("{why}", why=why)
        return 1
    except Exception:
        Logger().failure("the box could not be built")
        # Its threads have nobody to stop them; supervisord starts it again only when it has ended.
        os._exit(1)
    failed: list[Failure] = []

    def begin() -> None:
        Deferred.fromCoroutine(appliance.start()).addErrback(give_up)

    def give_up(why: Failure) -> None:
        Logger().failure("the box could not start", why)
        failed.append(why)
        reactor.stop()

    def hang_up(_number: int, _frame: object) -> None:
        reactor.callFromThread(appliance.replan)

    reactor.callWhenRunning(begin)
    reactor.callWhenRunning(signal.signal, signal.SIGHUP, hang_up)
    reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromCoroutine(appliance.stop()))
    reactor.run()
    return 1 if failed else 0
