"""The exchange and what is dialled through it, built from one plan."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from twisted.internet.base import ReactorBase
from twisted.logger import Logger

from appliance.cards import Cards
from appliance.dialling import Costs, here
from appliance.exchange_files import renew_certificate, write_exchange, write_seats, write_secrets
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Database
from appliance.foundation.tasks import Tasks
from appliance.incoming import CallsFromOutside
from appliance.menus import VoiceMenus
from appliance.paying import Paying
from appliance.plan import Plan
from appliance.settings import Settings
from billing.accounts import Accounts
from billing.balance import SERVICE as BALANCE
from billing.balance import Balance
from billing.calling import SERVICE as CALLS
from billing.calling import Calling
from billing.guard.guard import TollGuard
from billing.guard.ordinary import OrdinaryCalls
from billing.payers import Payers
from billing.ports import Prompts
from billing.tariff import Tariffs
from pbx.addresses.book import AddressBook
from pbx.ari.transport import AriError
from pbx.calls.book import CallBook
from pbx.conference.conferences import Conferences
from pbx.decision import NoSuchExtension
from pbx.engine.console import Console, socket
from pbx.engine.program import call_records, password, recordings
from pbx.engine.records import Records
from pbx.engine.rereading import read_at_last
from pbx.exchange import Exchange
from pbx.extensions import Extensions
from pbx.fax.faxes import Faxes
from pbx.fax.office import Office
from pbx.features.features import Features
from pbx.ivr.trace import Trace
from pbx.live_page import Spot
from pbx.live_paging import Floor, LivePaging
from pbx.notices import Notices
from pbx.number_plan import dialled_at_an_extension
from pbx.plan_menus import MenuSections
from pbx.plan_messages import MessageSections
from pbx.recording.capture import Capture
from pbx.recording.recorder import Recorder
from pbx.recording.room import Room
from pbx.regions.store import Regions
from pbx.seating.seats import telephones
from pbx.sms.outbox import Outbox
from pbx.supervision import Supervision
from pbx.tones import Tones
from pbx.traffic.quality import Quality
from pbx.voicemail.lamp import Lamp
from pbx.voicemail.voicemails import Voicemail

CHANGING = frozenset((*MenuSections.model_fields, *MessageSections.model_fields, "report_mails"))
"""What of the exchange's plan changes without a new exchange: voice menus, ways for messages, reports by e-mail."""


class Speech(Prompts, Protocol):
    """`tts.speaker.Speaker` by shape."""

    def telephone_chime(self) -> Path | None: ...


def _fixed(plan: Plan) -> tuple[object, ...]:
    return plan.site, plan.billing, plan.nursecall.places, plan.pbx.model_dump(exclude=set(CHANGING))


def spots(plan: Plan) -> dict[str, Spot]:
    """The wards' places that can be spoken to live, by id: those in the network, and telephones."""
    found = {}
    for place in plan.nursecall.places:
        if place.kind == "multicast":
            found[place.id] = Spot(place.id, str(place.address), place.port, place.interface or "")
        elif place.kind == "phone":
            found[place.id] = Spot(place.id, extension=place.extension or "")
    return found


class Telephone:
    """Asterisk's other half: the exchange, and 600 billing behind its number."""

    log = Logger()

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        database: Database,
        accounts: Accounts,
        prompts: Speech,
        trace: Trace,
        outbox: Outbox,
        notices: Notices,
        book: CallBook,
        floor: Floor,
        addresses: AddressBook,
        quality: Quality,
        *,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._settings, self._plan, self._database = settings, plan, database
        self._clock, self._tasks, self._book = clock, Tasks(), book
        self.tariffs = Tariffs(database, clock, calendar=plan.site.calendar)
        self.costs = Costs(plan, self.tariffs)
        self.regions = Regions(database, clock)
        records = Records(call_records(settings.asterisk))
        self.exchange = Exchange(
            plan.pbx,
            port=settings.exchange.ari_port,
            password=password(settings.asterisk),
            directory=settings.asterisk,
            records=records,
            here=here(plan, lambda schedule: self.outside.position(schedule), self.regions.carrier_of, quality.below),
            reactor=reactor,
            clock=clock,
            bus=bus,
            book=book,
            prompts=prompts,
            tones=Tones(settings.tones),
            cost=self.costs,
            language=plan.site.language,
        )
        self.cards = Cards(settings, plan.billing.card, database, accounts, reactor=reactor, clock=clock, bus=bus)
        self.tolls = TollGuard(
            plan.billing.guard,
            plan.site.country,
            plan.site.zone,
            database,
            accounts,
            self.exchange.dialer,
            clock,
            bus,
        )
        self.calling = Calling(
            database,
            accounts,
            self.tariffs,
            plan.billing,
            lambda: {trunk.id: trunk.tariff for trunk in plan.pbx.carriers()},
            plan.site.country,
            plan.site.area,
            plan.site.zone,
            self.exchange.dialer,
            prompts,
            clock,
            bus,
            language_of=self.exchange.language_of,
            barred=plan.pbx.outgoing.bars,
            credit=self.cards.credit,
            guard=self.tolls,
            may=self._may_pay,
        )
        self.exchange.numbers.register(plan.billing.access, self.calling.serve)
        payers = Payers(database, plan.site.zone, plan.site.language, clock, bus)
        self.ordinary = OrdinaryCalls(
            self.tolls,
            self.tariffs,
            plan.billing.tariff,
            plan.billing.lease_seconds,
            plan.site.zone,
            database,
            self.exchange.dialer,
            clock,
            bus,
        )
        self.exchange.outgoing.payer = Paying(self.calling.postpaid(payers), self.ordinary)
        self.outside = CallsFromOutside(
            settings, plan, self.exchange, prompts, book, database, clock, bus, addresses=addresses
        )
        self.faxes = Faxes(
            plan.pbx,
            self.exchange.board,
            self.exchange.callout,
            self.exchange.behalf,
            self.exchange.numbers.decide,
            Office(reactor),
            outbox,
            notices,
            book,
            database,
            clock,
            bus,
            language=plan.site.language,
            directory=settings.faxes,
            dialled=lambda number: dialled_at_an_extension(plan.pbx, self.exchange.numbers.here, number),
        )
        self.menus = VoiceMenus(
            settings,
            plan,
            self.exchange,
            trace,
            prompts,
            prompts.telephone_chime,
            {BALANCE: Balance(accounts, plan.billing, prompts, self.cards.credit), CALLS: self.calling.from_menu},
            queues=None,
            faxes=self.faxes.on_demand,
            position=self.outside.position,
            database=database,
            reactor=reactor,
            clock=clock,
            bus=bus,
        )
        numbers = frozenset(plan.pbx.numbers())
        self.supervision = Supervision(
            self.exchange.dialer, self.exchange.callout, self.exchange.board, numbers.__contains__, database, clock, bus
        )
        self.conferences = Conferences(
            plan.pbx,
            self.exchange.board,
            self.exchange.callout,
            self.exchange.behalf,
            prompts,
            database,
            clock,
            bus,
            language=plan.site.language,
            recordings=recordings(settings.asterisk),
            sounds=settings.tones,
        )
        self.outside.serve_menus(self.menus)
        self.outside.serve_rooms(self.conferences.receive)
        self.voicemail = Voicemail(
            plan.pbx,
            self.exchange.dialer,
            Lamp(self.exchange.board),
            prompts,
            outbox,
            notices,
            database,
            clock,
            bus,
            language=plan.site.language,
            zone=plan.site.zone,
            directory=settings.voicemail,
            recordings=recordings(settings.asterisk),
            tones=Tones(settings.tones),
        )
        self.outside.serve_mailboxes(self.voicemail.leave)
        self.outside.serve_faxes(self.faxes.receive)
        self.paging = LivePaging(
            plan.pbx.paging,
            spots(plan),
            floor,
            self.exchange.board,
            self.exchange.callout,
            prompts,
            Tones(settings.tones),
            database,
            clock,
            bus,
            language=plan.site.language,
        )
        self.features = Features(
            plan.pbx, self.exchange, prompts, Tones(settings.tones), database, clock, bus, plan.site.language
        )
        self.features.seats.changed = self._moved
        self.voicemail.telephone_of, self.voicemail.whose = self.features.seats.telephone_of, self.features.seats.whose
        reaching = self.outside.inbound.reaching
        reaching.house = self.features.desks.house
        self.exchange.leave = self.voicemail.leave
        serve = {
            **dict.fromkeys(self.conferences.numbers(), self.conferences.serve),
            **dict.fromkeys(self.voicemail.numbers(), self.voicemail.serve),
            **dict.fromkeys(self.paging.numbers(), self.paging.serve),
            **self.features.serves(),
            **dict.fromkeys(self.faxes.numbers(), self.faxes.serve),
        }
        for number, exact in plan.pbx.of_features():
            self.exchange.numbers.register(number, serve[number], needs="internal", exact=exact)
        self.exchange.whenever_found = self.voicemail.light_all

        self.room = Room(settings.recording_places, database, clock, bus)
        console = Console(socket(settings.asterisk), reactor, clock)
        wish, board = plan.pbx.recording, self.exchange.board
        capture = Capture(wish, console, board, settings.recording_places, prompts)
        self.recorder = Recorder(wish, capture, board, records, self.room, database, clock)
        self.exchange.dialer.began, self.exchange.dialer.parted = self.recorder.began, self.recorder.parted
        self.exchange.dialer.adopted = self.recorder.adopted
        self.conferences.taping.recorder = self.recorder
        self.exchange.swept = self.recorder.take_up

    def _may_pay(self, extension: str) -> bool:
        """Whether it has the right to dial 600."""
        try:
            return self.exchange.numbers.decide(extension, self._plan.billing.access).allowed
        except NoSuchExtension:
            return False

    def fits(self, plan: Plan) -> bool:
        """Whether nothing that this was built from differs in `plan`, but what `replan` can change."""
        return _fixed(self._plan) == _fixed(plan)

    def replan(self, plan: Plan) -> None:
        """Go by a plan that fits; calls, and callers in menus, go on as they are."""
        self._plan = plan
        self.menus.replan(plan)

    def start(self) -> None:
        """Get in touch; then settle or take up again what a life before left, as soon as the records are there."""
        self.menus.start()
        self.voicemail.start()
        self.features.start()
        self.faxes.start()
        self.exchange.start()
        lists = self.outside.lists
        self._tasks.start(self._tasks.until_done(lists.load, "reading who is blocked", self._clock), "the lists")
        self.room.start()
        self.cards.post.start()
        self._tasks.start(self._tasks.until_done(self._take_up, "taking up earlier calls", self._clock), "calls")

    async def renew(self) -> None:
        """Start with a plan that has changed under a running Asterisk: it reads its configuration. Raises Refused."""
        secrets = await Extensions(self._database).secrets(self._plan.pbx.numbers())
        write_exchange(self._settings, self._plan, secrets, await telephones(self._database))
        self.start()
        await read_at_last(self.exchange, self._clock)

    async def secrets_changed(self) -> None:
        """An extension has another secret: returns when Asterisk knows it, or cannot be asked now and will be later."""
        secrets = await Extensions(self._database).secrets(self._plan.pbx.numbers())
        write_secrets(self._settings, self._plan, secrets)
        try:
            await self.exchange.reload()
        except AriError:
            what = "having new secrets read"
            self._tasks.start(self._tasks.until_done(self._reread, what, self._clock), what)

    def certificate_changed(self) -> None:
        """The panel has another certificate: telephones are to see that one, too; talk goes on."""
        try:
            is_new = renew_certificate(self._settings, self._plan)
        except OSError:
            self.log.failure("telephones see the certificate before: the new one cannot be written")
            return
        if is_new:
            what = "having a new certificate read"
            self._tasks.start(self._tasks.until_done(self._reread, what, self._clock), what)

    def _moved(self, extensions: frozenset[str]) -> None:
        """Lamps follow people to their telephones, and so do calls while we are dead."""
        write_seats(self._settings, self._plan, {seat.number: seat.telephone for seat in self.features.seats.every()})
        self.features.lines_changed()
        what = "telling Asterisk who sits where"
        self._tasks.start(self._tasks.until_done(self._reread_seats, what, self._clock), what)
        for extension in extensions:
            self._tasks.start(self.voicemail.light(extension), "the lamps of who has moved")

    async def _reread_seats(self) -> None:
        await self.exchange.in_touch()
        await self.exchange.reload_dialplan()

    async def _reread(self) -> None:
        await self.exchange.in_touch()
        await self.exchange.reload()

    def stop(self) -> None:
        """Let go; talk goes on in Asterisk, held to its limits."""
        self._tasks.stop()
        self.room.stop()
        self.recorder.stop()
        self.calling.stop()
        self.ordinary.stop()
        self.cards.post.stop()
        self.conferences.stop()
        self.supervision.stop()
        self.voicemail.stop()
        self.features.stop()
        self.faxes.stop()
        self.menus.stop()
        self.exchange.stop()

    async def tables_changed(self) -> None:
        """Take up what was imported: tariffs, and whose numbers are whose."""
        await self.tariffs.load()
        await self.regions.load()

    async def _take_up(self) -> None:
        await self.tables_changed()
        await self.exchange.in_touch()
        await self.calling.recover()
        await self.tolls.start()
        await self._book.written()
        await self.ordinary.start()
        await self.conferences.adopt()
        await self.features.parking.adopt()
        await self.exchange.sweep()
