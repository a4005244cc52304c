"""Rings the house's own and outside telephones for a caller, until one of them takes the call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from twisted.logger import Logger

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.accepting import sounds_of
from pbx.behalf import Behalf
from pbx.callout import Callout, NotReached
from pbx.decision import Decision
from pbx.features.following import AS_IT_COMES, Found, House, Try, search
from pbx.forwarding import FROM, asked, spelled
from pbx.inbound.call import InboundCall
from pbx.party import Party
from pbx.plan import PbxPlan
from pbx.plan_inbound import Forward, Ring
from pbx.ports import Prompts
from pbx.race import Reached, Way, first_of

FORWARDED = "A call for {site} from {caller}."
NOBODY = "unknown"


@dataclass(frozen=True)
class Wanted:
    """A caller who is to be connected. shown: the name or number, empty for none. speak: who answers hears it."""

    call: InboundCall
    shown: str
    number: str
    speak: bool
    language: Language


class Reaching:
    """site: the hospital's name, said to who is rung outside.

    house: what extensions want done with their calls. decide: what becomes of a number outside that an extension
    wants its calls to go to, by its right; empty: that the plan names. Raises NoSuchExtension. step: told why.
    """

    log = Logger()

    def __init__(
        self,
        plan: PbxPlan,
        lines: Callout,
        behalf: Behalf,
        prompts: Prompts,
        site: Callable[[Language], str],
        decide: Callable[[str, str], Decision],
        step: Callable[..., None],
    ) -> None:
        self._plan, self._lines, self._prompts, self._site = plan, lines, prompts, site
        self._behalf = behalf
        self._decide, self._step = decide, step
        self._longest = timedelta(minutes=plan.inbound.longest_minutes)
        self._extensions = frozenset(plan.numbers())
        self.house = House(lambda _: AS_IT_COMES, self._extensions.__contains__, lambda _: False, self._longest)

    async def ring(self, wanted: Wanted, step: Ring) -> Reached:
        """Extensions, together or in turn."""
        seconds = timedelta(seconds=step.seconds)

        def one(extension: str) -> Way:
            return lambda: self._desk(wanted, extension, seconds)

        if step.how == "together":
            return await first_of([one(extension) for extension in step.extensions], wanted.call.leg)
        return await self._in_turn(wanted, [one(extension) for extension in step.extensions])

    async def forward(self, wanted: Wanted, step: Forward) -> Reached:
        """呼叫前转: numbers inside or outside in turn; outside, who answers must accept by key."""

        def one(number: str) -> Way:
            return lambda: self._number(wanted, number, step)

        return await self._in_turn(wanted, [one(number) for number in step.numbers])

    async def tell(self, wanted: Wanted, party: Party) -> None:
        """来电语音导播: who took the call hears who calls, before they are joined. Raises HungUp."""
        if wanted.speak:
            said = translate(FROM, wanted.language, caller=self._caller(wanted))
            await party.play(await sounds_of([said], self._prompts, wanted.language))

    async def _in_turn(self, wanted: Wanted, ways: Sequence[Way]) -> Reached:
        reached = Reached()
        for way in ways:
            reached = await first_of([way], wanted.call.leg)
            if reached.party is not None or not wanted.call.leg.alive:
                break
        return reached

    async def _desk(self, wanted: Wanted, extension: str, seconds: timedelta) -> Party:
        """An extension, or where its calls are to go."""
        trying = search(extension, self.house)
        try:
            step = next(trying)
            while True:
                try:
                    return await self._try(wanted, step, seconds)
                except NotReached as why:
                    step = trying.send(why.outcome)
        except StopIteration as over:
            found: Found = over.value
        raise NotReached("unreachable" if found.loop else found.outcome)

    async def _try(self, wanted: Wanted, step: Try, seconds: timedelta) -> Party:
        ring, part_of = min(step.ring or seconds, seconds), wanted.call.call
        if not step.outside:
            return await self._lines.desk(
                step.number, ring, self._longest, shown=wanted.shown, number=wanted.number, part_of=part_of
            )
        return await self._outside(wanted, step.by, step.number, seconds, accept=self._plan.features.accept)

    async def _number(self, wanted: Wanted, number: str, step: Forward) -> Party:
        seconds = timedelta(seconds=step.seconds)
        if number in self._extensions:
            return await self._desk(wanted, number, seconds)
        return await self._outside(wanted, "", number, seconds, accept=step.accept)

    async def _outside(self, wanted: Wanted, by: str, number: str, seconds: timedelta, *, accept: bool) -> Party:
        call = wanted.call.call
        decision = self._decide(by, number)
        self._step(call, *decision.why)
        if decision.kind != "outside":
            raise NotReached("unreachable")
        party = await self._behalf.grown(
            call, wanted.call.leg.id, by or wanted.call.extension, decision, seconds, self._longest,
            counts_for=by or wanted.call.counts_for, tell=lambda reason: self._step(call, reason),
        )  # fmt: skip
        if accept:
            site, language = self._site(wanted.language), wanted.language
            said = translate(FORWARDED, language, site=site, caller=self._caller(wanted))
            await asked(said, party, self._prompts, language)
        return party

    def _caller(self, wanted: Wanted) -> str:
        shown = wanted.shown or translate(NOBODY, wanted.language)
        return spelled(shown)
