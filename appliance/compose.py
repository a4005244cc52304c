"""The composition root: builds every part, starts them in order, stops them in reverse.

The order is the hospital's: what shows and rings a nurse call comes first and needs nothing of what comes later.
"""

from __future__ import annotations

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
from appliance.foundation import logs
from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.config import Faulty, parse
from appliance.foundation.database import Database, create_engine
from appliance.foundation.migrate import upgrade
from appliance.foundation.tasks import Tasks
from appliance.health import HealthBoard, HealthFile, Probes
from appliance.plan import Plan
from appliance.reactions import Reactions
from appliance.reporting import Reports
from appliance.settings import Settings
from appliance.telephone import Telephone
from billing import views as books
from billing.accounts import Accounts
from nursecall import views as past_calls
from nursecall.lines import Lines
from nursecall.patients import Patients
from nursecall.store import CallStore
from nursecall.ward import Wards
from pbx.sms.modem import Modem
from pbx.sms.outbox import Outbox
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
        self.wards = Wards(plan.nursecall, plan.site.zone, CallStore(database), self.patients, clock, bus)
        self.lines = self._lines()
        self.speaker = Speaker(
            settings.speech_socket, settings.sounds, plan.speech, reactor=reactor, clock=clock, bus=bus
        )
        self.outbox = Outbox(database, clock, bus)
        self.modems: list[Modem] = []
        self.accounts = Accounts(database, plan.billing, clock, bus)
        self.telephone = self._telephone()
        self.live = Live(database, clock, bus)
        self.threads = Threads(anything)
        self.panel = site(self._house(Reports(settings_file, settings.scratch, anything)), self.live, anything)
        self._listening: Port | None = None
        Reactions(bus, lambda: self.plan, database, self.wards, self.speaker, self.outbox, self.live)

    async def start(self) -> None:
        """Everything, a nurse's screen first. A part that cannot start is logged; the others go on."""
        wards, clock = [ward.id for ward in self.plan.nursecall.wards], self.clock
        await self._begin("the health file", self.health_file.start)
        await self._begin("the probes", self.probes.start)
        await self._begin("the patients", self.patients.load)
        if not self.patients.loaded:
            self._tasks.start(self._tasks.until_done(self.patients.reload, "reading the patients", clock), "patients")
        await self._begin("the wards", self.wards.start)
        await self._begin("the speaker", self.speaker.start)
        await self._begin("live screens", lambda: self.live.start(wards))
        self._listening = self._reactor.listenTCP(
            self.settings.panel.port, self.panel, interface=self.settings.panel.address
        )
        await self._begin("the lines", self.lines.start)
        await self._begin("the outbox", self.outbox.start)
        await self._begin("the modems", self._start_modems)
        await self._begin("the telephone", self.telephone.start)

    async def stop(self) -> None:
        """Everything, in reverse. Open calls stay open in the records, talk goes on in the exchange."""
        self.telephone.stop()
        self.outbox.stop()
        self._stop_modems()
        self.lines.stop()
        if self._listening is not None:
            stopped = self._listening.stopListening()  # type: ignore[no-untyped-call]
            if stopped is not None:
                await stopped
        self.live.stop()
        self.speaker.stop()
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
        await self.telephone.tariffs.load()
        revision = await self.database.transact(revisions.active)
        if revision is None or revision.plan == self.plan:
            return
        plan = self.plan = revision.plan
        keep_copy(self.settings, revision.text)
        self.lines.stop()
        self._stop_modems()
        self.telephone.stop()
        self.wards.replan(plan.nursecall)
        self.accounts.replan(plan.billing)
        self.speaker.replan(plan.speech)
        self.health.forget_all_but(parts_of(plan))
        self.lines, self.telephone = self._lines(), self._telephone()
        self.lines.start()
        self._start_modems()
        await self._begin("the telephone", self.telephone.renew)
        self.live.plan_changed()

    async def _begin(self, what: str, start: Callable[[], Coroutine[Any, Any, None] | None]) -> None:
        try:
            going_on = start()
            if going_on is not None:
                await going_on
        except Exception:
            self.log.failure("{what} could not start", what=what)

    def _lines(self) -> Lines:
        lines, devices = self.plan.nursecall.lines, self.settings.devices
        return Lines(lines, devices, reactor=self._reactor, clock=self.clock, bus=self.bus, heard=self.wards.heard)

    def _telephone(self) -> Telephone:
        return Telephone(
            self.settings, self.plan, self.database, self.accounts, self.speaker,
            reactor=self._reactor, clock=self.clock, bus=self.bus,
        )  # fmt: skip

    def _start_modems(self) -> None:
        for plan in self.plan.pbx.modems:
            modem = Modem(plan, self.settings.devices, self._reactor, self.clock, self.bus)
            self.modems.append(modem)
            self.outbox.attach(modem)
            modem.start()

    def _stop_modems(self) -> None:
        while self.modems:
            modem = self.modems.pop()
            self.outbox.detach(modem)
            modem.stop()

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
        )


def parts_of(plan: Plan) -> set[str]:
    """The health parts that come and go with the plan."""
    parts = {f"line:{line.id}" for line in plan.nursecall.lines}
    parts |= {f"trunk:{trunk.id}" for trunk in plan.pbx.trunks}
    return parts | {f"modem:{modem.id}" for modem in plan.pbx.modems}


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
