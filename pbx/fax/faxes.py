"""The faxes of the house: machines that call are served, what came is shown and told, what is old is deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.i18n import translate
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language, new_id
from pbx.decision import Decision
from pbx.fax.demand import OnDemand
from pbx.fax.documents import Documents
from pbx.fax.events import FaxNotReceived, FaxReceived
from pbx.fax.machine import Came, Machine
from pbx.fax.office import Unfit
from pbx.fax.ports import Pages
from pbx.fax.sending import Book, Lines, Outside, Sending
from pbx.fax.store import Fax, Store
from pbx.incoming import IncomingCall
from pbx.notices import Notice
from pbx.plan import PbxPlan
from pbx.plan_fax import FaxLine
from pbx.ports import Outbox, Post
from pbx.reason import Reason
from pbx.sms.trouble import Unsendable
from pbx.switchboard import Switchboard

LOOK = timedelta(hours=1)
SETTLED = timedelta(minutes=10)
"""A fax that has not grown for so long is over: a page takes two minutes at the slowest."""

NOTE = "A fax of {pages} pages from {caller} came to {name} ({number})."
SUBJECT = "Fax to {name} ({number}) from {caller}"
BODY = "A fax of {pages} pages from {caller} came to {name} ({number}). It is attached."
BROKEN = "It broke off before its end."
SOMEBODY = "a hidden number"
TAKEN, TAKEN_NOT = "A fax was received: {pages} pages.", "The fax was not received whole: {why}."


class Faxes:
    """store: what was sent and received. sending: what is on its way out. documents: what voice menus may fax, by
    `on_demand`.

    directory: where the files are. language: of what is told by mail and SMS. dialled: as `OnDemand` has it.
    """

    log = Logger()

    def __init__(
        self,
        plan: PbxPlan,
        board: Switchboard,
        lines: Lines,
        outside: Outside,
        decide: Callable[[str, str], Decision],
        pages: Pages,
        outbox: Outbox,
        post: Post,
        book: Book,
        database: Transactions,
        clock: Clock,
        bus: Bus,
        *,
        language: Language,
        directory: Path,
        dialled: Callable[[str], str] = lambda number: number,
    ) -> None:
        self._whole, self._plan = plan, plan.fax
        self._pages, self._outbox, self._post, self._book = pages, outbox, post, book
        self._clock, self._language = clock, language
        self.machine = Machine(plan.fax, board)
        self.store = Store(directory, database, clock, bus)
        self.sending = Sending(plan.fax, self.store, self.machine, pages, lines, outside, decide, book, clock)
        self.documents = Documents(directory / "documents", pages, database, clock, bus)
        self.on_demand = OnDemand(self.documents, self.store, self.sending, self.machine, book, dialled, clock)
        self._underway: set[Path] = set()
        self._tasks = Tasks()

    def numbers(self) -> tuple[str, ...]:
        """What is dialled for it."""
        return tuple(number for _, number in self._plan.served())

    def start(self) -> None:
        """Take in what came while we were not there, and from now on delete what is old."""
        self._tasks.start(self._tidy(), "tidying the faxes")
        self.sending.start()

    def stop(self) -> None:
        """A fax that is coming goes on; the next life takes it in."""
        self.sending.stop()
        self._tasks.stop()

    async def serve(self, caller: IncomingCall) -> None:
        """An extension has dialled a line's number. Raises HungUp."""
        await self.receive(caller, caller.dialled)

    async def receive(self, caller: IncomingCall, number: str) -> bool:
        """Take a fax from whoever calls; returns when they are gone. False where there is no such line.

        Raises HungUp.
        """
        line = self._plan.line(number)
        if line is None:
            return False
        who = "".join(sign for sign in caller.extension if sign.isdigit())
        # A next life reads whose it is from the name.
        file = self.store.directory / f"in_{number}_{who or 'hidden'}_{new_id()}.tif"
        self.store.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        await caller.answer()
        self._book.answered(caller.call, f"fax {number}", self._clock.now(), trunk="")
        self._underway.add(file)
        try:
            came = await self.machine.run(caller.leg, "receive", file)
            if came.whole:
                self._book.step(caller.call, Reason(TAKEN, {"pages": came.pages}))
            else:
                self._book.step(caller.call, Reason(TAKEN_NOT, {"why": came.why or "–"}))
            await self._take(file, line, who, came, self._clock.now())
        finally:
            self._underway.discard(file)
        return True

    async def _take(self, file: Path, line: FaxLine, who: str, came: Came, at: datetime) -> None:
        fax = Fax(new_id(), "in", line.number, who, "", "received" if came.whole else "partial", at, self._clock.now())
        try:
            count = await self._made(file, self.store.pdf(fax.id))
        except Unfit:
            why = came.why[:200] or "no page"
            file.unlink(missing_ok=True)
            self.log.info("no fax came to {line}: {why}", line=line.number, why=why)
            await self.store.note(FaxNotReceived(at=at, line=line.number, caller=who, why=why))
            return
        why = "" if came.whole else came.why[:200]
        fax = Fax(**{**vars(fax), "pages": count, "station": came.station, "mode": came.mode, "why": why})
        received = FaxReceived(
            at=at, fax=fax.id, line=line.number, caller=who, pages=count, mode=came.mode, whole=came.whole
        )
        await self.store.add(fax, received)
        file.unlink(missing_ok=True)
        await self._tell(line, fax)

    async def _made(self, file: Path, pdf: Path) -> int:
        if not file.exists() or not file.stat().st_size:
            raise Unfit
        file.chmod(0o600)
        return await self._pages.make("pdf", file, pdf)

    async def _tell(self, line: FaxLine, fax: Fax) -> None:
        """A notice that fails takes no fax away."""
        say, language = translate, self._language
        caller = fax.number or say(SOMEBODY, language)
        facts = {"pages": fax.pages, "caller": caller, "number": line.number, "name": line.name[language]}
        broken = "" if fax.state == "received" else "\n" + say(BROKEN, language)
        try:
            if line.sms:
                await self._outbox.accept(line.sms, say(NOTE, language, **facts) + broken, f"fax:{fax.id}")
            if line.mail and (server := self._server()):
                subject, body = say(SUBJECT, language, **facts), say(BODY, language, **facts) + broken
                pdf = str(self.store.pdf(fax.id))
                await self._post.accept([Notice(f"mail:{server}", subject, body, to, attached=pdf) for to in line.mail])
        except CancelledError:
            raise
        except Unsendable as why:
            self.log.warn("no short message about a fax: {why}", why=why)
        except Exception:
            self.log.failure("nobody was told of a fax to {number}", number=line.number)

    def _server(self) -> str | None:
        return self._plan.mail_by or next((row.id for row in self._whole.mail), None)

    async def _tidy(self) -> None:
        while True:
            try:
                await self._take_in()
                await self._forget_strays()
                for fax in await self.store.older(self._clock.now() - timedelta(days=self._plan.keep_days)):
                    await self.store.delete(fax, "retention")
            except CancelledError:
                raise
            except Exception:
                self.log.failure("the faxes could not be tidied; it is tried again")
            await sleep(self._clock, LOOK)

    async def _take_in(self) -> None:
        for file in sorted(self.store.directory.glob("in_*_*_*.tif")) if self.store.directory.is_dir() else []:
            at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            if file in self._underway or self._clock.now() - at < SETTLED:
                continue
            _, number, who, _ = file.stem.split("_", 3)
            if line := self._plan.line(number):
                # How it ended, nobody heard.
                unheard = Came(False, 0, "", "", "nobody heard how it ended")
                await self._take(file, line, "" if who == "hidden" else who, unheard, at)
            else:
                file.unlink(missing_ok=True)

    async def _forget_strays(self) -> None:
        """Pages without a row: we died between the two."""
        for file in self.store.directory.glob("*.*") if self.store.directory.is_dir() else []:
            settled = self._clock.now() - datetime.fromtimestamp(file.stat().st_mtime, UTC) >= SETTLED
            if settled and not file.name.startswith("in_") and await self.store.one(file.stem) is None:
                file.unlink(missing_ok=True)
