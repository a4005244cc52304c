"""The telephone exchange: it owns the number plan, and hands each call to whoever serves the number."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp
from pbx.ari.messages import Channel, Event
from pbx.ari.transport import Ari, AriError
from pbx.callout import Callout
from pbx.dialer import Dialer
from pbx.engine.files import USER
from pbx.engine.program import TESTED
from pbx.engine.records import Records
from pbx.extensions import Phones
from pbx.incoming import IncomingCall
from pbx.leg import Leg
from pbx.plan import PbxPlan
from pbx.recovery import Past
from pbx.switchboard import Switchboard
from pbx.terms import FREE, Terms
from pbx.trunks import Trunks

Serve = Callable[[IncomingCall], Coroutine[Any, Any, None]]

HOST = "127.0.0.1"
PART = "exchange:asterisk"
SILENT = "Asterisk does not answer. Ward calls still work; telephones do not."
# Q.850, as the phone is told them.
NO_SUCH_NUMBER, BUSY, NO_ANSWER, ABSENT, REJECTED, NORMAL = 1, 17, 19, 20, 21, 16
_TOLD = {"busy": BUSY, "no-answer": NO_ANSWER, "answered": NORMAL}


class Exchange:
    """The exchange as the house sees it.

    `dialer` connects calls, `callout` rings people, `trunks` and `phones` say how the ends are; `terms` says, of two
    extensions, on what terms the first may talk with the second.
    """

    log = Logger()

    def __init__(
        self,
        plan: PbxPlan,
        *,
        port: int,
        password: str,
        records: Records,
        country: str,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._bus = bus
        self._records = records
        ari = Ari(TCP4ClientEndpoint(reactor, HOST, port, timeout=5), f"{HOST}:{port}", USER, password, clock)
        self._board = Switchboard(ari, records, clock)
        self._past = Past(self._board, records, clock)
        self.trunks = Trunks(plan.trunks, clock, bus)
        self.phones = Phones(plan.numbers())
        self.dialer = Dialer(self._board, self.trunks, self._past, country)
        self.callout = Callout(self._board, self.trunks, clock, country, self.dialer.introduce)
        self.terms: Callable[[str, str], Terms] = lambda caller, called: FREE
        self._may_dial = {number: group.may_dial for group in plan.extensions for number in group.each()}
        self._served: dict[str, Serve] = {}
        self._swept = False
        self._excuse = SILENT
        self._tasks = Tasks()

    def register(self, prefix: str, serve: Serve) -> None:
        """Calls to numbers that begin with `prefix` go to `serve`, which is run as a task; the longest prefix wins."""
        self._served[prefix] = serve

    def start(self) -> None:
        """Get in touch. Calls that a life before left are let be until `sweep`."""
        self._board.arrived = self._arrived
        self._board.beat = self._beat
        self._board.found = self._found
        self._board.missed = self._missed
        self._tell(State.STARTING, "")
        self._records.set_aside()
        self._board.start()

    async def sweep(self) -> None:
        """Hang up what a life before left and nobody has taken up; from now on also after each time out of touch."""
        self._swept = True
        try:
            for call, pair in await self._past.desks(apart_from=self.dialer.under_way()):
                self._tasks.start(self.dialer.until_over(call, pair), f"call {call}")
            await self._past.sweep()
        except AriError as why:
            self.log.info("the exchange was lost while sweeping, it will be done again: {why}", why=why)

    async def in_touch(self) -> None:
        """Wait until the exchange answers and what it has is known."""
        await self._board.in_step()

    async def reload(self) -> None:
        """Let Asterisk read its changed configuration; calls go on. Raises AriError."""
        for module in ("res_pjsip.so", "pbx_config.so"):
            await self._board.ari.request("PUT", f"asterisk/modules/{module}")

    def excuse(self, detail: str) -> None:
        """Why it is out of touch, a message id; said instead of the usual until it answers again."""
        self._excuse = detail
        self._tell(State.DOWN, detail)

    def stop(self) -> None:
        """Let go of the exchange. Calls go on in it, held to their limits."""
        self._board.stop()
        self.trunks.stop()
        self._tasks.stop()

    def _arrived(self, leg: Leg, channel: Channel) -> None:
        caller = IncomingCall(leg, channel, self._board, self._clock)
        self.dialer.introduce(caller.call, leg)
        self._tasks.start(self._serve(caller), f"call {caller.call}")

    async def _serve(self, caller: IncomingCall) -> None:
        number = caller.dialled
        try:
            if caller.extension not in self._may_dial:
                await caller.hang_up(REJECTED)
            elif number in self._may_dial:
                await self._ring_desk(caller)
            elif prefix := self._prefix(number):
                await self._hand_over(caller, prefix)
            else:
                self.log.info("{extension} dialled a number nobody serves", extension=caller.extension)
                await caller.hang_up(NO_SUCH_NUMBER)
        except HungUp:
            pass

    async def _ring_desk(self, caller: IncomingCall) -> None:
        if "internal" not in self._may_dial[caller.extension] or caller.dialled == caller.extension:
            await caller.hang_up(REJECTED)
            return
        terms = self.terms(caller.extension, caller.dialled)
        ended = await self.dialer.ring(caller, caller.dialled, terms)
        await caller.hang_up(_TOLD.get(ended.outcome, ABSENT))

    async def _hand_over(self, caller: IncomingCall, prefix: str) -> None:
        if "billed" not in self._may_dial[caller.extension]:
            await caller.hang_up(REJECTED)
            return
        facts = {"call": caller.call, "extension": caller.extension, "prefix": prefix}
        self.log.info("call {call}: {extension} dials {prefix}…", **facts)
        try:
            await self._served[prefix](caller)
        finally:
            await caller.hang_up()

    def _prefix(self, number: str) -> str | None:
        return max((prefix for prefix in self._served if number.startswith(prefix)), key=len, default=None)

    def _beat(self, event: Event) -> None:
        self.trunks.hear(event)
        self.phones.hear(event)

    def _found(self) -> None:
        self._excuse = SILENT
        detail = "Asterisk {version} runs."
        if not self._board.version.startswith(TESTED):
            detail = "Asterisk {version} runs; it was tested with {tested}x only."
        self._tell(State.UP, detail, version=self._board.version.partition("+")[0], tested=TESTED)
        self.trunks.in_touch()
        self._tasks.start(self._look_round(), "looking at the endpoints")

    async def _look_round(self) -> None:
        for found in await self._board.ari.request("GET", "endpoints/PJSIP"):
            online = found["state"] == "online"
            self.phones.seen(found["resource"], online=online)
            self.trunks.seen(found["resource"], online=online)
        if self._swept:
            await self.sweep()

    def _missed(self, why: str) -> None:
        self._tell(State.DOWN, self._excuse)
        self.trunks.out_of_touch()
        self.phones.out_of_touch()
        self.log.warn("out of touch with the exchange: {why}", why=why)

    def _tell(self, state: State, detail: str, **facts: str) -> None:
        self._bus.publish(
            HealthChanged(at=self._clock.now(), part=PART, state=state, detail=detail, facts=tuple(facts.items()))
        )
