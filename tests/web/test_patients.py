"""The patients' page: who lies where, what the hospital system sent, and lists that are looked at before they load."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, cast
from urllib.parse import quote

import openpyxl
import pytest
from twisted.internet.task import Clock

from appliance.foundation import journal
from appliance.foundation.health import State
from nursecall.adt_desk import Desk
from nursecall.events import PatientsChanged
from nursecall.patient_file import COLUMNS
from nursecall.patients import Patients
from tests.fakes.house import PLAN, SHANGHAI
from tests.nursecall.adt_feed import adt, feed, person
from tests.support import now
from tests.web.browser import PASSWORD, Browser, Hospital, Line, Reply, hospital
from web.live import Live
from web.site import site

HEAD = ",".join(COLUMNS) + "\n"


class Ward:
    """A panel over the real patients, and a feed that tells of them."""

    def __init__(self) -> None:
        place = hospital()
        self.cardboard = place.cardboard
        house = self.cardboard.house
        self.patients = Patients(house.database, house.bus, house.clock)
        house = replace(house, patients=self.patients)
        live = Live(house.database, house.clock, house.bus)
        house.bus.subscribe(PatientsChanged, self._changed)
        self._live = live
        self.hospital = Hospital(self.cardboard, live, site(house, live, cast(Any, Clock())))
        self.desk = Desk(feed(), PLAN, SHANGHAI, self.patients, house.database, house.clock)

    def _changed(self, event: PatientsChanged) -> None:
        for ward in event.wards:
            self._live.calls_changed(ward)

    def hear(self, *messages: str) -> None:
        """The hospital system tells something."""
        for message in messages:
            now(self.desk.take(message.encode()))

    def browser(self, role: str, *, language: str = "en") -> Browser:
        """Somebody logged in."""
        return self.hospital.browser(role, language=language)


@pytest.fixture
def ward() -> Ward:
    """A ward with two patients who were put into one bed, one on leave, and a message that was refused."""
    there = Ward()
    there.hear(
        adt("A01", 0, person("V1", "内一^^28", name="李^明", number="1001", grade="一级护理", born="19500304")),
        adt("A01", 1, person("V2", "内一^^28", name="王^芳", number="1002")),
        adt("A01", 2, person("V3", "W2^^3", name="赵^敏", number="1003")),
        adt("A21", 3, person("V3", name="赵^敏", number="1003")),
        adt("A05", 4, person("V3")),
    )
    return there


def upload(browser: Browser, content: bytes, *, name: str = "list.csv") -> Reply:
    """Send the form with a file, as a browser does."""
    edge = b"----edge"
    parts = [
        b'name="csrf"\r\n\r\n' + browser.token().encode(),
        b'name="list"; filename="%s"\r\ncontent-type: application/octet-stream\r\n\r\n%s' % (name.encode(), content),
    ]
    body = b"".join(b"--%s\r\ncontent-disposition: form-data; %s\r\n" % (edge, part) for part in parts)
    body += b"--%s--\r\n" % edge
    head = browser._head("POST", "/patients/import") + b"content-type: multipart/form-data; boundary=" + edge
    return browser.reply(Line(browser.factory, head + b"\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)))


def test_a_nurse_sees_who_lies_where(ward: Ward) -> None:
    """By ward, those without a bed first, with why; who is on leave; nothing of what the wire said."""
    page = ward.browser("nurse").get("/patients").text
    assert page.index("no bed") < page.index("王芳")
    for shown in ("李明", "was put into bed 28; another came there later", "Grade 1", "V1", "on leave", "1003"):
        assert shown in page, shown
    for hidden in ("Its latest messages", "Load a list"):
        assert hidden not in page


def test_hospital_it_sees_the_feed_and_no_names(ward: Ward) -> None:
    """What came and what was answered, in words; of patients what a stranger may see."""
    ward.cardboard.health.say(ward.cardboard.clock.now(), "adt:his", State.DEGRADED, "The last message was refused; the page of the patients says why.")  # fmt: skip  # noqa: E501
    page = ward.browser("it").get("/patients").text
    for shown in ("李*", "Event “A05” is not taken, only A01", "A bed was taken from another visit", "AR refused"):
        assert shown in page, shown
    for hidden in ("李明", "王芳", "1001", "Export"):
        assert hidden not in page
    chinese = ward.browser("it", language="zh").get("/patients").text
    for shown in ("不接收事件“A05”", "另一患者的床位被占用", "最近一条消息被拒绝", "医院信息系统"):
        assert shown in chinese, shown


def test_a_nurse_of_one_ward_sees_no_other(ward: Ward) -> None:
    """Neither on the page, nor live, nor in a file, nor by searching."""
    now(ward.cardboard.house.users.add("ann", "nurse", PASSWORD, wards=("w2",), must_change=False))
    ann = ward.browser("ann")
    texts = [ann.get(path).text for path in ("/patients", "/patients?q=1001", "/patients/export.csv")]
    texts.append(ann.open("/live?view=patients").sent.decode())
    for text in texts:
        assert "李明" not in text
    assert "赵敏" in texts[0]
    assert "赵敏" in texts[2]


@pytest.mark.parametrize(("search", "found"), [("李", 1), ("1002", 1), ("v3", 1), ("28", 2), ("nobody", 0)])
def test_patients_are_found(ward: Ward, search: str, found: int) -> None:
    """By name, number, visit and bed."""
    page = ward.browser("nurse").get(f"/patients?q={quote(search)}").text
    assert page.count('data-key="patient-') == found
    assert ("Nobody matches" in page) == (found == 0)


def test_it_cannot_search_for_names(ward: Ward) -> None:
    """What is not shown cannot be guessed either."""
    assert ward.browser("it").get(f"/patients?q={quote('李')}").text.count('data-key="patient-') == 0
    assert ward.browser("it").get("/patients?q=28").text.count('data-key="patient-') == 2


def test_an_open_page_is_kept_true(ward: Ward) -> None:
    """A swap is seen without reloading, by those who may see names and by those who may not."""
    nurse, it = (ward.browser(role).open("/live?view=patients") for role in ("nurse", "it"))
    ward.hear(adt("A03", 5, person("V2")), adt("A02", 6, person("V1", "W2^^4", name="李^明", number="1001")))
    ward.cardboard.clock.advance(0)  # type: ignore[attr-defined]
    drawn = str([data["regions"] for name, data in nurse.events() if name == "change"])
    assert "李明" in drawn
    assert "ward-w2" in drawn
    assert "李明" not in it.sent.decode()


def test_a_list_is_looked_at_before_it_is_loaded(ward: Ward) -> None:
    """What it would do, ward by ward; then done, once, with who did it."""
    it = ward.browser("it")
    reply = upload(it, (HEAD + "w1,1,1001,李明,,,1,,,\nw1,2,2001,钱进,,,2,,,\n").encode())
    assert reply.status == 200
    row = reply.text[reply.text.index("Cardiology</td>") :].split("</tr>")[0]
    assert [cell.split("<")[0] for cell in row.split(">")[2::2]] == ["1", "1", "0", "1"]
    assert {patient.number for patient in ward.patients.every("w1")} == {"1001", "1002"}
    assert it.post("/patients/import/load").headers["location"] == "/patients"
    assert "2 patients were loaded." in it.get("/patients").text
    assert {(patient.bed, patient.visit) for patient in ward.patients.every("w1")} == {("1", "V1"), ("2", "")}
    with ward.cardboard.database.engine.begin() as connection:
        entries = [entry for entry in journal.entries(connection) if entry.kind == "web.PatientsImported"]
    assert [entry.body for entry in entries] == [{"by": "it", "patients": 2, "wards": ["w1"]}]
    assert "no longer there" in it.post("/patients/import/load").text


def test_a_workbook_can_be_loaded(ward: Ward) -> None:
    """As the hospital's system exports it."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in ([*COLUMNS], ["w2", 7, 3001, "孙丽", "女", None, "二级", None, "", ""]):
        book.active.append(row)
    book.save(file)
    admin = ward.browser("admin")
    assert upload(admin, file.getvalue(), name="list.xlsx").status == 200
    admin.post("/patients/import/load")
    assert [patient.name for patient in ward.patients.every("w2")] == ["孙丽"]


def test_a_list_with_faults_names_each_row_and_can_not_be_loaded(ward: Ward) -> None:
    """In the visitor's language; what was there stays."""
    it = ward.browser("it", language="zh")
    reply = upload(it, (HEAD + "w1,99,1001,李明,,,1,,,\nw9,1,1,x,,,1,,,\n").encode())
    assert reply.status == 422
    assert "第 2 行" in reply.text
    assert "第 3 行" in reply.text
    assert "确认导入" not in reply.text
    assert it.post("/patients/import/load").status == 422
    assert len(ward.patients.every("w1")) == 2
    assert upload(it, b"").status == 422


def test_an_export_can_be_loaded_again_and_is_on_record(ward: Ward) -> None:
    """With the mark that spreadsheets need."""
    reply = ward.browser("admin").get("/patients/export.csv")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert reply.body.startswith(b"\xef\xbb\xbfward,bed,number")
    assert upload(ward.browser("it"), reply.body).status == 200
    with ward.cardboard.database.engine.begin() as connection:
        kinds = [entry.kind for entry in journal.entries(connection)]
    assert "web.ReportPrinted" in kinds


def test_without_records_the_page_still_shows_who_lies_where(ward: Ward) -> None:
    """They are in memory; the messages are not."""
    it = ward.browser("it")
    it.get("/patients")
    ward.cardboard.database.broken = RuntimeError("disk full")
    page = it.get("/patients")
    assert page.status == 200
    assert "The messages cannot be read just now." in page.text


def test_hostile_words_are_only_text(ward: Ward) -> None:
    """In a name, a note and a message's head."""
    hostile = "<script>alert(1)</script>"
    ward.hear(adt("A01", 9, person("V9", "内一^^9", name=hostile), control=hostile), adt(hostile[:8], 9, "PID"))
    for role in ("nurse", "it"):
        assert "<script>alert" not in ward.browser(role).get("/patients").text
