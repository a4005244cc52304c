"""Calls that an extension sends on to a number outside: who answers there must take them by a key.

A mobile's own voicemail answers too, and would swallow the call: nobody else would be tried, and the house's own
mailbox would never be offered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from appliance.foundation.clock import Clock
from appliance.foundation.i18n import translate
from appliance.foundation.values import HungUp, Language
from pbx.accepting import accepts
from pbx.behalf import Behalf
from pbx.callout import NotReached
from pbx.calls.book import CallBook
from pbx.causes import Cause
from pbx.decision import Decision
from pbx.dialer import Dialer
from pbx.incoming import IncomingCall
from pbx.party import Party
from pbx.ports import Prompts
from pbx.race import first_of
from pbx.terms import RING, Terms

LONGEST = timedelta(hours=4)
"""Asterisk ends it then, whatever becomes of us."""
FROM = "A call from {caller}."
_TOLD = {
    "busy": Cause.BUSY,
    "no-answer": Cause.NO_ANSWER,
    "no-such-number": Cause.UNALLOCATED,
    "refused": Cause.REJECTED,
}


async def asked(said: str, party: Party, prompts: Prompts, language: Language) -> None:
    """Whether who answered takes the call. Raises NotReached where they do not; hangs up then, also when cancelled."""
    accepted = False
    try:
        accepted = await accepts(said, party, prompts, language) == "accepted"
    except HungUp:
        pass
    finally:
        if not accepted:
            await party.hang_up()
    if not accepted:
        raise NotReached("no-answer")


def spelled(number: str) -> str:
    """A number is read digit by digit, not as a quantity."""
    return " ".join(number) if number.isdigit() else number


@dataclass(frozen=True)
class Forwarding:
    """language: of an extension."""

    lines: Behalf
    dialer: Dialer
    book: CallBook
    prompts: Prompts
    language: Callable[[str], Language]
    clock: Clock

    async def carry(self, caller: IncomingCall, decision: Decision, who: str) -> int | None:
        """Connect `caller` with whom the decision reaches, once they take it; the cause where nobody does.

        who: calls, as it is said to them. Raises HungUp.
        """
        language = self.language(caller.extension)

        async def way() -> Party:
            party = await self.lines.ring(
                caller.call, caller.extension, decision, RING, LONGEST,
                tell=lambda why: self.book.step(caller.call, why),
            )  # fmt: skip
            await asked(translate(FROM, language, caller=spelled(who)), party, self.prompts, language)
            return party

        await caller.ring()
        try:
            reached = await first_of([way], caller.leg)
        finally:
            await caller.ring_no_more()
        if reached.party is None:
            return _TOLD.get(reached.outcome, Cause.ABSENT) if caller.leg.alive else None
        try:
            await caller.answer()
        except HungUp:
            await reached.party.hang_up()
            raise
        trunk = reached.party.trunk
        self.book.answered(caller.call, trunk, self.clock.now(), trunk=trunk)
        await self.dialer.join(caller, reached.party.leg, Terms(limit=decision.limit, warning=decision.warning))
        return None
