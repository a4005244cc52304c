"""All that telephones can do besides calling, as one plan describes it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.i18n import translate
from appliance.foundation.journal import Event
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp, Language
from pbx.callout import NotReached
from pbx.deciding import Serve
from pbx.exchange import Exchange
from pbx.features.console import Console
from pbx.features.desks import Desks
from pbx.features.events import LinesChanged
from pbx.features.in_call import InCall
from pbx.features.lines import Line, Talk, lines
from pbx.features.parking import PARKED, Parking
from pbx.features.picking_up import PickUp
from pbx.features.service import StarService
from pbx.features.speaking import Speaking
from pbx.features.wishes import WishBook
from pbx.plan import PbxPlan
from pbx.ports import Prompts
from pbx.seating.pins import SeatPins
from pbx.seating.reception import Reception
from pbx.seating.seats import Seats
from pbx.tones import Tones

AT_MOST = timedelta(milliseconds=200)
"""Between two times that screens are told of changes."""
RINGS, SHORT = timedelta(seconds=15), timedelta(minutes=1)


class Features:
    """desks: how everybody rings an extension. wishes: what each wants of its calls. parking: who is parked.

    console: what operators do at the panel. seats, seat_pins: whose number is at whose telephone, by which PIN.
    """

    def __init__(
        self,
        plan: PbxPlan,
        exchange: Exchange,
        prompts: Prompts,
        tones: Tones,
        database: Transactions,
        clock: Clock,
        bus: Bus,
        language: Language,
    ) -> None:
        self._plan, self._exchange, self._clock, self._bus = plan, exchange, clock, bus
        self._prompts, self._tones, self._language, self._database = prompts, tones, language, database
        self._tasks = Tasks()
        said, extensions = plan.features, frozenset(plan.numbers())
        speaking = Speaking(prompts, tones, self._language_of)
        self.wishes = WishBook(database, clock, bus)
        self.seats, self.seat_pins = Seats(plan, database, clock, bus), SeatPins(database, clock, bus)
        exchange.board.telephone_of, exchange.board.whose = self.seats.telephone_of, self.seats.whose
        self.desks = Desks(
            extensions, exchange.dialer, exchange.board, exchange.second_calls.forward, exchange.step, self.wishes.of,
            lambda caller, called: exchange.terms(caller, called), said.patience, clock,
        )  # fmt: skip
        self.parking = Parking(
            said.slots(), timedelta(minutes=said.parking.minutes), said.operator, exchange.board, exchange.dialer,
            self.desks, speaking, self._tell_slot, self._record, clock,
        )  # fmt: skip
        pick_up = PickUp(exchange.dialer.bells, self._group, speaking, self._record, clock)
        self._service = StarService(
            said, extensions, self._group, self.wishes, pick_up, self.parking, speaking, self.may_forward,
            Reception(plan, self.seats, self.seat_pins, speaking, clock),
        )  # fmt: skip
        self.in_call = InCall(said.keys, extensions, exchange, speaking, clock)
        exchange.dialer.talking = self.in_call.talk
        exchange.before_sweep.append(self.in_call.adopt)
        self.console = Console(exchange, self._record, clock)
        exchange.rings = self.desks.ring
        exchange.board.stirred = exchange.dialer.bells.changed = self.lines_changed
        self._told: Timer | None = None

    def serves(self) -> dict[str, Serve]:
        """What is dialled for it, and what serves that."""
        said = self._plan.features
        codes = dict.fromkeys(said.used().dialled(), self._service.serve)
        return {**codes, **dict.fromkeys(said.slots(), self.parking.fetch)}

    def lines(self) -> list[Line]:
        """How every extension is now."""
        exchange, dialer = self._exchange, self._exchange.dialer
        talks = [Talk(talk.caller.endpoint, talk.called.endpoint, talk.answered_at) for talk in dialer.talks()]
        # Asterisk itself carries calls to emergency numbers; no leg of theirs is ours.
        talks += [Talk(one.extension, one.number, one.at) for one in exchange.emergencies.recent() if not one.over]
        return lines(self._plan.numbers(), self._there(), talks, dialer.bells.ringing(), exchange.board.engaged)

    def _there(self) -> frozenset[str]:
        """The extensions whose telephone, wherever that is, is there."""
        registered = self._exchange.phones.registered()
        return registered | {seat.number for seat in self.seats.every() if seat.telephone in registered}

    def may_forward(self, extension: str, number: str) -> bool:
        """Whether calls of an extension may go to a number, as it is dialled there."""
        decision = self._exchange.numbers.decide(extension, number)
        # What the house serves may hold a PIN, and is nobody who could be called.
        return decision.kind in ("extension", "outside") and decision.allowed

    def start(self) -> None:
        """Learn what was wished before."""
        self._tasks.start(self._tasks.until_done(self.seats.load, "reading who sits where", self._clock), "the seats")
        self._tasks.start(
            self._tasks.until_done(self.wishes.load, "reading what extensions want", self._clock), "the wishes"
        )

    def stop(self) -> None:
        """Let go; who waits goes on to wait."""
        self._tasks.stop()
        self.seats.stop()
        self.parking.stop()
        self.console.stop()
        self.in_call.stop()
        if self._told is not None and self._told.active():
            self._told.cancel()

    def _group(self, extension: str) -> frozenset[str]:
        row = self._plan.group(extension)
        return self._plan.features.group_of(extension, row.each() if row else ())

    def _language_of(self, extension: str) -> Language:
        row = self._plan.group(extension)
        return (row.language if row else None) or self._language

    def lines_changed(self) -> None:
        """Screens are to show the lines anew, soon."""
        if self._told is None or not self._told.active():
            self._told = self._clock.later(AT_MOST, lambda: self._bus.publish(LinesChanged(at=self._clock.now())))

    async def _tell_slot(self, extension: str, slot: str) -> None:
        """The telephone answers by itself, shows the slot and says it."""
        language = self._language_of(extension)
        shown = translate(PARKED, language, digits=slot)
        sound = await self._prompts.prompt(translate(PARKED, language, digits=" ".join(slot)), language)
        with suppress(NotReached, HungUp):
            party = await self._exchange.callout.desk(extension, RINGS, SHORT, auto_answer=True, shown=shown)
            try:
                await party.play([sound or self._tones.comes()])
            finally:
                await party.hang_up()

    async def _record(self, event: Event) -> None:
        await self._database.transact(lambda connection: journal.append(connection, event))
        self._bus.publish(event)
