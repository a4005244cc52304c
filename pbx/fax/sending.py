"""Faxes on their way out: one after another, over the lines that the sender's right allows, tried again as planned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import durable
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp, Language, new_id
from pbx.callout import NotReached
from pbx.calls.events import Direction
from pbx.decision import Decision, NoSuchExtension
from pbx.fax.events import FaxAccepted, FaxFailed, FaxSent
from pbx.fax.machine import LONGEST, Came, Machine
from pbx.fax.office import Unfit
from pbx.fax.ports import Pages
from pbx.fax.store import Fax, Store
from pbx.party import Party
from pbx.plan_fax import FaxPlan
from pbx.reason import Reason

RING = timedelta(seconds=60)
SENT_TO = ("outside", "branch", "extension")
NO_PDF = "This is no PDF that can be faxed. It may have at most 100 pages."
NOT_THERE = "There is no extension {number}."
NOT_TO = "Only extensions and numbers outside can be sent a fax."
STOPPED = "cut off by a restart"
IS_A_FAX = "A fax, sent from the panel by {by}: try {times}."
WAS_ASKED_FOR = "A fax, asked for in the voice menu {menu}: try {times}."
MENU = "menu "
"""Begins the name of who sends a fax that was asked for in a voice menu."""
WENT, WENT_NOT = "The fax was sent: {pages} pages.", "The fax was not sent: {why}."
WHY: Mapping[str, str] = {
    "busy": "line busy",
    "no-answer": "no answer",
    "congestion": "no line free",
    "unreachable": "not reached",
    "no-such-number": "no such number",
    "refused": "refused",
}


class NotAccepted(Exception):
    """It is not sent; `text` says why."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why.message)
        self.why = why

    def text(self, language: Language) -> str:
        """One sentence."""
        return self.why.text(language)


Tell = Callable[[Reason], object]


class Lines(Protocol):
    """`pbx.callout.Callout`."""

    async def desk(self, extension: str, ring: timedelta, longest: timedelta, /, *, part_of: str) -> Party:
        """Ring an extension. Raises NotReached."""
        ...


class Outside(Protocol):
    """`pbx.behalf.Behalf`."""

    async def ring(
        self,
        call: str,
        extension: str,
        decision: Decision,
        ring: timedelta,
        longest: timedelta,
        /,
        *,
        tell: Callable[[Reason], object],
    ) -> Party:
        """Ring a number outside, which `extension` answers for. Raises NotReached."""
        ...


class Book(Protocol):
    """`pbx.calls.book.CallBook`: each try is a call of the extension by whose right it is made."""

    def began(self, call: str, caller: str, leg: str, /) -> None: ...
    def directed(self, call: str, direction: Direction, called: str, /) -> None: ...
    def step(self, call: str, /, *reasons: Reason) -> None: ...
    def answered(self, call: str, by: str, at: datetime, /, *, trunk: str) -> None: ...
    def ended(self, call: str, outcome: str, /) -> None: ...


class Sending:
    """decide: what becomes of a number at an extension now; raises NoSuchExtension."""

    log = Logger()

    def __init__(
        self,
        plan: FaxPlan,
        store: Store,
        machine: Machine,
        pages: Pages,
        lines: Lines,
        outside: Outside,
        decide: Callable[[str, str], Decision],
        book: Book,
        clock: Clock,
    ) -> None:
        self._plan, self._store, self._machine, self._pages = plan, store, machine, pages
        self._lines, self._outside = lines, outside
        self._decide, self._book, self._clock = decide, book, clock
        self._busy = False
        self._timer: Timer | None = None
        self._tasks = Tasks()

    def start(self) -> None:
        """Go on with what a life before left."""
        self._tasks.start(self._begin(), "going on with faxes")

    def stop(self) -> None:
        """Cut what is being sent; it is sent again by the next life."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._tasks.stop()

    async def accept(self, extension: str, number: str, pdf: bytes, by: str) -> Fax:
        """Take a PDF that is to be sent. Raises NotAccepted: then nothing of it is kept."""
        self._decided(extension, number)
        identity = new_id()
        self._store.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._store.pdf(identity)
        durable.write(file, pdf)
        try:
            await self._pages.make("tiff", file, self._store.tiff(identity))
            durable.sync(self._store.tiff(identity))
        except Unfit as why:
            file.unlink()
            raise NotAccepted(Reason(NO_PDF)) from why
        return await self._accepted(identity, extension, number, by)

    async def accept_made(self, extension: str, number: str, pdf: Path, tiff: Path, by: str) -> Fax:
        """Take what has been made fit before; it is copied. Raises NotAccepted: then nothing of it is kept."""
        self._decided(extension, number)
        identity = new_id()
        self._store.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for source, target in ((pdf, self._store.pdf(identity)), (tiff, self._store.tiff(identity))):
            durable.write(target, source.read_bytes())
        return await self._accepted(identity, extension, number, by)

    async def _accepted(self, identity: str, extension: str, number: str, by: str) -> Fax:
        now = self._clock.now()
        fax = Fax(identity, "out", extension, number, by, "waiting", now, next_try_at=now)
        await self._store.add(fax, FaxAccepted(at=now, fax=identity, extension=extension, number=number, by=by))
        self._wake()
        return fax

    def _decided(self, extension: str, number: str) -> Decision:
        try:
            decision = self._decide(extension, number)
        except NoSuchExtension as why:
            raise NotAccepted(Reason(NOT_THERE, {"number": extension[:12]})) from why
        if decision.kind not in SENT_TO and decision.allowed:
            raise NotAccepted(Reason(NOT_TO))
        # Without a line now there may be one later.
        if decision.refusal is not None and not decision.allowed:
            raise NotAccepted(decision.refusal)
        return decision

    async def _begin(self) -> None:
        for fax in await self._store.sending():
            await self._not_sent(fax, Came(False, 0, "", "", STOPPED))
        self._wake()

    def _wake(self) -> None:
        if not self._busy:
            self._busy = True
            self._tasks.start(self._work(), "sending faxes")

    async def _work(self) -> None:
        try:
            while fax := await self._store.due(self._clock.now()):
                await self._send(fax)
            self._busy = False
            if (at := await self._store.next_due()) is not None:
                pause = max(at - self._clock.now(), timedelta(seconds=1))
                if self._timer is not None and self._timer.active():
                    self._timer.cancel()
                self._timer = self._clock.later(pause, self._wake)
        finally:
            self._busy = False

    async def _send(self, fax: Fax) -> None:
        fax = await self._store.change(fax, state="sending", tries=fax.tries + 1)
        try:
            came = await self._tried(fax)
        except CancelledError:
            raise
        except NotAccepted as why:
            # The plan has changed since.
            failed = FaxFailed(at=self._clock.now(), fax=fax.id, pages=0, why=str(why)[:200])
            await self._store.change(fax, failed, state="failed", ended_at=failed.at, why=failed.why, next_try_at=None)
            return
        except NotReached as why:
            came = Came(False, 0, "", "", WHY.get(why.outcome, "not reached"))
            if why.outcome == "no-such-number":
                fax = replace(fax, tries=self._plan.tries)
        except HungUp:
            came = Came(False, 0, "", "", "hung up")
        except Exception:
            self.log.failure("fax {fax} could not be tried", fax=fax.id)
            came = Came(False, 0, "", "", "not reached")
        if not came.whole:
            await self._not_sent(fax, came)
            return
        sent = FaxSent(at=self._clock.now(), fax=fax.id, pages=came.pages, mode=came.mode)
        await self._store.change(
            fax, sent, state="sent", ended_at=sent.at, pages=came.pages, station=came.station, mode=came.mode, why="",
            next_try_at=None,
        )  # fmt: skip

    async def _tried(self, fax: Fax) -> Came:
        decision, call = self._decided(fax.line, fax.number), new_id()
        self._book.began(call, fax.line, "")
        self._book.directed(call, "internal" if decision.kind == "extension" else "out", decision.number)
        said = Reason(IS_A_FAX, {"by": fax.by, "times": fax.tries})
        if fax.by.startswith(MENU):
            said = Reason(WAS_ASKED_FOR, {"menu": fax.by.removeprefix(MENU), "times": fax.tries})
        self._book.step(call, said, *decision.why)
        try:
            came = await self._over(fax, decision, call)
        except (NotReached, HungUp) as why:
            self._book.ended(call, why.outcome if isinstance(why, NotReached) else "unreachable")
            raise
        said = Reason(WENT, {"pages": came.pages}) if came.whole else Reason(WENT_NOT, {"why": came.why or "–"})
        self._book.step(call, said)
        self._book.ended(call, "unreachable")
        return came

    async def _over(self, fax: Fax, decision: Decision, call: str) -> Came:
        longest = min(LONGEST, decision.limit or LONGEST)
        party = await self._reached(fax, decision, longest, call)
        self._book.answered(call, party.trunk or decision.number, self._clock.now(), trunk=party.trunk)
        try:
            return await self._machine.run(party.leg, "send", self._store.tiff(fax.id), longest)
        finally:
            await party.hang_up()

    async def _reached(self, fax: Fax, decision: Decision, longest: timedelta, call: str) -> Party:
        if decision.kind == "extension":
            return await self._lines.desk(decision.number, RING, longest, part_of=call)
        tell = partial(self._book.step, call)
        return await self._outside.ring(call, fax.line, decision, RING, longest, tell=tell)

    async def _not_sent(self, fax: Fax, came: Came) -> None:
        now, why = self._clock.now(), came.why[:200] or "not reached"
        told: dict[str, Any] = {"pages": came.pages, "station": came.station, "mode": came.mode, "why": why}
        self.log.info("fax {fax} was not sent: {why}", fax=fax.id, why=why)
        if fax.tries < self._plan.tries:
            again = now + timedelta(minutes=self._plan.again_minutes)
            await self._store.change(fax, state="waiting", next_try_at=again, **told)
            return
        failed = FaxFailed(at=now, fax=fax.id, pages=came.pages, why=why)
        await self._store.change(fax, failed, state="failed", ended_at=now, next_try_at=None, **told)
