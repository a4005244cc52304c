"""A report goes out by e-mail through the real parts: our own process makes it, a mail server of others takes it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from appliance.cli import main
from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.config import parse
from appliance.foundation.database import DirectDatabase, create_engine
from appliance.mailings.desk import ReportMails
from appliance.plan import Plan
from appliance.reporting import Reports
from pbx.mail import MailCarrier
from pbx.mailings import recent
from pbx.notices import Notices
from tests.billing.money_story import Story
from tests.fakes.clock import FakeClock
from tests.pbx.certificates import Certificates, make
from tests.pbx.sms.world import HurriedClock
from tests.pbx.test_mail import SECRET, Taken, serving
from tests.real_reactor import reactor, run

PLAN = """
[site]
name = {{ zh = "仁和医院", en = "Renhe Hospital" }}
[nursecall]
[[pbx.mail]]
id = "it"
host = "localhost"
port = {port}
user = "box"
password = "env:{secret}"
ca_file = "{authority}"
sender = "nightbell@hospital.example"
to = ["it@hospital.example"]
[[pbx.report_mails]]
id = "till"
report = "cash"
to = ["money@hospital.example"]
language = "zh"
[[pbx.report_mails]]
id = "debts"
report = "unpaid"
file = "xlsx"
to = ["money@hospital.example"]
language = "en"
"""
BEFORE, AFTER = datetime(2026, 3, 2, 15, tzinfo=UTC), datetime(2026, 3, 3, 1, tzinfo=UTC)
"""2 March in the evening, and the morning after, at the site."""


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """Of this test; and the password in its place."""
    monkeypatch.setenv(SECRET, "secret")
    return make(tmp_path)


def box(directory: Path, plan: str) -> tuple[Path, DirectDatabase]:
    """Settings and records of a box with this plan, in which the small hospital's money moved."""
    settings, text = directory / "nightbell.toml", directory / "plan.toml"
    settings.write_text("", "utf-8")
    text.write_text(plan, "utf-8")
    loaded = CliRunner().invoke(main, ["--settings", str(settings), "plan", "load", str(text), "--activate"])
    assert loaded.exit_code == 0, loaded.output
    database = DirectDatabase(create_engine(f"sqlite:///{directory / 'nightbell.sqlite'}"))
    Story(database)
    return settings, database


def test_a_days_money_arrives_as_pdf_and_as_workbook(certificates: Certificates, tmp_path: Path) -> None:
    """Under TLS, logged in; each file opens, and says what the tills and the books say."""
    taken, bus, clock = Taken(), Bus(), FakeClock(BEFORE)
    with serving(certificates, taken) as port:
        text = PLAN.format(port=port, secret=SECRET, authority=certificates.authority)
        settings, database = box(tmp_path, text)
        plan = parse(text, Plan)
        notices = Notices(database, ReactorClock(reactor), bus)
        notices.start([MailCarrier(plan.pbx.mail[0], reactor, HurriedClock(reactor), bus)])
        reports = Reports(settings, tmp_path, cast(Any, reactor))
        desk = ReportMails(lambda: plan, reports, notices, tmp_path / "reports", database, clock, bus)
        run(desk.look())
        assert taken.mails == [], "the day goes on"
        clock.advance(AFTER - BEFORE)
        run(desk.look())
        run(arrived(taken))
        desk.stop()
        notices.stop()
    files = {mail["Subject"]: list(mail.iter_attachments()) for mail in taken.mails}
    [cash], [debts] = files["[仁和医院] 现金报表 2026-03-02"], files["[Renhe Hospital] Unpaid 2026-03-02"]
    assert (cash.get_content_type(), cash.get_filename()) == ("application/pdf", "cash-2026-03-02-2026-03-02.pdf")
    paper = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(cash.get_content())).pages)
    for word in ("仁和医院", "现金报表", "2026年3月2日星期一", "180.50", "+160.50", "林静", "账单付款"):
        assert word in paper, word
    assert debts.get_filename() == "unpaid-2026-03-02-2026-03-02.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(debts.get_content()))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[1][:5] == ("Department surgery", "外科", "M00001", 25.2, 25.2)
    with database.engine.begin() as connection:
        letters = [letter.state for mailing in recent(connection, 10) for letter in mailing.letters]
    assert letters == ["sent", "sent"]


async def arrived(taken: Taken) -> None:
    """Both mails, each in its turn."""
    while len(taken.mails) < 2:
        await sleep(ReactorClock(reactor), timedelta(milliseconds=50))
