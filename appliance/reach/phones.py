"""Steps by telephone: one person after another is rung and told, until one of them accepts by key."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.i18n import translate
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp
from appliance.plan import Plan
from appliance.reach.conversation import Conversation
from appliance.reach.ports import Mail, Party, Prompts, Telephones, Wards, found, waits
from appliance.reach.talks import Talks
from appliance.reach.words import Words
from billing.numbers import NotANumber, e164
from nursecall import voice_call
from nursecall.calls import OpenCall
from nursecall.events import CallAcknowledged, CallAttended, CallEnded, CallEscalated, CallEvent, CallTalkBegan, Outcome
from nursecall.voice_call import OVER, TAKEN, Answer
from pbx.callout import NotReached
from pbx.leg import Latch

LONGEST = timedelta(minutes=5)
"""Of telling somebody; Asterisk ends it then, whatever becomes of us. Speech with the bed has a limit of its own."""

USUAL_RING = 25
UNANSWERED = ("no-answer", "busy")


@dataclass(eq=False)
class _Attempt:
    """Somebody who is being told. noted: what became of it is known. speaking: with the bed; nobody interrupts that.

    why: what they hear where it is cut short.
    """

    step: CallEscalated
    who: str
    number: str
    task: Deferred[Outcome | None] | None = None
    accepted: bool = False
    noted: bool = False
    speaking: bool = False
    cut: bool = False
    why: str = ""
    done: Latch[bool] = field(default_factory=Latch)

    def cut_short(self, why: str = "") -> None:
        """Hang up, after saying `why` to whoever is on the line."""
        if self.task is not None and not self.cut and not self.speaking:
            self.cut, self.why = True, why
            self.task.cancel()


class Phones:
    """Carries out steps by desk and mobile. lines: returns the exchange's way to ring people now."""

    log = Logger()

    def __init__(
        self,
        plan: Callable[[], Plan],
        wards: Wards,
        lines: Callable[[], Telephones],
        talks: Talks,
        prompts: Prompts,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._plan, self._wards, self._lines, self._talks = plan, wards, lines, talks
        self._prompts, self._clock = prompts, clock
        self._words = Words(plan)
        self._attempts: list[_Attempt] = []
        self._tasks = Tasks()
        bus.subscribe(CallEvent, self._befell)

    async def carry(self, step: CallEscalated, text: str) -> None:
        """Ring those of `step` in turn, as long as nobody has answered the call."""
        for who, number in step.to:
            # Somebody who is still being told by the step before is not rung twice at once.
            for other in [one for one in self._attempts if (one.step.call, one.number) == (step.call, number)]:
                await other.done.wait()
            call = found(self._wards, step.call)
            if call is None or not waits(call):
                return
            await self._tell(_Attempt(step, who, number), call)

    def lines_changed(self) -> None:
        """The exchange was set up anew: what went on over it has failed; speech goes on in it without us."""
        for attempt in list(self._attempts):
            attempt.speaking = False
            attempt.cut_short()

    def stop(self) -> None:
        """Ring nobody any more; speech goes on in the exchange, held to its limit."""
        for attempt in list(self._attempts):
            if attempt.task is not None:
                attempt.task.cancel()

    async def _tell(self, attempt: _Attempt, call: OpenCall) -> None:
        self._attempts.append(attempt)
        attempt.task = Deferred.fromCoroutine(self._ring(attempt, call))
        try:
            outcome = await attempt.task
        finally:
            self._attempts.remove(attempt)
            attempt.done.set(True)
        if outcome is not None and not attempt.noted:
            await self._note(attempt, outcome)

    async def _ring(self, attempt: _Attempt, call: OpenCall) -> Outcome | None:
        """What became of it; None where somebody else answered meanwhile."""
        party: Party | None = None
        try:
            party = await self._reach(attempt, call)
            await self._converse(attempt, call, party)
        except NotReached as why:
            self.log.info("{who} was not reached for call {call}: {why}", who=attempt.who, call=call.id, why=why)
            return "no-answer" if why.outcome in UNANSWERED else "failed"
        except CancelledError:
            if not attempt.cut:
                raise  # we are being stopped
            await self._last_words(attempt, call, party)
            return None if attempt.why else "failed"
        except HungUp:
            pass
        finally:
            if party is not None and not attempt.speaking:
                await party.hang_up()
        return "no-answer"

    async def _reach(self, attempt: _Attempt, call: OpenCall) -> Party:
        plan, number, language = self._plan(), attempt.number, self._words.language(call.ward)
        ring = timedelta(seconds=ring_seconds(plan, attempt.step))
        # Rendered while it rings, so that nobody answers to silence.
        said = self._words.by_telephone(call, self._clock.now())
        self._tasks.start(self._prompts.prompt(said, language), "rendering a call")
        if number in plan.pbx.numbers():
            return await self._lines().desk(number, ring, LONGEST, shown=self._words.shown(call))
        try:
            outside = e164(number, plan.site.country, plan.site.area)
        except NotANumber as why:
            raise NotReached("unreachable") from why
        return await self._lines().outside(outside, ring, LONGEST, urgent=True)

    async def _converse(self, attempt: _Attempt, call: OpenCall, party: Party) -> None:
        async def note(answer: Answer) -> None:
            attempt.accepted = answer == "accepted"
            await self._note(attempt, answer)

        async def connect() -> bool:
            attempt.speaking = True
            spoken = await self._talks.connect(party, call, self._name(attempt), attempt.number)
            attempt.speaking = False
            return spoken

        language = self._words.language(call.ward)
        said = self._words.by_telephone(call, self._clock.now())
        talk = voice_call.talk(said, language, speaks=self._talks.phone(call.ward, call.bed) is not None)
        await Conversation(party, self._prompts, language, note, connect).hold(talk)

    async def _note(self, attempt: _Attempt, outcome: Outcome) -> None:
        attempt.noted = True
        step, now = attempt.step, self._clock.now()
        await self._wards.step_result(step.call, step.serial, attempt.number, self._name(attempt), outcome, now)

    def _name(self, attempt: _Attempt) -> str:
        ward = attempt.step.ward
        return self._words.desk(ward, attempt.number) if attempt.who == ward else attempt.who

    async def _last_words(self, attempt: _Attempt, call: OpenCall, party: Party | None) -> None:
        if party is None or not attempt.why:
            return
        language = self._words.language(call.ward)
        sound = await self._prompts.prompt(translate(attempt.why, language), language)
        with suppress(HungUp):
            await party.play([sound] if sound else [])

    def _befell(self, event: CallEvent) -> None:
        for attempt in [one for one in self._attempts if one.step.call == event.call]:
            match event:
                case CallEnded():
                    attempt.cut_short(OVER)
                case CallAcknowledged() | CallAttended() | CallTalkBegan() if not attempt.accepted:
                    attempt.cut_short(TAKEN)


class Supervisor:
    """Steps by supervisor: a short message first, so that whoever cannot answer the telephone knows why it rang."""

    log = Logger()

    def __init__(self, mail: Mail, phones: Phones) -> None:
        self._mail, self._phones = mail, phones

    async def carry(self, step: CallEscalated, text: str) -> None:
        """Write to all, then ring them in turn."""
        for who, mobile in step.to:
            try:
                await self._mail.accept(mobile, text, about=step.call)
            except Exception as why:
                self.log.warn("no message can be sent to {who}: {why}", who=who, why=why)
        await self._phones.carry(step, text)


def ring_seconds(plan: Plan, step: CallEscalated) -> int:
    """How long each telephone of that step rings."""
    tree = plan.nursecall.escalation(step.tree)
    steps = tree.all_steps() if tree else ()
    return steps[step.index - 1].ring if step.index <= len(steps) else USUAL_RING
