"""The setup assistant: what it shows is what there is, and what it does is on record."""

from __future__ import annotations

import re
from html import unescape

import pytest

from appliance import revisions
from appliance.box.file import BoxFile
from appliance.box.first_records import smallest_plan
from appliance.foundation import journal
from appliance.foundation.serial_device import IN_USE
from nursecall.ear import Heard
from nursecall.plan import NurseCallPlan
from nursecall.plan_places import Place
from nursecall.wire.recognise import Guess
from tests.fakes.house import PLAN, FakeSetup
from tests.support import now
from tests.web.browser import Hospital, hospital
from web.bringing_up import Network, SerialPort
from web.events import CallTried, PlaceTried

CORRIDOR = Place(id="corridor", ward="w1", kind="alsa", device="default")


def begun(text: str = "", plan: NurseCallPlan = PLAN) -> Hospital:
    """A panel over a kept plan, a new box's unless another is given."""
    place = hospital(plan)
    house = place.cardboard.house

    def keep(connection: object) -> None:
        number = revisions.keep(connection, text or smallest_plan(BoxFile()), by="x", note="", at=house.clock.now())  # type: ignore[arg-type]
        revisions.activate(connection, number, by="x", at=house.clock.now())  # type: ignore[arg-type]

    now(house.database.transact(keep))
    return place


def desk(place: Hospital) -> FakeSetup:
    """What tries things."""
    found = place.cardboard.house.setup
    assert isinstance(found, FakeSetup)
    return found


def events(place: Hospital, kind: str) -> list[dict[str, object]]:
    """The journal's lines of a kind."""
    every = now(place.cardboard.database.transact(lambda connection: list(journal.entries(connection))))
    return [entry.body for entry in every if entry.kind == kind]


def written(place: Hospital, *happened: journal.Event) -> None:
    """They are in the journal."""
    now(place.cardboard.database.transact(lambda connection: journal.append(connection, *happened)))


def in_force(place: Hospital) -> revisions.Revision:
    """The plan that counts."""
    found = now(place.cardboard.database.transact(revisions.active))
    assert found is not None
    return found


@pytest.mark.parametrize("role", ["admin", "it"])
def test_a_box_without_wards_begins_with_it(role: str) -> None:
    """Whoever may set it up comes there from the log-in; on a box with wards, to the usual page."""
    assert begun(plan=NurseCallPlan()).browser(role).get("/").headers["location"] == "/setup"
    assert begun().browser(role).get("/").headers["location"] != "/setup"


def test_every_step_is_shown_in_both_languages() -> None:
    """With what the plan has."""
    place = begun(plan=PLAN.model_copy(update={"places": (CORRIDOR,)}))
    for language, heading in (("en", "Setup assistant"), ("zh", "设置向导")):
        browser = place.browser("it", language=language)
        for step in ("site", "network", "wards", "lines", "trunks", "call", "announcement", "report"):
            page = browser.get(f"/setup/{step}")
            assert page.status == 200, step
            assert heading in page.text
    assert place.browser("it").get("/setup/lunch").status == 404


def test_the_hospital_gets_its_name() -> None:
    """As a revision that is in force at once; a name in one language only is refused, and so is a zone that is none."""
    place = begun()
    browser, base = place.browser("it"), in_force(place).id
    form = {"zh": "仁和医院", "en": "Renhe", "language": "en", "timezone": "Asia/Urumqi", "base": str(base)}
    assert browser.post("/setup/site", form | {"en": ""}).status == 422
    wrong = browser.post("/setup/site", form | {"timezone": "Mars/Olympus"})
    assert (wrong.status, "Mars/Olympus" in wrong.text) == (422, True)
    assert in_force(place).id == base
    assert browser.post("/setup/site", form).headers["location"] == "/setup/site"
    site = in_force(place).plan.site
    assert (site.name.zh, site.name.en, site.language, site.timezone) == ("仁和医院", "Renhe", "en", "Asia/Urumqi")
    assert events(place, "appliance.PlanActivated")[-1]["by"] == "it"


def test_wards_come_by_template() -> None:
    """A second template goes on counting."""
    place = begun()
    browser = place.browser("admin")
    for template in ("1x20", "3x40"):
        form = {"template": template, "base": str(in_force(place).id)}
        assert browser.post("/setup/wards", form).status == 303
    plan = in_force(place).plan.nursecall
    assert [(ward.id, len(ward.beds)) for ward in plan.wards] == [
        ("ward-1", 20), ("ward-2", 40), ("ward-3", 40), ("ward-4", 40)
    ]  # fmt: skip
    assert [ward.name.zh for ward in plan.wards][:2] == ["一病区", "二病区"]
    assert browser.post("/setup/wards", {"template": "9x9", "base": "1"}).status == 400


def test_what_somebody_else_keeps_is_not_put_in_force_with_it() -> None:
    """A newer revision that is not in force stands in the way, and is named."""
    place = begun()
    house, base = place.cardboard.house, in_force(place)
    text = base.text.replace("New hospital", "Half done")
    kept = now(house.database.transact(lambda c: revisions.keep(c, text, by="y", note="", at=house.clock.now())))
    answer = place.browser("it").post("/setup/wards", {"template": "1x20", "base": str(kept)})
    assert answer.status == 422
    assert f"Revision {kept} of the plan is kept and not in force yet" in answer.text
    assert in_force(place).id == base.id


def test_serial_ports_are_shown_with_who_uses_them() -> None:
    """A free one, one that a line uses, and one that the plan names and the box does not have."""
    place = begun()
    desk(place).ports = [
        SerialPort("/dev/serial/by-id/a", "/dev/ttyUSB0", True, ("line h1",)),
        SerialPort("/dev/serial/by-id/b", "/dev/ttyUSB1", True, ()),
        SerialPort("/dev/serial/by-id/c", "/dev/serial/by-id/c", False, ("modem sms1",)),
    ]
    page = place.browser("it").get("/setup/lines").text
    for words in ('href="/lines/h1"', "/dev/serial/by-id/b", "free", "not there", "modem sms1"):
        assert words in page


def test_a_telephone_is_rung() -> None:
    """By whom is passed on; an extension that is none, and a second test meanwhile, are refused in a sentence."""
    place = begun()
    browser = place.browser("it")
    assert "There is no extension 999 in the plan." in browser.post("/setup/call", {"extension": "999"}).text
    assert browser.post("/setup/call", {"extension": "8001"}).headers["location"] == "/setup/call"
    assert "under way" in browser.get("/setup/call").text
    again = browser.post("/setup/call", {"extension": "8002"})
    assert (again.status, "Something is being tried already." in again.text) == (422, True)
    assert desk(place).tried == [("call 8001", "it")]


def test_a_loudspeaker_is_tried() -> None:
    """One of the plan."""
    place = begun(plan=PLAN.model_copy(update={"places": (CORRIDOR,)}))
    browser = place.browser("it")
    assert browser.post("/setup/announcement", {"place": "roof"}).status == 422
    assert browser.post("/setup/announcement", {"place": "corridor"}).status == 303
    assert desk(place).tried == [("place corridor", "it")]


def test_what_was_tried_is_told_from_the_journal() -> None:
    """The last one decides how a step stands."""
    place = begun()
    at = place.cardboard.house.clock.now()
    written(place, CallTried(at=at, extension="8001", outcome="answered", by="it"))
    written(place, PlaceTried(at=at, place="corridor", heard=False, why="the loudspeaker hangs", by="admin"))
    browser = place.browser("it", language="zh")
    assert "有人接听" in browser.get("/setup/call").text
    assert "扬声器无响应" in browser.get("/setup/announcement").text
    assert 'class="setup-trouble"' in browser.get("/setup/announcement").text


def test_the_report_is_made_and_that_is_on_record() -> None:
    """In the language of the page."""
    place = begun()
    answer = place.browser("it", language="zh").post("/setup/report.pdf")
    assert (answer.status, answer.body) == (200, b"%PDF-1.7 acceptance")
    assert answer.headers["content-type"].startswith("application/pdf")
    [printed] = events(place, "web.ReportPrinted")
    assert (printed["report"], printed["by"]) == ("acceptance", "it")
    assert "setup-done" in place.browser("it").get("/setup/report").text


def test_others_have_no_business_here() -> None:
    """Neither to see nor to do, nor without the form's token."""
    place = begun()
    for role in ("nurse", "cashier", "manager", "operator"):
        browser = place.browser(role)
        assert browser.get("/setup/site").status == 403
        for act in ("site", "wards", "call", "announcement", "report.pdf"):
            assert browser.post(f"/setup/{act}", {"extension": "8001"}).status == 403
    assert place.browser("it").post("/setup/call", {"extension": "8001"}, csrf="x").status == 403
    assert desk(place).tried == []


def test_wards_come_from_a_file() -> None:
    """The example that is offered can be sent back; what it says is in force at once."""
    place = begun()
    browser = place.browser("it", language="zh")
    offered = browser.get("/setup/wards/example.csv")
    assert (offered.status, offered.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert offered.text.startswith("\ufeff病区代码,中文名称,英文名称,房间,床位")
    form = {"list": offered.text, "base": str(in_force(place).id)}
    assert browser.post("/setup/wards/import", form).headers["location"] == "/setup/wards"
    wards = in_force(place).plan.nursecall.wards
    assert [(ward.id, ward.name.zh, len(ward.beds)) for ward in wards] == [
        ("w1", "内科一病区", 42), ("w2", "外科二病区", 6)
    ]  # fmt: skip
    more = {"list": "ward,name_zh,name_en,beds\nw3,三,Three,1-4\n", "base": str(in_force(place).id)}
    assert browser.post("/setup/wards/import", more).status == 303
    assert len(in_force(place).plan.nursecall.wards) == 3


def test_a_file_with_faults_adds_nothing() -> None:
    """Each is named by row and column, the first twenty of them; no file at all is said, too."""
    place = begun()
    browser, base = place.browser("it"), in_force(place).id
    rows = "".join(f"w{n},一,,,1-4\n" for n in range(30))
    refused = browser.post(
        "/setup/wards/import", {"list": "ward,name_zh,name_en,room,beds\n" + rows, "base": str(base)}
    )
    assert refused.status == 422
    for words in ("Nothing was changed", "Row 2, name_en: must not be empty", "Row 21, name_en", "And 10 more."):
        assert words in refused.text
    assert "Row 22" not in refused.text
    assert "Choose a file first." in browser.post("/setup/wards/import", {"base": str(base)}).text
    assert in_force(place).id == base
    assert place.browser("nurse").post("/setup/wards/import", {"list": rows}).status == 403


FREE = SerialPort("/dev/serial/by-id/b", "/dev/ttyUSB1", True, ())


def test_a_free_port_is_listened_to() -> None:
    """While that goes on nothing else is tried; one that is in use, or away, is left alone."""
    place = begun()
    desk(place).ports.append(FREE)
    browser = place.browser("it")
    assert browser.post("/setup/lines/listen", {"member": "/dev/serial/by-id/usb-FTDI-port0"}).status == 422
    assert browser.post("/setup/lines/listen", {"member": FREE.path}).status == 200
    assert "Press at a bed now." in browser.get("/setup/lines").text
    assert browser.post("/setup/lines/listen", {"member": FREE.path}).status == 409
    assert place.browser("nurse").post("/setup/lines/listen", {"member": FREE.path}).status == 403


@pytest.mark.parametrize(
    ("heard", "said", "begins"),
    [
        (Heard(Guess("espa444", 7, "even", "2"), 9600), "ESPA 4.4.4：主机在轮询。（9600 7E1）", "protocol=espa444&"),
        (Heard(Guess("text", framing="lines", text="28床"), 4800), "28床（4800 8N1）", "protocol=text&baud=4800&"),
        (Heard(Guess("silent"), 9600), "20 秒内没有收到任何数据。", "device=%2Fdev%2Fserial%2Fby-id%2Fb"),
        (Heard(Guess("silent"), 9600, 0, IN_USE), "串口设备正被其他程序占用", "device="),
    ],
)
def test_what_was_heard_is_said_and_begins_a_form(heard: Heard, said: str, begins: str) -> None:
    """With what is known of it filled in."""
    place = begun()
    desk(place).ports.append(FREE)
    desk(place).listened[FREE.path] = heard
    page = unescape(place.browser("it", language="zh").get("/setup/lines").text)
    assert said in page
    [link] = re.findall(r'href="(/exchange/edit/nurse-lines/new\?[^"]+)"', page)
    assert begins in link
    form = place.browser("it").get(link)
    assert form.status == 200
    assert f'value="{FREE.path}"' in form.text


def test_a_line_of_the_form_is_a_line_of_the_plan() -> None:
    """What was heard, a ward and a name: enough for a line in force."""
    place = begun()
    browser = place.browser("it")
    browser.post("/setup/wards", {"template": "1x20", "base": str(in_force(place).id)})
    doc = {
        "protocol": "text", "id": "host-1", "ward": "ward-1", "device": FREE.path, "baud": "4800", "framing": "lines",
        "bed_pattern": r"bed (?P<bed>\d+)", "types": [["Toilet call", "wc"]], "ignore": ["tick \\d+", ""],
    }  # fmt: skip
    body = {"doc": doc, "base": in_force(place).id, "live": True}
    answer = browser.post("/exchange/edit/nurse-lines/new/save", by_script=True, body=body)
    assert '"to": "/exchange/edit/nurse-lines"' in answer.text
    [line] = in_force(place).plan.nursecall.lines
    assert (line.id, line.protocol, line.device, line.baud) == ("host-1", "text", FREE.path, 4800)  # type: ignore[union-attr]
    assert (line.types, line.ignore) == ({"Toilet call": "wc"}, ("tick \\d+",))  # type: ignore[union-attr]
    assert FREE.path in browser.get("/exchange/edit/nurse-lines").text
    for key, value in (("bed_pattern", "("), ("ward", "ward-9"), ("types", [["Toilet", "tea"]])):
        wrong = {"doc": doc | {key: value}, "base": in_force(place).id}
        assert f'"at": "{key}' in browser.post("/exchange/edit/nurse-lines/0/save", by_script=True, body=wrong).text


def test_the_first_of_a_list_may_be_empty_at_first() -> None:
    """A form that nobody has typed into yet, on a box whose plan has no such list: it says what is needed."""
    place = begun()
    body = {"doc": {"numbers": ""}, "base": in_force(place).id}
    answer = place.browser("it").post("/exchange/edit/extensions/new/check", by_script=True, body=body)
    assert (answer.status, '"at": "numbers"' in answer.text) == (200, True)


def test_the_network_is_shown_and_who_decides_it() -> None:
    """On an ordinary machine the operating system; on the image the boot partition's file; no address is trouble."""
    place = begun()
    browser = place.browser("it")
    page = browser.get("/setup/network").text
    for words in ("10.1.2.3/24", "eno1", "10.1.2.1", "10.1.2.53", "operating system&#39;s affair"):
        assert words in page
    desk(place).in_network = Network((), "", (), ("10.1.2.123",), is_image=True)
    page = browser.get("/setup/network").text
    for words in ("No address yet.", "10.1.2.123", "on the boot partition", 'class="setup-trouble"'):
        assert words in page
