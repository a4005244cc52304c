"""Reports that go out by e-mail when a day, a week or a month is over: each once, however often we are killed.

A report is made as a file, and then, in one transaction, the letters that carry it and the note that it was dealt with
are written. From there on the mail server's queue (`pbx.notices`) sees the letters out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import translate
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language
from appliance.mailings.due import Edition, latest, missed
from appliance.mailings.events import ReportMailed, ReportNotMade
from appliance.plan import Plan
from appliance.reporting import ReportFailed
from pbx.events import NoticeFailed, NoticeSent
from pbx.mailings import FAILED, HANDED, PASSED, Mailing, attached, keep, latest_day, recent
from pbx.notices import Notice
from pbx.plan_report_mails import ReportMail, ReportName
from pbx.sms.trouble import told

EVERY = timedelta(minutes=1)
AGAIN = timedelta(minutes=10)
TRIES = 6
NAMES: dict[ReportName, str] = {
    "cash": "Cash report", "unpaid": "Unpaid", "top-accounts": "Top accounts", "bills": "Monthly bills",
    "lockouts": "PIN lock-outs", "margin": "Revenue and margin", "ledger": "General ledger",
    "analysis": "Nurse call analysis",
}  # fmt: skip
NONE_YET = "None was sent yet."
SENT = "{report} of {last} was sent."
WAITS = "{report} of {last} waits to be sent: {why}"
NOT_MADE = "{report} of {last} could not be made: {why}"
NOT_SENT = "{report} of {last} could not be sent to {to}: {why}"


class Reports(Protocol):
    """`appliance.reporting.Reports`."""

    async def by_name(self, report: str, first: date, last: date, kind: str, language: Language) -> bytes:
        """A report of these days. Raises ReportFailed."""
        ...


class Notices(Protocol):
    """`pbx.notices.Notices`."""

    async def accept(
        self, letters: Sequence[Notice], also: Callable[[sa.Connection], object] = lambda connection: None
    ) -> None:
        """Take them, and write `also`, both or neither."""
        ...


@dataclass
class _Attempt:
    """How often a report could not be made, why last, and when it is tried again."""

    tries: int
    why: str
    again: datetime


class ReportMails:
    """All of them. keep: the directory of files that wait to go out."""

    log = Logger()

    def __init__(
        self, plan: Callable[[], Plan], reports: Reports, notices: Notices, keep: Path, database: Transactions,
        clock: Clock, bus: Bus,
    ) -> None:  # fmt: skip
        self._plan, self._reports, self._notices, self._keep = plan, reports, notices, keep
        self._database, self._clock, self._bus = database, clock, bus
        self._attempts: dict[tuple[str, date], _Attempt] = {}
        self._told: dict[str, tuple[State, str, tuple[tuple[str, str], ...]]] = {}
        self._tasks = Tasks()
        bus.subscribe(NoticeSent, self._befell)
        bus.subscribe(NoticeFailed, self._befell)

    def start(self) -> None:
        """Send what is due, now and from now on."""
        self._tasks.start(self._watch(), "sending reports by e-mail")

    def stop(self) -> None:
        """Send none any more."""
        self._tasks.stop()

    def replan(self) -> None:
        """Another plan is in force."""
        self._told.clear()
        self._tasks.start(self._tell(), "telling how reports by e-mail are")

    async def look(self) -> None:
        """Send what is due now."""
        for mail in self._plan().pbx.report_mails:
            try:
                await self._see_to(mail)
            except CancelledError:
                raise
            except Exception:
                self.log.failure("report {mail} waits for the records", mail=mail.id)
        await self._tell()

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
            except CancelledError:
                raise
            except Exception:
                self.log.failure("reports by e-mail wait for the records")
            await sleep(self._clock, EVERY)

    async def _see_to(self, mail: ReportMail) -> None:
        now, zone = self._clock.now(), self._plan().site.zone
        since = await self._database.transact(lambda connection: latest_day(connection, mail.id))
        if since is None:
            # What was over before somebody asked for it is not sent.
            return await self._note(mail, latest(mail, now, zone), PASSED)
        for edition in missed(mail, since, now, zone):
            attempt = self._attempts.get((mail.id, edition.last))
            if attempt is not None and now < attempt.again:
                return None
            if not await self._send(mail, edition):
                return None
        return None

    async def _send(self, mail: ReportMail, edition: Edition) -> bool:
        """Whether it was dealt with."""
        key = mail.id, edition.last
        try:
            made = await self._reports.by_name(mail.report, edition.first, edition.last, mail.file, mail.language)
            file = await self._kept(mail, edition, made)
        except (ReportFailed, OSError) as why:
            tries = self._attempts[key].tries + 1 if key in self._attempts else 1
            self._attempts[key] = _Attempt(tries, str(why), self._clock.now() + AGAIN)
            self.log.warn("report {mail} was not made: {why}", mail=mail.id, why=why)
            if tries < TRIES:
                return False
            await self._note(mail, edition, FAILED, str(why))
        else:
            await self._hand_over(mail, edition, file)
        self._attempts.pop(key, None)
        return True

    async def _kept(self, mail: ReportMail, edition: Edition, made: bytes) -> Path:
        """The file, until the letters are gone; those whose letters are gone are removed."""
        waiting = await self._database.transact(attached)
        self._keep.mkdir(parents=True, exist_ok=True)
        for old in self._keep.iterdir():
            if str(old) not in waiting:
                old.unlink()
        file = self._keep / f"{mail.id}-{edition.first}-{edition.last}.{mail.file}"
        file.write_bytes(made)
        return file

    async def _hand_over(self, mail: ReportMail, edition: Edition, file: Path) -> None:
        plan, at = self._plan(), self._clock.now()
        name, days = translate(NAMES[mail.report], mail.language), _days(edition)
        subject = f"[{plan.site.name[mail.language]}] {name} {days}"
        body = translate("{report} of {days} is attached.", mail.language, report=name, days=days) + "\n"
        server = mail.by or plan.pbx.mail[0].id
        named = f"{mail.report}-{edition.first}-{edition.last}.{mail.file}"
        letters = [
            Notice(f"mail:{server}", subject, body, to, _letter(mail, edition, to), attached=str(file), named=named)
            for to in mail.to
        ]  # fmt: skip
        made = Mailing(mail.id, mail.report, edition.first, edition.last, HANDED, at, "")
        event = ReportMailed(
            at=at, mail=mail.id, report=mail.report, first=str(edition.first), last=str(edition.last), to=mail.to
        )  # fmt: skip

        def also(connection: sa.Connection) -> None:
            keep(connection, made, [letter.id for letter in letters])
            journal.append(connection, event)

        await self._notices.accept(letters, also)
        self._bus.publish(event)

    async def _note(self, mail: ReportMail, edition: Edition, state: str, why: str = "") -> None:
        at, days = self._clock.now(), (str(edition.first), str(edition.last))
        made = Mailing(mail.id, mail.report, edition.first, edition.last, state, at, why)
        event = ReportNotMade(at=at, mail=mail.id, report=mail.report, first=days[0], last=days[1], why=why)

        def write(connection: sa.Connection) -> None:
            keep(connection, made)
            if state == FAILED:
                journal.append(connection, event)

        await self._database.transact(write)
        if state == FAILED:
            self._bus.publish(event)

    def _befell(self, notice: NoticeSent | NoticeFailed) -> None:
        if self._plan().pbx.report_mails:
            self._tasks.start(self._tell(), "telling how reports by e-mail are")

    async def _tell(self) -> None:
        for mail in self._plan().pbx.report_mails:
            word = await self._word(mail)
            if self._told.get(mail.id) != word:
                self._told[mail.id] = word
                state, said, facts = word
                part, at = f"report:{mail.id}", self._clock.now()
                self._bus.publish(HealthChanged(at=at, part=part, state=state, detail=said, facts=facts))

    async def _word(self, mail: ReportMail) -> tuple[State, str, tuple[tuple[str, str], ...]]:
        language = self._plan().site.language
        report = ("report", translate(NAMES[mail.report], language))
        trying = next((key for key in self._attempts if key[0] == mail.id), None)
        if trying is not None:
            return State.DEGRADED, NOT_MADE, (report, ("last", str(trying[1])), ("why", self._attempts[trying].why))
        last = next(iter(await self._database.transact(lambda connection: recent(connection, 1, mail.id))), None)
        if last is None:
            return State.UP, NONE_YET, ()
        facts = (report, ("last", str(last.last)))
        to, why = last.fault
        if last.state == FAILED:
            return State.DEGRADED, NOT_MADE, (*facts, ("why", why))
        if to:
            return State.DEGRADED, NOT_SENT, (*facts, ("to", to), ("why", told(why, language)))
        waits = next((one for one in last.letters if one.state == "waiting" and one.why), None)
        if waits is not None:
            return State.DEGRADED, WAITS, (*facts, ("why", told(waits.why, language)))
        return State.UP, SENT, facts


def _days(edition: Edition) -> str:
    return str(edition.first) if edition.first == edition.last else f"{edition.first} – {edition.last}"


def _letter(mail: ReportMail, edition: Edition, to: str) -> str:
    """The same for the same letter, so that the records refuse a second."""
    return hashlib.sha256(f"{mail.id} {edition.last} {to}".encode()).hexdigest()[:32]
