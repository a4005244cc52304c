"""Reports by e-mail: each period once, over deaths and plans; what fails is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.config import Faulty, parse
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.values import Language
from appliance.mailings.desk import TRIES, ReportMails
from appliance.mailings.due import MADE_UP_FOR, latest, missed
from appliance.plan import Plan
from appliance.reporting import ReportFailed
from pbx.mailings import recent
from pbx.notices import NotCarried, Notice, Notices
from pbx.plan_report_mails import ReportMail
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase

SHANGHAI = ZoneInfo("Asia/Shanghai")
PLAN = """
[site]
name = { zh = "医院", en = "Hospital" }
[nursecall]
[[pbx.mail]]
id = "it"
host = "127.0.0.1"
security = "none"
sender = "box@hospital.example"
to = ["it@hospital.example"]
[[pbx.report_mails]]
id = "money"
report = "cash"
to = ["money@hospital.example", "head@hospital.example"]
language = "en"
"""


class Press:
    """Makes reports, unless `fault` says why not."""

    def __init__(self) -> None:
        self.fault = ""
        self.asked: list[tuple[str, str, str, str]] = []

    async def by_name(self, report: str, first: date, last: date, kind: str, language: Language) -> bytes:
        self.asked.append((report, str(first), str(last), kind))
        if self.fault:
            raise ReportFailed(self.fault)
        return f"%PDF {report} {last}".encode()


class Server:
    """A mail server; `refuses` an address."""

    channel = "mail:it"

    def __init__(self) -> None:
        self.refuses = ""
        self.mails: list[tuple[str, str, str, bytes]] = []

    async def carry(self, notice: Notice) -> None:
        if notice.to == self.refuses:
            raise NotCarried("the mail server refused the mail (550)", hopeless=True)
        self.mails.append((notice.to, notice.subject, notice.named, Path(notice.attached).read_bytes()))


class Box:
    """A box that can be killed. Monday, 2 March, nine in the morning."""

    def __init__(self, directory: Path, plan: str = PLAN) -> None:
        self.directory, self.plan = directory, parse(plan, Plan)
        self.database, self.clock = InlineDatabase(), FakeClock()
        self.press, self.server = Press(), Server()
        self.health: list[HealthChanged] = []
        self.begin()

    def begin(self) -> None:
        """Start it."""
        bus = Bus()
        bus.subscribe(HealthChanged, self.health.append)
        self.notices = Notices(self.database, self.clock, bus)
        self.desk = ReportMails(
            lambda: self.plan, self.press, self.notices, self.directory, self.database, self.clock, bus
        )
        self.notices.start([self.server])
        self.desk.start()

    def kill(self) -> None:
        """End it where it is, and start it again."""
        self.desk.stop()
        self.notices.stop()
        self.begin()

    def wait(self, **span: float) -> None:
        """Let time pass, by tens of minutes and then by minutes."""
        tens, minutes = divmod(int(timedelta(**span) / timedelta(minutes=1)), 10)
        for step in (*[600] * tens, *[60] * minutes):
            self.clock.advance(step)

    def journal(self, kind: str) -> list[dict[str, object]]:
        """Lines of a kind."""
        with self.database.engine.begin() as connection:
            return [dict(entry.body) for entry in journal.entries(connection) if entry.kind.endswith(kind)]

    def told(self) -> tuple[str, State, str]:
        """The last word on the report's health."""
        last = [one for one in self.health if one.part == "report:money"][-1]
        return last.part, last.state, last.detail.format(**dict(last.facts))


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "reports")


def test_a_day_is_sent_once_when_it_is_over(box: Box) -> None:
    """At six the next morning, to each address, with its file; not what was over before somebody asked."""
    box.wait(hours=20)
    assert box.server.mails == []
    box.wait(hours=2)
    assert sorted(box.server.mails) == [
        (to, "[Hospital] Cash report 2026-03-02", "cash-2026-03-02-2026-03-02.pdf", b"%PDF cash 2026-03-02")
        for to in ("head@hospital.example", "money@hospital.example")
    ]
    box.wait(hours=3)
    assert len(box.server.mails) == 2
    assert box.told()[1] is State.UP
    [line] = box.journal("ReportMailed")
    assert (line["report"], line["last"]) == ("cash", "2026-03-02")


def test_killed_over_and_over_nothing_goes_twice(box: Box) -> None:
    """Each minute around the hour at which it is due."""
    box.wait(hours=20, minutes=55)
    for _ in range(20):
        box.kill()
        box.wait(minutes=1)
    assert len(box.server.mails) == 2
    assert len(box.press.asked) == 1


def test_killed_between_the_file_and_the_letters_it_is_made_again(box: Box) -> None:
    """Nothing was written, so nothing was sent: it goes once."""
    box.wait(hours=20, minutes=55)
    box.notices.accept = _dies  # type: ignore[method-assign, assignment]
    box.wait(minutes=10)
    assert box.press.asked != []
    assert box.server.mails == []
    box.kill()
    box.wait(minutes=1)
    assert len(box.server.mails) == 2


async def _dies(*_: object) -> None:
    raise OSError("killed")


def test_days_that_were_missed_are_made_up_for(box: Box) -> None:
    """Three days in a row, the oldest first."""
    box.wait(minutes=1)
    box.desk.stop()
    box.clock.advance(timedelta(days=3))
    box.kill()
    box.wait(minutes=1)
    assert [last for _, _, last, _ in box.press.asked] == ["2026-03-02", "2026-03-03", "2026-03-04"]


def test_a_report_that_cannot_be_made_is_tried_again_and_told(box: Box) -> None:
    """On the status page at once, on record in the end; the next day's goes."""
    box.press.fault = "No plan is in force."
    box.wait(hours=21, minutes=2)
    assert box.told()[1] is State.DEGRADED
    assert "No plan is in force." in box.told()[2]
    box.wait(hours=2)
    assert len(box.press.asked) == TRIES
    [line] = box.journal("ReportNotMade")
    assert line["why"] == "No plan is in force."
    box.press.fault = ""
    box.wait(hours=24)
    assert box.told()[1] is State.UP
    assert len(box.server.mails) == 2


def test_an_address_that_is_refused_is_told(box: Box) -> None:
    """The other one gets it; who looks at the page sees both."""
    box.server.refuses = "head@hospital.example"
    box.wait(hours=21, minutes=5)
    _, state, word = box.told()
    assert state is State.DEGRADED
    assert "head@hospital.example" in word
    with box.database.engine.begin() as connection:
        [mailing] = recent(connection, 10)
    assert {one.to: one.state for one in mailing.letters} == {
        "head@hospital.example": "failed",
        "money@hospital.example": "sent",
    }
    box.kill()
    box.wait(minutes=1)
    assert box.told()[1] is State.DEGRADED, "also after a restart"


def test_files_are_kept_no_longer_than_they_wait(box: Box) -> None:
    """When the next report is made."""
    box.wait(hours=46)
    assert [file.name for file in box.directory.iterdir()] == ["money-2026-03-03-2026-03-03.pdf"]


def editions(every: str, at: str, moment: datetime) -> Sequence[str]:
    mail = ReportMail.model_validate({"id": "m", "report": "cash", "every": every, "at": at, "to": ["a@b.example"]})
    one = latest(mail, moment, SHANGHAI)
    return str(one.first), str(one.last), f"{one.due:%Y-%m-%d %H:%M}"


def test_when_a_period_is_due() -> None:
    """The day after it, at the site's time; a week's on Monday, a month's on the first."""
    at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    assert editions("day", "09:00", at) == ("2026-03-01", "2026-03-01", "2026-03-02 09:00")
    assert editions("day", "09:01", at) == ("2026-02-28", "2026-02-28", "2026-03-01 09:01")
    assert editions("week", "06:00", at) == ("2026-02-23", "2026-03-01", "2026-03-02 06:00")
    assert editions("month", "06:00", at) == ("2026-02-01", "2026-02-28", "2026-03-01 06:00")
    mail = ReportMail.model_validate({"id": "m", "report": "cash", "to": ["a@b.example"]})
    found = missed(mail, date(2020, 1, 1), at, SHANGHAI)
    assert (len(found), str(found[-1].last)) == (MADE_UP_FOR, "2026-03-01")
    assert missed(mail, date(2026, 3, 1), at, SHANGHAI) == []


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ('report = "ledger"', "pbx.report_mails[0].file"),
        ('report = "bills"', "pbx.report_mails[0].every"),
        ('report = "cash"\nat = "24:00"', "pbx.report_mails[0].at"),
        ('report = "cash"\nby = "none"', "pbx.report_mails[0].by"),
        ('report = "gossip"', "pbx.report_mails[0].report"),
    ],
)
def test_a_wrong_plan_names_the_place(row: str, path: str) -> None:
    """Ledger on paper, bills by the day, an hour that is none, a server nobody has, a report nobody makes."""
    head = PLAN.partition("[[pbx.report_mails]]")[0]
    with pytest.raises(Faulty) as why:
        parse(f'{head}[[pbx.report_mails]]\nid = "m"\nto = ["a@b.example"]\n{row}', Plan)
    assert [fault.path for fault in why.value.faults] == [path]


def test_nobody_gets_the_same_letter_twice() -> None:
    """An address that stands there twice is refused."""
    with pytest.raises(Faulty):
        parse(PLAN.replace('"head@', '"money@'), Plan)
