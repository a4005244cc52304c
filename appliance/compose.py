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
from appliance.admissions import Admissions
from appliance.alarms import Alarms
from appliance.answers import Answers
from appliance.asterisk_process import AsteriskProcess
from appliance.backup.desk import BackupDesk
from appliance.dialling import DialDesk
from appliance.errands import Errands
from appliance.foundation import addresses, durable, logs
from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock, UnbrokenClock
from appliance.foundation.config import Faulty, parse
from appliance.foundation.database import Database, create_engine
from appliance.foundation.migrate import upgrade
from appliance.foundation.tasks import Tasks
from appliance.hardware.ups_watch import UpsWatch, wanted
from appliance.hardware.watch import HardwareWatch
from appliance.health import HealthBoard
from appliance.health_file import HealthFile
from appliance.kept_secrets import KeptSecrets
from appliance.left_messages import LeftMessageNotices
from appliance.loudspeakers import Loudspeakers
from appliance.mailings.desk import ReportMails
from appliance.misuse_notices import MisuseNotices
from appliance.months import Months
from appliance.network.desk import NetworkDesk
from appliance.network.following import follow
from appliance.network.places import Places as NetworkPlaces
from appliance.network.record import Change
from appliance.network_facts import keeps_address
from appliance.own_command import OwnCommand
from appliance.pin_alarms import PinAlarms
from appliance.plan import Plan
from appliance.plan_desk import PlanDesk
from appliance.plan_watch import PlanWatch, at_stake
from appliance.power_notices import PowerNotices
from appliance.probes import Probes
from appliance.reach.reach import Reach
from appliance.reactions import Reactions
from appliance.replay_desk import ReplayDesk
from appliance.reporting import Reports
from appliance.reset.desk import ResetDesk
from appliance.revival import Revival
from appliance.sentences import likely
from appliance.setting_up import SetupDesk
from appliance.settings import Settings
from appliance.support.desk import SupportDesk
from appliance.tariff_desk import TariffDesk
from appliance.telephone import Telephone
from appliance.tls.asking import aside
from appliance.tls.desk import TlsDesk, names_of
from appliance.tls.enrolling import Place
from appliance.tls.renewing import Renewing
from appliance.tls.shelf import Shelf
from appliance.training import Training
from appliance.updating.desk import Calls, UpdateDesk
from appliance.updating.places import Places as UpdatePlaces
from billing import views as books
from billing.accounts import Accounts
from billing.card.post import PART as CARD_SYSTEM
from billing.lockouts import Lockouts
from billing.till import Till
from nursecall import views as past_calls
from nursecall.adt_server import AdtServers
from nursecall.care import Care
from nursecall.ear import Ear
from nursecall.lines import Lines
from nursecall.pagers import Pagers
from nursecall.patients import Patients
from nursecall.plan_types import PLUG_OUT, TROUBLE
from nursecall.roster_desk import Roster
from nursecall.store import CallStore
from nursecall.traces import Traces
from nursecall.ward import Wards
from pbx.addresses.book import AddressBook
from pbx.calls.book import CallBook
from pbx.calls.events import CallEnded, EmergencyDialled
from pbx.engine.console import Console
from pbx.engine.console import socket as console_socket
from pbx.engine.program import recordings, security_log
from pbx.engine.security_feed import SecurityFeed
from pbx.exchange import PART
from pbx.features.events import CallParked, LinesChanged, ParkedTaken, WishChanged
from pbx.guard.doorkeeper import Doorkeeper
from pbx.guard.guard import Guard
from pbx.ivr.messages import LeftMessages
from pbx.ivr.sounds import Sounds
from pbx.ivr.trace import Trace
from pbx.ivr.views import PastMenus
from pbx.messages import Messages
from pbx.provisioning.briefing import Where
from pbx.provisioning.desk import PhoneDesk
from pbx.provisioning.events import PhoneConfigured, PhonesChanged
from pbx.provisioning.multicast import PlugAndPlay
from pbx.provisioning.server import PhoneServer
from pbx.recording.desk import RecordingDesk
from pbx.traffic.quality import Quality
from pbx.traffic.traffic import Traffic
from pbx.trunk_lines import LineCall
from tts.places import Places
from tts.speaker import Speaker
from tts.wav import telephone_wav
from web.auth import Users
from web.live import Live
from web.passwords import Passwords, Threads
from web.ports import House, MenuRoom
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
        self.ward_clock = UnbrokenClock(clock, self._nobody_waits)
        self.database = database = Database(settings.database_url, anything)
        self.health = HealthBoard(bus)
        self.health_file = HealthFile(self.health, settings.health_file, clock, bus)
        self.probes = Probes(database, settings.directory, clock, bus)
        self.hardware = HardwareWatch(clock, bus)
        self.ups = UpsWatch(wanted(settings.ups), database, clock, bus, reactor)
        self.patients = Patients(database, bus, clock)
        zone = plan.site.zone
        self.roster = Roster(lambda: self.plan.nursecall, zone, database, clock, bus)
        self.wards = Wards(
            plan.nursecall, zone, CallStore(database), self.patients, self.ward_clock, bus, self.roster
        )  # fmt: skip
        self.care = Care(
            lambda: self.plan.nursecall, self.wards, self.patients, self.roster, database, self.ward_clock, bus
        )  # fmt: skip
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
        self.till = Till(database, clock, bus)
        self.lockouts = Lockouts(lambda: self.plan.billing, database, clock, bus)
        self.months = Months(database, lambda: self.plan.site, clock, bus)
        self.menu_trace = Trace(database, clock, bus)
        self.traffic = Traffic(database, clock)
        self.quality = Quality(lambda: self.plan.pbx, clock)
        self.book = CallBook(database, clock, bus)
        self.addresses = AddressBook(lambda: self.plan.site, database, clock, bus)
        self.places = Places(clock, bus, self._waits)
        self.telephone = self._telephone()
        self.revival = Revival(PART, AsteriskProcess(settings, anything), self._excuse, database, clock, bus)
        self.live = Live(database, self.ward_clock, bus)
        self.traffic.changed = self.live.trunks_changed
        self.security = SecurityFeed(security_log(settings.asterisk), clock, bus)
        console = Console(console_socket(settings.asterisk), anything, clock)
        self.guard = Guard(
            lambda: self.plan.pbx.guarded(), Doorkeeper(settings.asterisk, console), database, clock, bus
        )
        self.phones = self._phones()
        self.phone_server, self.plug_and_play = self._phone_server(), self._plug_and_play()
        self.reach = self._reach()
        self._accompany()
        self.threads, self.reading = Threads(anything), Threads(anything)
        self.plan_watch = PlanWatch(database, clock, bus, self._replan, self.live.health_changed)
        self.tariff_desk = TariffDesk(
            settings_file, settings.scratch, anything, database, clock, lambda: self.telephone.tables_changed()
        )
        self._settings_file = settings_file
        self._own_command = OwnCommand(settings_file, settings.scratch, anything)
        self.backups = BackupDesk(settings, lambda: self.plan, self._own_command, database, clock, bus)
        self.backups.changed = self.live.backups_changed
        self.backups.held = lambda: self.ups.is_low
        self.updates = UpdateDesk(
            UpdatePlaces(), self._own_command,
            Calls(lambda: len(self.telephone.supervision.talks()), lambda: len(self.wards.open())), database, clock,
        )  # fmt: skip
        self.updates.changed = self.live.updates_changed
        self.network = NetworkDesk(NetworkPlaces(), settings.panel.address, database, clock)
        self.network.changed = self.live.network_changed
        self.network.settled = self._address_settled
        self._setup = SetupDesk(
            lambda: self.plan, settings.devices, lambda: self.telephone.exchange.callout, self.speaker, self.places,
            database, clock, Ear(settings.devices, anything, clock),
        )  # fmt: skip
        self._setup.changed = self.live.setup_changed
        reports = Reports(settings_file, settings.scratch, anything)
        self.report_mails = ReportMails(
            lambda: self.plan, reports, self.messages.notices, settings.directory / "reports", database, clock, bus
        )
        self.tls = TlsDesk(Shelf(settings.tls), settings.panel, database, clock, bus, anything)
        self.tls.changed = lambda: self.telephone.certificate_changed()
        self.renewing = Renewing(
            Place(settings.tls, settings.panel, keeps_address), lambda: names_of(settings.panel), aside(anything),
            database, clock, bus, self.tls.look,
        )  # fmt: skip
        self.panel = site(self._house(reports), self.live, anything)
        self._listening: Port | None = None
        self.loudspeakers = Loudspeakers(
            lambda: self.telephone.exchange.callout, settings.scratch, reactor=reactor, clock=clock
        )
        Reactions(
            bus, lambda: self.plan, database, self.wards, self.speaker, self.outbox, self.live, self.places,
            self.patients, self.reach.carriers,
        )  # fmt: skip
        bus.subscribe(PhonesChanged, lambda _: self.live.phones_changed())
        for lines in (LinesChanged, WishChanged, CallParked, ParkedTaken):
            bus.subscribe(lines, lambda _: self.live.lines_changed())
        for told in (EmergencyDialled, CallEnded):
            bus.subscribe(told, lambda _: self.live.emergencies_changed())
        # With its old secret it may have failed too often.
        bus.subscribe(PhoneConfigured, lambda event: self.guard.lift(event.address, f"phone {event.extension}"))
        Answers(bus, lambda: self.plan, self.wards, self.outbox)
        self.admissions = Admissions(bus, lambda: self.plan, self.patients, self.accounts, clock)
        LeftMessageNotices(bus, lambda: self.plan, self.outbox)
        PinAlarms(bus, lambda: self.plan, self.outbox)
        PowerNotices(bus, lambda: self.plan, self.speaker, self.places, self.live)
        MisuseNotices(bus, lambda: self.plan, self.outbox)
        Errands(bus, lambda: self.plan, self.care.services, self.roster, self.outbox, self.live)

    async def start(self) -> None:
        """Everything, a nurse's screen first. A part that cannot start is logged; the others go on."""
        wards, zone, clock = self.plan.nursecall.wards, self.plan.site.zone, self.clock
        await self._begin("the health file", self.health_file.start)
        await self._begin("the probes", self.probes.start)
        await self._begin("disks and temperatures", self.hardware.start)
        await self._begin("mains and battery", self.ups.start)
        await self._begin("the patients", self.patients.load)
        if not self.patients.loaded:
            self._tasks.start(self._tasks.until_done(self.patients.reload, "reading the patients", clock), "patients")
        await self._begin("the roster", self.roster.load)
        if not self.roster.loaded:
            self._tasks.start(self._tasks.until_done(self.roster.load, "reading the roster", clock), "the roster")
        await self._begin("the wards", self.wards.start)
        reading = self._tasks.until_done(self.addresses.load, "reading the address book", clock)
        self._tasks.start(reading, "the address book")
        await self._begin("rounds and services", self.care.start)
        await self._begin("the speaker", self.speaker.start)
        await self._begin("the places", self._furnish)
        await self._begin("live screens", lambda: self.live.start(wards, zone))
        self._listening = self._reactor.listenTCP(
            self.settings.panel.port, self.panel, interface=self.settings.panel.address
        )
        await self._begin("the panel by HTTPS", lambda: self.tls.start(self.panel))
        await self._begin("certificates from the hospital's authority", self.renewing.start)
        await self._begin("the lines", self.lines.start)
        await self._begin("the pager systems", self.pagers.start)
        await self._begin("the feeds of the hospital system", self.adt.start)
        await self._begin("what became of plans", self.plan_watch.load)
        self.months.start()
        self.backups.start()
        await self._begin("following updates", self.updates.start)
        await self._begin("following the network", self.network.start)
        self.report_mails.start()
        self._tasks.start(self._tasks.until_done(self.admissions.catch_up, "accounts of patients", clock), "accounts")
        await self._begin("the messages", lambda: self.messages.start(self.plan.pbx))
        await self._begin("how well trunks do", lambda: self.quality.load(self.traffic))
        await self._begin("the telephone", self.telephone.start)
        await self._begin("the security log", self.security.start)
        await self._begin("the guard", self.guard.start)
        await self._begin("watching PINs", self.lockouts.start)
        await self._begin("reaching nurses", self.reach.start)
        if self.phone_server is not None:
            await self._begin("setting telephones up", self.phone_server.start)
        if self.plug_and_play is not None:
            await self._begin("plug and play", self.plug_and_play.start)

    async def stop(self) -> None:
        """Everything, in reverse. Open calls stay open in the records, talk goes on in the exchange."""
        self.revival.stop()
        self.plan_watch.stop()
        self.tariff_desk.stop()
        self.reach.stop()
        if self.phone_server is not None:
            await self.phone_server.stop()
        if self.plug_and_play is not None:
            self.plug_and_play.stop()
        self.security.stop()
        self.guard.stop()
        self.lockouts.stop()
        self.telephone.stop()
        await self.traffic.finish()
        await self.book.finish()
        self.alarms.stop()
        self.messages.stop()
        await self.adt.stop()
        self.pagers.stop()
        self.lines.stop()
        if self._listening is not None:
            stopped = self._listening.stopListening()  # type: ignore[no-untyped-call]
            if stopped is not None:
                await stopped
        self.renewing.stop()
        await self.tls.stop()
        self.live.stop()
        self.places.stop()
        self.speaker.stop()
        await self.care.finish()
        self.roster.stop()
        await self.wards.finish()
        self.probes.stop()
        self.hardware.stop()
        self.ups.stop()
        self.health_file.stop()
        await self.menu_trace.finish()
        self.bus.stop()
        self.admissions.stop()
        self.months.stop()
        self.backups.stop()
        self.updates.stop()
        self.network.stop()
        self._setup.stop()
        self.report_mails.stop()
        self._tasks.stop()
        self.threads.stop()
        self.reading.stop()
        self.database.close()

    def replan(self) -> None:
        """The plan in force, tariffs or patients have changed: go by them from now on. Open calls and talk go on."""
        self._tasks.start(self._replan(), "taking up the new plan")

    async def _replan(self) -> None:
        await self.patients.reload()
        await self.roster.load()
        await self.telephone.tables_changed()
        await self.addresses.load()
        revision = await self.database.transact(revisions.active)
        if revision is None or revision.plan == self.plan:
            return
        before, plan = self.plan, revision.plan
        worked = at_stake(self.health.parts(), before, plan)
        self.plan = plan
        keep_copy(self.settings, revision.text)
        self.lines.stop()
        self.pagers.stop()
        await self.adt.stop()
        self.messages.close()
        kept = self.telephone.fits(plan)
        if not kept:
            self.telephone.stop()
            self.reach.exchange_changed()
        self.roster.replan()
        self.wards.replan(plan.nursecall)
        self.care.replan()
        self.backups.replan()
        self.report_mails.replan()
        self.accounts.replan(plan.billing)
        self.speaker.replan(plan.speech)
        self.health.forget_all_but(parts_of(plan))
        self.lines, self.adt = self._lines(), self._adt()
        self.lines.start()
        self.pagers = self._pagers()
        self.pagers.start()
        self.adt.start()
        self.messages.open(plan.pbx)
        # Before the telephone: where Asterisk does not come back, nothing below is reached.
        self.plan_watch.watch(revision.id, worked, self.health.parts())
        if kept:
            self.telephone.replan(plan)
        else:
            self.telephone = self._telephone()
            self._accompany()
            began = await self._begin("the telephone", self.telephone.renew)
            if self.plan is not plan:
                return  # another came into force while Asterisk was waited for
            if not began:
                self.plan_watch.refused(PART)
            self.guard.replan()
        self._furnish()
        self.live.replan(plan.nursecall.wards, plan.site.zone)

    def _furnish(self) -> None:
        """Speak in the plan's places, and have its sentences said in advance."""
        self.places.furnish(tuple(self.loudspeakers.of(self.plan)))
        self.speaker.prepare(likely(self.plan, self._grade_at))

    def _grade_at(self, ward: str, bed: str) -> int | None:
        patient = self.patients.at(ward, bed)
        return patient.care_grade if patient else None

    def _nobody_waits(self) -> bool:
        """A trouble of a line may stand for days; who waits for a nurse does not."""
        return all(call.call_type in (PLUG_OUT, TROUBLE) for call in self.wards.open())

    def _waits(self, call: str) -> bool:
        return any(known.id == call and known.state in ("raised", "escalated") for known in self.wards.open())

    async def _begin(self, what: str, start: Callable[[], Coroutine[Any, Any, None] | None]) -> bool:
        try:
            going_on = start()
            if going_on is not None:
                await going_on
        except Exception:
            self.log.failure("{what} could not start", what=what)
            return False
        return True

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
        telephone = Telephone(
            self.settings, self.plan, self.database, self.accounts, self.speaker, self.menu_trace,
            self.outbox, self.messages.notices, self.book, self.places, self.addresses, self.quality,
            reactor=self._reactor, clock=self.clock, bus=self.bus,
        )  # fmt: skip
        telephone.exchange.trunks.told = self._line_over
        telephone.exchange.trunks.lines.begun = self.traffic.begun
        return telephone

    def _line_over(self, call: LineCall) -> None:
        self.traffic.over(call)
        self.quality.over(call)

    def _reach(self) -> Reach:
        return Reach(
            lambda: self.plan, self.wards, self.roster, lambda: self.telephone.exchange, lambda: self.pagers,
            self.speaker, self.outbox, self.messages.notices, self.places, self.live,
            self.ward_clock, self.bus,
        )  # fmt: skip

    def _phones(self) -> PhoneDesk | None:
        asked = self.settings.provisioning
        if asked is None:
            return None
        return PhoneDesk(
            lambda: self.plan.pbx, lambda: self.plan.site, self._where(asked.seen_as, asked.port),
            self.database, self.clock, self.bus,
            renew=lambda: self.telephone.secrets_changed(),
            registered=lambda: self.telephone.exchange.phones.registered(),
        )  # fmt: skip

    def _where(self, host: str, port: int) -> Where:
        exchange = self.settings.exchange
        return Where(f"http://{host}:{port}/", host, exchange.sip_port, exchange.tls_port)

    def _address_settled(self, change: Change) -> None:
        try:
            host = follow(self._settings_file, change, addresses.every())
        except (OSError, Faulty) as why:
            self.log.error("the settings still tell telephones the old address: {why}", why=why)
            return
        asked = self.settings.provisioning
        if host and asked is not None and self.phones is not None:
            self.phones.moved(self._where(host, asked.port))
            if self.plug_and_play is not None:
                self.plug_and_play.moved(self.phones.where.url, host)

    def _phone_server(self) -> PhoneServer | None:
        asked = self.settings.provisioning
        if asked is None or self.phones is None:
            return None
        return PhoneServer(self.phones.window, asked.address, asked.port, self._reactor)

    def _plug_and_play(self) -> PlugAndPlay | None:
        asked = self.settings.provisioning
        if asked is None or self.phones is None or not asked.plug_and_play:
            return None
        return PlugAndPlay(self.phones.window, self.phones.where.url, asked.address, asked.seen_as, self._reactor)

    def _accompany(self) -> None:
        self.telephone.exchange.terms = self.reach.talks.terms
        self.telephone.exchange.phones.changed = self.live.phones_changed

    def _training(self) -> Training | None:
        if self.settings.simulator is None:
            return None
        return Training(self.settings.simulator_socket, reactor=self._reactor, clock=self.clock)

    def _excuse(self, detail: str) -> None:
        self.telephone.exchange.excuse(detail)

    def _house(self, reports: Reports) -> House:
        return House(
            database=self.database,
            clock=self.ward_clock,
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
            till=self.till,
            payers=self.months.payers,
            closings=self.months.closings,
            books=books,
            health=self.health,
            reports=reports,
            tariffs=self.tariff_desk,
            speech=self.speaker,
            traces=self.traces,
            talks=self.reach.talks,
            exchange=lambda: self.telephone.exchange,
            features=lambda: self.telephone.features,
            dialling=DialDesk(
                lambda: self.plan,
                lambda: self.telephone.exchange,
                lambda: self.telephone.tariffs,
                self.clock,
            ),
            inbound=lambda: self.telephone.outside,
            addresses=self.addresses,
            guard=self.guard,
            lockouts=self.lockouts,
            tolls=lambda: self.telephone.tolls,
            cards=lambda: self.telephone.cards.desk,
            traffic=self.traffic,
            conferences=lambda: self.telephone.conferences,
            recordings=RecordingDesk(
                self.database, self.settings.recording_places, self.reading, lambda: self.telephone.recorder, self.clock
            ),
            supervision=lambda: self.telephone.supervision,
            voicemail=lambda: self.telephone.voicemail,
            faxes=lambda: self.telephone.faxes,
            messages=self.messages,
            phones=self.phones,
            roster=self.roster,
            care=self.care,
            training=self._training(),
            replays=ReplayDesk(self._own_command, self.settings.scratch),
            plans=PlanDesk(self.database, self.clock, self.replan),
            plan_watch=self.plan_watch,
            secrets=KeptSecrets(self.settings.secrets),
            backups=self.backups,
            certificates=self.tls,
            enrolments=self.renewing,
            updates=self.updates,
            networking=self.network,
            resets=ResetDesk(self._settings_file),
            setup=self._setup,
            support=SupportDesk(self._own_command, self.database, self.clock),
            menus=MenuRoom(
                Sounds(self.settings.prompts, telephone_wav),
                LeftMessages(recordings(self.settings.asterisk), self.database, self.clock, self.bus),
                PastMenus(self.database),
                self.speaker,
                lambda: self.plan.site.calendar,
            ),
        )


def parts_of(plan: Plan) -> set[str]:
    """The health parts that come and go with the plan."""
    parts = {f"line:{line.id}" for line in plan.nursecall.lines}
    parts |= {f"speaker:{place.id}" for place in plan.nursecall.places}
    parts |= {f"pager:{pagers.id}" for pagers in plan.nursecall.pagers}
    parts |= {f"adt:{feed.id}" for feed in plan.nursecall.adt}
    parts |= {f"trunk:{trunk.id}" for trunk in plan.pbx.trunks}
    parts |= {f"sms:{gateway.id}" for gateway in plan.pbx.gateways()}
    parts |= {f"backup:{backup.id}" for backup in plan.backups}
    parts |= {f"report:{mail.id}" for mail in plan.pbx.report_mails}
    parts |= {CARD_SYSTEM} if plan.billing.card is not None else set()
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
        durable.write(settings.plan_copy, text.encode())
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
