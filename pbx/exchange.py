"""The telephone exchange: it hands each call to whoever serves the number that was dialled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Ended, HungUp, Language
from pbx.ari.messages import Channel, Event, Referred
from pbx.ari.transport import Ari, AriError
from pbx.behalf import Behalf
from pbx.callout import Callout
from pbx.calls.book import CallBook
from pbx.calls.events import Direction
from pbx.causes import Cause
from pbx.deciding import Deciding
from pbx.decision import NoSuchExtension
from pbx.dialer import Dialer
from pbx.emergencies import Emergencies
from pbx.engine import dahdi
from pbx.engine.console import Console, socket
from pbx.engine.files import CARRIERS, USER
from pbx.engine.program import TESTED
from pbx.engine.records import Record, Records
from pbx.engine.rereading import ALL, DIALPLAN, Rereading
from pbx.extensions import Phones
from pbx.forwarding import Forwarding
from pbx.inbound.call import InboundCall
from pbx.incoming import IncomingCall
from pbx.leg import Leg
from pbx.lookout import Lookout, endpoints
from pbx.number_plan import Here
from pbx.outgoing import Outgoing
from pbx.pair import came_to
from pbx.plan import PbxPlan
from pbx.ports import Prompts
from pbx.reason import Reason
from pbx.recovery import Past
from pbx.registrars import Registrars
from pbx.routing import Cost, free_of_cost
from pbx.second_calls import SecondCalls
from pbx.sign_of_life import SignsOfLife
from pbx.switchboard import Switchboard
from pbx.taking_place import TakingPlace
from pbx.terms import FREE, Terms
from pbx.tones import Tones
from pbx.transfer import Entered, Transfers
from pbx.trunks import Trunks

Ring = Callable[[IncomingCall, str, timedelta | None], Awaitable[Ended]]
Leave = Callable[[IncomingCall, str, str], Awaitable[bool]]

HOST = "127.0.0.1"
PART = "exchange:asterisk"
SILENT = "Asterisk does not answer. Ward calls still work; telephones do not."
GOES_ON = "The box was started again meanwhile; the call goes on in the menu “{menu}”."
LONGEST_NAME = 32
_TOLD = {"busy": Cause.BUSY, "no-answer": Cause.NO_ANSWER, "loop": Cause.REJECTED}
_DIRECTIONS: Mapping[str, Direction] = {
    "extension": "internal",
    "service": "service",
    "branch": "out",
    "outside": "out",
    "emergency": "emergency",
}


async def _nothing() -> None:
    pass


async def _refuse(call: InboundCall) -> None:
    await call.hang_up(Cause.REJECTED)


async def _no_mailbox(caller: IncomingCall, extension: str, who: str) -> bool:
    return False


class Exchange:
    """The exchange as the house sees it.

    `board` is for the features of this package. `numbers` says what becomes of a number. `dialer` connects calls,
    `callout` rings people, `trunks` and `phones` say how the ends are; `behalf` rings numbers outside for extensions,
    `second_calls` connects on what grows from a call; `terms` says, of two extensions, on what terms the first may
    talk with the second.
    `rings` rings an extension for a caller, as long as is usual or as is said; `leave` lets a caller (the last: whom
    the owner hears named) leave a message for it, and says whether it has a mailbox. `inbound` serves calls that
    carriers bring. `before_sweep` take up calls of theirs that a life before, or a time out of touch, has left, and
    may raise AriError. `whenever_found` is run each time we are in touch again: what it tells Asterisk may have been
    forgotten. `swept` is told of each sweep.
    """

    log = Logger()

    def __init__(
        self,
        plan: PbxPlan,
        *,
        port: int,
        password: str,
        directory: Path,
        records: Records,
        here: Here,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
        book: CallBook,
        prompts: Prompts | None = None,
        tones: Tones | None = None,
        cost: Cost = free_of_cost,
        language: Language = "zh",
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._bus = bus
        self._records = records
        self._book = book
        self._born = clock.now()
        ari = Ari(TCP4ClientEndpoint(reactor, HOST, port, timeout=5), f"{HOST}:{port}", USER, password, clock)
        self.board = Switchboard(ari, records, clock)
        self._past = Past(self.board, records, clock)
        self.trunks = Trunks(plan.trunks, clock, bus, apart={branch.trunk for branch in plan.branches})
        here = replace(here, unjudged=self.trunks.is_unjudged)
        self.numbers = Deciding(plan, here, self.trunks.healthy, cost, clock)
        self.phones = Phones(plan.numbers())
        self.signs = SignsOfLife(self.board, clock)
        self.trunks.lines.given_up = self._given_up
        self._rereading = Rereading(ari, clock)
        self._registrars = Registrars(Console(socket(directory), reactor, clock), self.trunks, clock)
        self.dialer = Dialer(self.board, self.trunks, self.signs, self._past, clock, book, tones)
        self.callout = Callout(
            self.board, self.trunks, self.signs, clock, here.country, self.numbers.decide_for_house,
            self.dialer.introduce, self.dialer.bells,
        )  # fmt: skip
        self.dialer.routes = self.numbers.routes
        self.emergencies = Emergencies(plan.ways_to_emergency(), self.board, records, book, clock)
        self.terms: Callable[[str, str], Terms] = lambda caller, called: FREE
        self.rings: Ring = self._plainly
        self.leave: Leave = _no_mailbox
        self.outgoing = Outgoing(self.dialer, prompts, self.language_of)
        self.outgoing.step = self.step
        self.behalf = Behalf(
            self.board, self.callout, self.dialer, book, lambda *asked: self.outgoing.payer(*asked),
            self.numbers.decide_for_house, clock,
        )  # fmt: skip
        forwarding: Forwarding | None = None
        if prompts is not None and plan.features.accept:
            forwarding = Forwarding(self.behalf, self.dialer, book, prompts, self.language_of, clock)
        self.second_calls = SecondCalls(
            self.board, self.numbers, self.dialer, self.outgoing, forwarding, self.carry, book, clock
        )  # fmt: skip
        place = TakingPlace(self.numbers, self.callout, self.behalf, self.dials)
        self.transfers = Transfers(self.board, self.dialer, self.carry, self._entered, place.seat, book, clock)
        self._language = language
        self.swept: Callable[[], None] = lambda: None
        self.whenever_found: Callable[[], Coroutine[Any, Any, None]] = _nothing
        self.before_sweep: list[Callable[[], Awaitable[None]]] = []
        self.inbound: Callable[[InboundCall], Coroutine[Any, Any, None]] = _refuse
        self._callers: dict[str, IncomingCall] = {}
        self._swept = False
        self._excuse = SILENT
        self._tasks = Tasks()
        self._looks = Tasks()
        self._lookout = Lookout(self.board.ari, self.trunks, self.reload, clock)

    def start(self) -> None:
        """Get in touch. Calls that a life before left are let be until `sweep`."""
        self.board.arrived = self._arrived
        self.board.beat = self._beat
        self.board.found = self._found
        self.board.missed = self._missed
        self._tell(State.STARTING, "")
        self._records.set_aside()
        self.board.start()

    async def sweep(self) -> None:
        """Hang up what a life before left and nobody has taken up; from now on also after each time out of touch."""
        self._swept = True
        try:
            for take_up in self.before_sweep:
                await take_up()
            for call, pair in await self._past.unbilled(apart_from=self.dialer.under_way()):
                self._tasks.start(self.dialer.adopt(call, pair), f"call {call}")
            await self._receive_again()
            await self._past.sweep()
            await self.emergencies.take_up()
            await self._book.take_up(self._born, self._tell_end)
            self.swept()
        except AriError as why:
            self.log.info("the exchange was lost while sweeping, it will be done again: {why}", why=why)

    async def _receive_again(self) -> None:
        """Callers from outside whom a life before left ringing: they are still there, and are served from the start."""
        for found in await self.board.channels():
            if (
                found.context == CARRIERS
                and found.steered
                and found.state == "Ring"
                and found.id not in self.board.legs
            ):
                self._arrived(self.board.leg(found.id, found.name), found)

    async def in_touch(self) -> None:
        """Wait until the exchange answers and what it has is known."""
        await self.board.in_step()

    async def reload(self) -> None:
        """Let Asterisk read its changed configuration; calls go on. Raises AriError."""
        await self._rereading.read(*ALL)
        await self._registrars.reload()

    async def reload_dialplan(self) -> None:
        """Let Asterisk read only where extensions ring and what lamps follow; calls go on. Raises AriError."""
        await self._rereading.read(DIALPLAN)

    def recorded(self, call: str) -> list[Record]:
        """What Asterisk itself wrote down of a call's legs."""
        return self._records.of_call(call)

    def excuse(self, detail: str) -> None:
        """Why it is out of touch, a message id; said instead of the usual until it answers again."""
        self._excuse = detail
        self._tell(State.DOWN, detail)

    def stop(self) -> None:
        """Let go of the exchange. Calls go on in it, held to their limits."""
        self.board.stop()
        self.transfers.stop()
        self.emergencies.stop()
        self._registrars.stop()
        self.trunks.stop()
        self.dialer.stop()
        self.signs.stop()
        self._looks.stop()
        self._tasks.stop()

    def _arrived(self, leg: Leg, channel: Channel) -> None:
        if channel.context == CARRIERS:
            call = InboundCall(leg, channel, self.trunks.lines.of(channel) or "", self.board, self._clock)
            self.dialer.introduce(call.call, leg)
            self._tasks.start(self.inbound(call), f"call {call.call} from outside")
            return
        self._tasks.start(self._called_by(leg, channel.exten), f"a call by {channel.endpoint}")

    async def _called_by(self, leg: Leg, number: str) -> None:
        """A telephone calls: by the right, and under the name, of the extension that is at it."""
        if leg.endpoint != leg.telephone:
            await self.board.ari.attempt(
                "POST",
                f"channels/{leg.id}/variable",
                variable="CALLERID(all)",
                value=f"{leg.endpoint} <{leg.endpoint}>",
            )
        await self.dials(leg, leg.endpoint, number)

    async def dials(self, leg: Leg, extension: str, number: str) -> None:
        """Somebody is on the line who wants `number`, by the right of `extension`; returns when they are gone."""
        caller = IncomingCall(leg, extension, number, self.board, self._clock)
        self._book.began(caller.call, caller.extension, leg.id)
        self.dialer.introduce(caller.call, leg)
        self._callers[leg.id] = caller
        leg.gone.then(lambda _: self._callers.pop(leg.id, None))
        await self._serve(caller)

    async def _serve(self, caller: IncomingCall) -> None:
        cause: int | None = None
        try:
            cause = await self.carry(caller)
        except HungUp:
            pass
        except CancelledError:
            raise  # we are being stopped: talk goes on
        except Exception:
            self.log.failure("call {call} of {extension} failed", call=caller.call, extension=caller.extension)
            await caller.hang_up(Cause.TEMPORARY_FAILURE)
            # The exchange may be out of touch, and hear that later; or have taken the leg along.
            caller.leg.gone.then(lambda gone: self._book.ended(caller.call, came_to(None), gone.at))
            return
        await caller.hang_up(Cause.NORMAL if cause is None else cause)
        if not caller.goes_on:
            self._book.ended(caller.call, came_to(cause))

    async def carry(self, caller: IncomingCall) -> int | None:
        """Connect `caller` with what was dialled; the cause where that could not be. The leg stays. Raises HungUp."""
        try:
            decision = self.numbers.decide(caller.extension, caller.dialled)
        except NoSuchExtension:
            return Cause.REJECTED
        if direction := _DIRECTIONS.get(decision.kind):
            self._book.directed(caller.call, direction, decision.number)
        self._book.step(caller.call, *decision.why)
        if decision.kind == "emergency":
            self.emergencies.dialled(caller, decision.number)
        if decision.refusal is not None:
            facts = {"call": caller.call, "extension": caller.extension, "why": decision.refusal.message}
            self.log.info("call {call} of {extension} is refused: {why}", **facts)
            return await self.outgoing.refuse(caller, decision)
        if decision.kind == "extension":
            return await self._ring_desk(caller, decision.number)
        if decision.kind == "service":
            return await self._hand_over(caller, decision.number)
        return await self.outgoing.carry(caller, decision)

    async def resume(self, caller: IncomingCall, menu: str, since: datetime, on: Coroutine[Any, Any, None]) -> None:
        """Somebody whom a life before left in a menu goes on by `on`; returns when they are gone. since: they came."""
        self.dialer.introduce(caller.call, caller.leg)
        # Who calls from outside was answered by the menu; whoever dialled it has been told so by now.
        by = "" if self._plan.group(caller.extension) else f"menu {menu}"[:LONGEST_NAME]
        self._book.resumed(caller.call, Reason(GOES_ON, {"menu": menu}), by, since)
        await on
        if not caller.goes_on:
            gone = caller.leg.gone.value
            self._book.ended(caller.call, came_to(None), gone.at if gone else None)

    def step(self, call: str, *reasons: Reason) -> None:
        """What was decided of a call, for who asks later."""
        self._book.step(call, *reasons)

    async def _ring_desk(self, caller: IncomingCall, extension: str) -> int | None:
        ended = await self.rings(caller, extension, None)
        if ended.outcome in ("answered", "caller-left"):
            return None
        if caller.leg.alive and await self.leave(caller, extension, caller.extension):
            return None
        return _TOLD.get(ended.outcome, Cause.ABSENT)

    async def _plainly(self, caller: IncomingCall, extension: str, longest: timedelta | None) -> Ended:
        terms = self.terms(caller.extension, extension)
        return await self.dialer.ring(caller, extension, replace(terms, ring=longest or terms.ring))

    async def _hand_over(self, caller: IncomingCall, prefix: str) -> int | None:
        facts = {"call": caller.call, "extension": caller.extension, "prefix": prefix}
        self.log.info("call {call}: {extension} dials {prefix}…", **facts)
        await self.numbers.server(prefix)(caller)
        return None

    def _tell_end(self, identity: str, tell: Callable[[datetime | None], None]) -> None:
        """Tell when the caller's leg of a call that a life before left is gone; at once where it is."""
        if leg := self.board.legs.get(identity):
            leg.gone.then(lambda gone: tell(gone.at))
        else:
            tell(self._records.hung_up(identity))

    def language_of(self, extension: str) -> Language:
        """What is spoken at an extension: its group's language, or the site's."""
        group = self._plan.group(extension)
        return (group.language if group else None) or self._language

    def _entered(self, channel: str) -> Entered | None:
        """What that channel dialled of the house's own services, to be dialled for another; never a paid call's."""
        caller = self._callers.get(channel)
        if caller is None:
            return None
        decision = self.numbers.decide(caller.extension, caller.dialled)
        free = decision.kind == "service" and self.numbers.right(decision.number) != "billed"
        return Entered(caller.call, caller.dialled if free else "")

    def _beat(self, event: Event) -> None:
        if isinstance(event, Referred):
            self.transfers.hear(event)
        self.emergencies.hear(event)
        self.trunks.hear(event)
        self.phones.hear(event)

    def _found(self) -> None:
        self._excuse = SILENT
        detail = "Asterisk {version} runs."
        if not self.board.version.startswith(TESTED):
            detail = "Asterisk {version} runs; it was tested with {tested}x only."
        self._tell(State.UP, detail, version=self.board.version.partition("+")[0], tested=TESTED)
        self.trunks.in_touch()
        self._registrars.start()
        self._tasks.start(self._look_round(), "looking at the endpoints")
        self._looks.stop()
        self._looks.start(self._lookout.keep(), "looking at trunks that show no life")

    async def _look_round(self) -> None:
        self.trunks.lines.there(await self.board.channels(), self._clock.now())
        if dahdi.has_cards(self._plan.trunks):
            self.trunks.cards(await self.board.ari.attempt("GET", f"asterisk/modules/{dahdi.MODULES[0]}.so"))
        for name, online in (await endpoints(self.board.ari)).items():
            self.phones.seen(name, online=online)
            self.trunks.seen(name, online=online)
        if self._swept:
            await self.sweep()
        await self.whenever_found()

    def _given_up(self, channel: str) -> str:
        leg = self.board.legs.get(channel)
        return leg.given_up if leg else ""

    def _missed(self, why: str) -> None:
        self._tell(State.DOWN, self._excuse)
        self._registrars.stop()
        self._looks.stop()
        self.trunks.out_of_touch()
        self.phones.out_of_touch()
        self.log.warn("out of touch with the exchange: {why}", why=why)

    def _tell(self, state: State, detail: str, **facts: str) -> None:
        self._bus.publish(
            HealthChanged(at=self._clock.now(), part=PART, state=state, detail=detail, facts=tuple(facts.items()))
        )
