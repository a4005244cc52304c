"""Voice menus as they are built from one plan: what they reach, and the numbers by which they are reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp, Language
from appliance.plan import Plan
from appliance.settings import Settings
from pbx.causes import Cause
from pbx.engine.program import recordings
from pbx.exchange import Exchange
from pbx.http_client import HttpClient
from pbx.incoming import IncomingCall
from pbx.ivr.desks import HouseDesks
from pbx.ivr.engine import Menus
from pbx.ivr.likely import likely
from pbx.ivr.lookups import OutsideLookups
from pbx.ivr.messages import LeftMessages
from pbx.ivr.plan import Query
from pbx.ivr.ports import Faxes, Prompts, Queues, Service
from pbx.ivr.run import Around
from pbx.ivr.trace import Interrupted, Trace
from pbx.schedules import Position
from pbx.tones import Tones

A_BREATH = timedelta(milliseconds=250)


class VoiceMenus:
    """The flows of a plan behind their numbers. `replan` changes them while calls go on in those before."""

    log = Logger()

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        exchange: Exchange,
        trace: Trace,
        prompts: Prompts,
        chime: Callable[[], Path | None],
        services: Mapping[str, Service],
        queues: Queues | None,
        faxes: Faxes | None,
        position: Callable[[str], Position],
        *,
        database: Transactions,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._exchange, self._trace, self._tasks = exchange, trace, Tasks()
        self._clock = clock
        # Its zope.interface declarations are invisible to mypy.
        self._reactor: Any = reactor
        self._pool = ThreadPool(minthreads=0, maxthreads=4, name="look-ups")
        self.messages = LeftMessages(recordings(settings.asterisk), database, clock, bus)
        self._queries: dict[str, Query] = {}
        site = plan.site
        desks = HouseDesks(
            plan.pbx.numbers(), lambda *rung: exchange.rings(*rung), exchange.second_calls.for_house
        )  # fmt: skip
        self._around = Around(
            prompts=prompts, sounds=settings.prompts, chime=chime, beep=Tones(settings.tones).beep, desks=desks,
            lookups=OutsideLookups(self._query, self._client, self._off, clock), services=services, queues=queues,
            faxes=faxes, messages=self.messages, steps=trace, clock=clock, zone=site.zone, kind=site.calendar,
            position=position,
        )  # fmt: skip
        self.menus = Menus({}, {}, self._around)
        self._numbers: dict[str, str] = {}
        self._started = False
        self._preparing: Deferred[Any] | None = None
        exchange.before_sweep.append(self.take_up)
        self.replan(plan)

    def start(self) -> None:
        """Be ready to look things up; have what menus say made before somebody calls."""
        if not self._pool.started:
            self._pool.start()
        self._started = True
        self._prepare()

    def _prepare(self) -> None:
        if self._preparing is not None:
            self._preparing.cancel()
        self._preparing = self._tasks.start(self._say_all(likely(self._flows)), "making what menus say")

    async def _say_all(self, sentences: Sequence[tuple[str, Language]]) -> None:
        # One by one, with a pause: a nurse call that is spoken meanwhile must not wait behind them.
        for text, language in sentences:
            await self._around.prompts.prompt(text, language)
            await sleep(self._clock, A_BREATH)

    async def take_up(self) -> None:
        """Callers whom a life before left in a menu go on there, at the node where they were. Raises AriError."""
        board = self._exchange.board
        there = {found.id: found for found in await board.channels() if found.state == "Up"}
        talking = {member for members in (await board.bridges()).values() for member in members}
        for one in await self._interrupted():
            channel = there.get(one.channel)
            if channel is None or channel.id in talking or channel.id in board.legs:
                continue
            leg = board.leg(channel.id, channel.name)
            leg.up.set(self._clock.now())
            caller = IncomingCall(leg, one.caller, "", board, self._clock)
            caller.call = one.call
            self._trace.resumed(one.call)
            language: Language = "en" if one.language == "en" else "zh"
            going_on = self.menus.resume(caller, one.flow, one.node, language, one.variables)
            resumed = self._exchange.resume(caller, one.flow, one.since, going_on)
            self._tasks.start(resumed, f"call {one.call} in menu {one.flow}")

    async def _interrupted(self) -> list[Interrupted]:
        try:
            return await self._trace.interrupted()
        except CancelledError:
            raise
        except Exception:
            # Others must not be left waiting because these cannot be taken up.
            self.log.failure("whoever was in a menu is not known: the records cannot be read")
            return []

    def stop(self) -> None:
        """Look nothing up any more; a database that hangs is not waited for. Callers wait to be taken up again."""
        self.menus.stop()
        self._tasks.stop()
        if self._pool.started:
            self._reactor.callInThread(self._pool.stop)

    def replan(self, plan: Plan) -> None:
        """From now on callers come to the flows of `plan`."""
        self._flows = flows = plan.pbx.whole_flows()
        self._queries = {query.id: query for query in plan.pbx.queries}
        self.menus.replan(flows, {schedule.id: schedule for schedule in plan.pbx.schedules})
        for number in self._numbers:
            self._exchange.numbers.withdraw(number)
        self._numbers = {flow.number: flow.id for flow in flows.values() if flow.number}
        for number in self._numbers:
            self._exchange.numbers.register(number, self._dialled, needs="internal", exact=True)
        if self._started:
            self._prepare()

    async def _dialled(self, caller: IncomingCall) -> None:
        flow = self._numbers.get(caller.dialled)
        if flow is None:
            await caller.hang_up(Cause.UNALLOCATED)
            raise HungUp
        await self.menus.run(caller, flow)

    def _query(self, identity: str) -> Query | None:
        return self._queries.get(identity)

    def _client(self, timeout: timedelta, ca_file: str) -> HttpClient:
        return HttpClient(self._reactor, self._clock, timeout, ca_file)

    def _off(self, work: Callable[[], Any]) -> Deferred[Any]:
        return deferToThreadPool(self._reactor, self._pool, work)
