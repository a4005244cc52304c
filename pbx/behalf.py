"""Numbers outside that are rung for an extension that does not dial them: forwards, follow-me, guests, faxes.

Each is admitted, paid and on record as if the extension had dialled it: by nothing else is a forwarded number dearer to
the house. Whoever must be reached whatever it costs is rung by `Callout.outside` instead, which asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from appliance.foundation.clock import Clock
from appliance.foundation.values import Ended, new_id
from pbx.callout import Callout, NotReached
from pbx.calls.book import CallBook
from pbx.decision import Decision
from pbx.dialer import Dialer
from pbx.paid import Paid, Payer
from pbx.party import Party
from pbx.reason import Reason
from pbx.switchboard import Switchboard

Tell = Callable[[Reason], object]


class Behalf:
    """payer: says who pays, as for what an extension dials. decide: what becomes of a number that the house calls."""

    def __init__(
        self,
        board: Switchboard,
        lines: Callout,
        dialer: Dialer,
        book: CallBook,
        payer: Payer,
        decide: Callable[[str], Decision],
        clock: Clock,
    ) -> None:
        self._board, self._lines, self._dialer, self._book = board, lines, dialer, book
        self._payer, self._decide, self._clock = payer, decide, clock

    async def ring(
        self,
        call: str,
        extension: str,
        decision: Decision,
        ring: timedelta,
        longest: timedelta,
        *,
        part_of: str = "",
        tell: Tell = lambda reason: None,
    ) -> Party:
        """Ring what a decision says, as `call`, which is on record and ends there. Raises NotReached.

        part_of: the call that it is to be connected with, if that is another. tell: told of lines in vain, and why
        it may not be called.
        """
        part_of, longest = part_of or call, min(longest, decision.limit or longest)
        return await self._dialer.rung.answered(
            call, self._rung(call, extension, decision, ring, longest, part_of, tell)
        )

    async def grown(
        self,
        grown_from: str,
        leg: str,
        extension: str,
        decision: Decision,
        ring: timedelta,
        longest: timedelta,
        *,
        counts_for: str = "",
        tell: Tell = lambda reason: None,
    ) -> Party:
        """The same as a call of its own on record, that grew from another. leg: of who is to be connected.

        counts_for: who pays and is watched, if not `extension`.
        """
        call = new_id()
        self._book.began(call, extension, leg, grown_from=grown_from)
        self._book.directed(call, "out", decision.number)
        self._book.step(call, *decision.why)

        def told(reason: Reason) -> None:
            self._book.step(call, reason)
            tell(reason)

        try:
            whose = counts_for or extension
            party = await self.ring(call, whose, decision, ring, longest, part_of=grown_from, tell=told)
        except NotReached as why:
            self._book.ended(call, why.outcome)
            raise
        except BaseException:
            if not self._board.stopped:
                self._book.ended(call, "caller-left")
            raise
        self._book.answered(call, party.trunk, self._up(party), trunk=party.trunk)
        party.leg.gone.then(lambda gone: self._book.ended(call, "answered", gone.at))
        return party

    async def for_house(self, whose: str, number: str, ring: timedelta, longest: timedelta) -> Party:
        """Ring E.164 `number` by the house's right. whose: the number of the house that asks. Raises NotReached."""
        return await self.grown("", "", whose, self._decide(f"+{number}"), ring, longest)

    async def _rung(
        self,
        call: str,
        extension: str,
        decision: Decision,
        ring: timedelta,
        longest: timedelta,
        part_of: str,
        tell: Tell,
    ) -> Party:
        if decision.kind != "outside" or not decision.routes:
            return await self._lines.by(decision, ring, longest, part_of=part_of, tell=tell)
        paid = await self._payer(call, extension, decision.number, decision.routes[0].trunk, longest)
        if isinstance(paid, Reason):
            tell(paid)
            raise NotReached("refused")
        if paid is None:
            return await self._lines.by(decision, ring, longest, part_of=part_of, tell=tell)
        return await self._paid(call, paid, decision, ring, longest, part_of, tell)

    async def _paid(
        self, call: str, paid: Paid, decision: Decision, ring: timedelta, longest: timedelta, part_of: str, tell: Tell
    ) -> Party:
        billed = paid.limit is not None
        try:
            party = await self._lines.by(
                decision, ring, min(longest, paid.limit or longest),
                part_of=part_of, billed=call if billed else "", over_line=paid.over_line, tell=tell,
            )  # fmt: skip
        except NotReached as why:
            paid.over(Ended(why.outcome))
            raise
        except BaseException:
            # Where we are being stopped, the next start settles it.
            if not self._board.stopped:
                paid.over(None)
            raise
        at = self._up(party)
        since = self._board.since(at)
        party.leg.gone.then(lambda gone: paid.over(Ended("answered", at, since.moment(gone.at))))
        self._dialer.answers_for(call, party.leg, paid.limit)
        try:
            await paid.answered(at)
        except BaseException:
            await party.hang_up()
            raise
        return party

    def _up(self, party: Party) -> datetime:
        return party.leg.up.value or self._clock.now()
