"""Serves every call from outside: decides by the plan's rules, takes the steps in turn, and writes down what became."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.i18n import Text, translate
from appliance.foundation.values import HungUp, Language
from pbx import decision as outgoing
from pbx.accepting import sounds_of
from pbx.ari.transport import AriError
from pbx.behalf import Behalf
from pbx.callout import Callout
from pbx.calls.book import CallBook
from pbx.causes import Cause
from pbx.dialer import Dialer
from pbx.inbound.call import InboundCall
from pbx.inbound.reaching import Reaching, Wanted
from pbx.inbound.ringing import RingBack
from pbx.inbound.rules import Arrival, Decision, Known, caller_shown, decide
from pbx.inbound.words import told
from pbx.party import Party
from pbx.plan import PbxPlan
from pbx.plan_inbound import Announce, Forward, Refuse, Ring, Rule, Served, Step
from pbx.ports import Prompts
from pbx.race import Reached
from pbx.reason import Reason

Outcome = Literal["answered", "refused", "busy", "no-answer", "caller-left"]
"""As `pbx.calls.events.CallEnded` has them; a menu, a mailbox and an announcement answer too."""

Serve = Callable[[InboundCall, str], Awaitable[bool]]
"""Serves a call by a name of its own; False where it cannot, so that the next step is taken. Raises HungUp."""

_CAUSES = {"busy": Cause.BUSY, "no-such-number": Cause.UNALLOCATED, "refused": Cause.REJECTED}
_TOLD = {"busy": Cause.BUSY, "no-answer": Cause.NO_ANSWER, "refused": Cause.REJECTED}
LONGEST_NAME = 32
SORRY = "Nobody can take your call now. Please call again later."
BUSY_THERE, NOBODY_THERE = "It is busy there: on to the next step.", "Nobody takes it: on to the next step."
_OVER: tuple[Outcome, ...] = ("answered", "refused", "caller-left")


class Site(Protocol):
    """The hospital; `appliance.plan.Site`."""

    @property
    def name(self) -> Text: ...
    @property
    def language(self) -> Language: ...
    @property
    def country(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def zone(self) -> ZoneInfo: ...


class Inbound:
    """reaching: rings telephones. known: what rules ask besides the plan, at this moment.

    ring_back: the sound of that name, None for none. decide_outside: as `Reaching` has it.
    """

    log = Logger()

    def __init__(
        self,
        plan: PbxPlan,
        site: Site,
        lines: Callout,
        behalf: Behalf,
        dialer: Dialer,
        book: CallBook,
        known: Callable[[], Known],
        prompts: Prompts,
        ring_back: Callable[[str], Path | None],
        decide_outside: Callable[[str, str], outgoing.Decision],
        clock: Clock,
    ) -> None:
        self._plan, self._site, self._dialer, self._book = plan, site, dialer, book
        self._known, self._prompts, self._ring_back, self._clock = known, prompts, ring_back, clock
        self.reaching = Reaching(
            plan, lines, behalf, prompts, lambda language: site.name[language], decide_outside, book.step
        )
        self._served: dict[str, Serve] = {}

    def register(self, kind: str, serve: Serve) -> None:
        """Steps that `do` this, `menu`, `mailbox` or `queue`, are served by `serve(call, name)`."""
        self._served[kind] = serve

    def decide(self, arrival: Arrival, at: datetime) -> Decision:
        """What becomes of a call at a moment; what `serve` goes by."""
        return decide(self._plan, arrival, at.astimezone(self._site.zone), self._known())

    async def serve(self, call: InboundCall) -> None:
        """The whole call."""
        arrival = await call.arrival()
        decision = self.decide(arrival, self._clock.now())
        self._book.began(call.call, decision.caller, call.leg.id, trunk=arrival.trunk)
        self._book.directed(call.call, "in", decision.called)
        self._book.step(call.call, *decision.why)
        outcome: Outcome = "caller-left"
        try:
            outcome = await self._carry(call, decision, arrival)
        except HungUp:
            if call.leg.up.value is not None:
                outcome = "answered"
        except CancelledError:
            raise  # we are being stopped: talk goes on
        except Exception:
            self.log.failure("call {call} from outside failed", call=call.call)
            await call.hang_up(Cause.NO_ANSWER)
        if call.goes_on:
            return
        gone = call.leg.gone.value
        self._book.ended(call.call, outcome, gone.at if gone else None)

    async def _carry(self, call: InboundCall, decision: Decision, arrival: Arrival) -> Outcome:
        rule, said = decision.rule, self._plan.inbound
        speak = said.speak_caller if rule is None or rule.speak_caller is None else rule.speak_caller
        language = self._site.language if rule is None or rule.language is None else rule.language
        shown = caller_shown(decision) or arrival.name
        # For whoever rings for them later: a menu, an extension that sends them on, who takes them up again.
        call.leg.shown = decision.contact.name if decision.contact else arrival.name
        wanted = Wanted(call, shown, decision.caller, speak, language)
        outcome: Outcome = "refused" if decision.blocked or not decision.steps else "no-answer"
        for step in decision.steps:
            self._book.step(call.call, told(step))
            outcome = await self._take(step, wanted, rule)
            if outcome in _OVER:
                break
            self._book.step(call.call, Reason(BUSY_THERE if outcome == "busy" else NOBODY_THERE))
        if outcome in ("busy", "no-answer") and call.leg.up.value is not None:
            # Answered for a sound, or by a feature that could not serve: a tone of ours would not be told from a fault.
            await call.play(await sounds_of([translate(SORRY, language)], self._prompts, language))
        await call.hang_up(_TOLD.get(outcome, Cause.NORMAL))
        return outcome

    async def _take(self, step: Step, wanted: Wanted, rule: Rule | None) -> Outcome:
        call = wanted.call
        match step:
            case Ring() | Forward():
                return await self._reach(step, wanted, rule)
            case Announce(text=text):
                await call.answer()
                self._answered(call, step.do)
                await call.play(await sounds_of([text[wanted.language]], self._prompts, wanted.language))
                return "answered"
            case Refuse(cause=cause):
                await call.hang_up(_CAUSES[cause])
                return "refused"
            case Served(do=kind, name=name) if kind in self._served:
                if not await self._served[kind](call, name):
                    return "no-answer"
                self._answered(call, f"{kind} {name}")
                return "answered"
            case _:
                self.log.warn("nothing here serves a {kind}: the next step is taken", kind=step.do)
                return "no-answer"

    async def _reach(self, step: Ring | Forward, wanted: Wanted, rule: Rule | None) -> Outcome:
        said = self._plan.inbound
        name = rule.ring_back if rule is not None and rule.ring_back else said.ring_back
        ringing = RingBack(wanted.call, self._ring_back(name) if name else None, answered=said.ring_back_answered)
        await ringing.start()
        try:
            if isinstance(step, Ring):
                reached = await self.reaching.ring(wanted, step)
            else:
                reached = await self.reaching.forward(wanted, step)
            if reached.party is not None:
                await self._told(wanted, reached)
        finally:
            ringing.stop()
        if reached.party is not None:
            await self._join(wanted.call, reached.party)
            return "answered"
        if not wanted.call.leg.alive:
            return "caller-left"
        return "busy" if reached.outcome == "busy" else "no-answer"

    async def _told(self, wanted: Wanted, reached: Reached) -> None:
        party = reached.party
        assert party is not None
        try:
            await self.reaching.tell(wanted, party)
        except HungUp:
            reached.party = None
        except CancelledError:
            await party.hang_up()
            raise

    async def _join(self, call: InboundCall, party: Party) -> None:
        try:
            await call.answer()
        except HungUp:
            await party.hang_up()
            raise
        self._answered(call, party.extension)
        try:
            await self._dialer.join(call, party.leg)
        except (AriError, KeyError) as why:
            # The caller left at that moment, or the exchange was lost: then both are held to their limits.
            self.log.info("call {call} could not be joined: {why}", call=call.call, why=why)
            await party.hang_up()

    def _answered(self, call: InboundCall, by: str) -> None:
        self._book.answered(call.call, by[:LONGEST_NAME], call.leg.up.value or self._clock.now())
