"""The messages page: ways out and how they are, one message, many, results as they come, and the gateways' own door."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import openpyxl
import pytest

from appliance.foundation.health import State
from appliance.foundation.i18n import Text
from pbx.plan_messages import Group, HttpSms, Inbound, Member, Modem
from pbx.sms.office import Fate, Letter, Office, Receipt
from pbx.sms.trouble import Declined
from tests.fakes.house import PBX
from tests.support import now
from tests.web import browser as browsers
from tests.web.browser import Browser, Hospital
from web.site import site

TOKEN = "NIGHTBELL_TEST_TOKEN"


class Way:
    """A gateway that sends at once, but not to numbers it does not like."""

    id, window, ready = "sms1", 1, True

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.office: Office | None = None
        self.bad = {"13800000009"}

    def attach(self, office: Office | None) -> None:
        self.office = office

    def parts(self, letter: Letter) -> int:
        return 1

    async def send(self, letter: Letter, part: int) -> str:
        if letter.to in self.bad:
            raise Declined("the number does not exist", hopeless=True)
        self.shown.append((letter.to, letter.text))
        return str(len(self.shown))


class House:
    """A panel over a hospital with a modem, a group, and an outbox that sends."""

    def __init__(self) -> None:
        hospital = browsers.hospital()
        group = Group(
            id="drill", name=Text(zh="应急组", en="Emergency team"),
            members=(Member(name="王芳", mobile="13800000001"), Member(name="李静", mobile="13800000002")),
        )  # fmt: skip
        inbound = Inbound(token=f"env:{TOKEN}")
        pbx = PBX.model_copy(
            update={
                "modems": (Modem(id="sms1", device="m"),),
                "http_sms": (HttpSms(id="cloud", url="https://sms.example/", inbound=inbound),),
                "groups": (group,),
            }
        )
        self.cardboard = hospital.cardboard
        house = replace(self.cardboard.house, pbx=lambda: pbx)
        clock: Any = self.cardboard.clock
        self.messages = cast(Any, house.messages)
        self.hospital = Hospital(self.cardboard, hospital.live, site(house, hospital.live, clock.twisted))
        self.way = Way()
        self.messages.outbox.attach(self.way)
        self.messages.outbox.start()
        self.pbx = pbx

    def browser(self, role: str = "it", language: str = "en") -> Browser:
        """Logged in."""
        return self.hospital.browser(role, language=language)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """With a token for whoever brings messages."""
    monkeypatch.setenv(TOKEN, "secret")
    made = House()
    yield made
    made.messages.stop()


@pytest.mark.parametrize(("role", "status"), [("it", 200), ("manager", 200), ("admin", 200), ("nurse", 403)])
def test_only_those_who_may_see_the_messages(house: House, role: str, status: int) -> None:
    """A nurse has other things to do."""
    assert house.browser(role).get("/messages").status == status


def test_the_ways_out_are_shown_with_signal_and_sim(house: House) -> None:
    """In the plan's order, in the visitor's language."""
    at = house.cardboard.clock.now()
    house.cardboard.health.say(
        at, "sms:sms1", State.UP, "on the network, signal {dbm} dBm", dbm="-71", bars="4", operator="CHINA MOBILE",
        sim="ready",
    )  # fmt: skip
    page = house.browser(language="zh").get("/messages").text
    assert "信号：5 格中的 4 格" in page
    assert page.count('<i class="on"></i>') == 4
    assert "CHINA MOBILE" in page
    assert page.index("sms1") < page.index("cloud")
    house.cardboard.health.say(at, "sms:sms1", State.DOWN, "the SIM is blocked and wants its PUK")
    assert "SIM 卡已锁，需要 PUK 码" in house.browser(language="zh").get("/messages").text


def test_a_message_is_sent_and_found_again(house: House) -> None:
    """By one gateway or the first that works; what cannot be is said."""
    browser = house.browser()
    reply = browser.post("/messages/test", {"to": "138 0013 8000", "text": "hello", "gateway": "sms1"})
    assert (reply.status, house.way.shown) == (303, [("13800138000", "hello")])
    page = browser.get("/messages").text
    assert "13800138000" in page
    assert "The message is accepted" in page
    assert "13800138000" in browser.get("/messages?q=hell").text
    assert "13800138000" not in browser.get("/messages?q=nobody").text
    assert "13800138000" not in browser.get("/messages?state=failed").text
    bad = browser.post("/messages/test", {"to": "12", "text": "hello"})
    assert (bad.status, "is not a telephone number" in bad.text) == (422, True)


def test_one_text_to_many(house: House) -> None:
    """Preview with parts, send once however often it is clicked, results person by person, again, spreadsheet."""
    browser = house.browser()
    form = {
        "group": "group:drill",
        "people": "赵敏，13800000009\n13800000001",
        "text": "{name}，今天下午三点应急演练。",
    }
    shown = browser.post("/messages/new", form | {"act": "preview"})
    assert shown.status == 200
    assert "王芳，今天下午三点应急演练。" in shown.text
    assert "3 people, 1 parts each at most, 3 messages are paid for." in shown.text
    assert "Chinese, 70 characters a part" in shown.text
    identity = re.search(r'name="id" value="([0-9a-f]{32})"', shown.text)
    assert identity
    for _ in range(2):
        sent = browser.post("/messages/new", form | {"act": "send", "id": identity[1]})
        assert sent.status == 303
    assert house.way.shown == [
        ("13800000001", "王芳，今天下午三点应急演练。"), ("13800000002", "李静，今天下午三点应急演练。")
    ]  # fmt: skip
    path = sent.headers["location"]
    results = browser.get(path).text
    assert "the number does not exist" in results
    house.way.bad.clear()
    assert browser.post(f"{path}/again").status == 303
    assert house.way.shown[2:] == [("13800000009", "赵敏，今天下午三点应急演练。")]
    assert "1 messages are tried again." in browser.get(path).text
    now(house.messages.outbox.reported("sms1", Receipt(("1",), "13800000001", Fate.DELIVERED)))
    sheet = openpyxl.load_workbook(io.BytesIO(browser.get(f"{path}/results.xlsx").body)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.rows]
    assert {row[1]: (row[0], row[2]) for row in rows[1:]} == {
        "13800000001": ("王芳", "Delivered"),
        "13800000002": ("李静", "Sent"),
        "13800000009": ("赵敏", "Sent"),
    }


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"text": "hello"}, "Choose somebody to write to."),
        ({"text": " ", "group": "group:drill"}, "The message is empty."),
        ({"text": "hello", "people": "Wang Fang"}, "Line 1: there is no telephone number"),
        ({"text": "{name}!", "people": "13800000001"}, "has no name"),
    ],
)
def test_what_cannot_be_sent_to_somebody_is_sent_to_nobody(house: House, form: dict[str, str], sentence: str) -> None:
    """And what was typed is still there."""
    reply = house.browser().post("/messages/new", form | {"act": "send", "id": "a" * 32})
    assert reply.status == 422
    assert sentence in reply.text
    assert form["text"] in reply.text
    assert house.way.shown == []


def test_a_formula_in_a_text_is_only_a_text(house: House) -> None:
    """Whoever opens the spreadsheet runs nothing."""
    browser = house.browser()
    form = {"people": "13800000001", "text": '=HYPERLINK("http://evil")', "act": "send", "id": "b" * 32}
    path = browser.post("/messages/new", form).headers["location"]
    sheet = openpyxl.load_workbook(io.BytesIO(browser.get(f"{path}/results.xlsx").body)).active
    assert sheet is not None
    cell = sheet.cell(2, 8)
    assert (cell.value, cell.data_type) == (f"'{form['text']}", "s")


def test_results_come_as_they_are(house: House) -> None:
    """Without a reload."""
    house.way.ready = False
    browser = house.browser()
    form = {"people": "13800000001", "text": "hello", "act": "send", "id": "c" * 32}
    browser.post("/messages/new", form)
    line = browser.open(f"/live?view=broadcast&id={'c' * 32}")
    ((name, snapshot),) = [event for event in line.events() if event[0] == "snapshot"]
    assert "Waiting" in str(snapshot["regions"]["results"])
    house.way.ready = True
    house.messages.outbox.gateway_ready()
    house.hospital.live.messages_changed()
    assert "Sent" in str(line.events()[-1])
    assert name == "snapshot"
    line.hang_up()


def test_a_gateway_brings_messages_with_its_token(house: House) -> None:
    """As a form or as JSON; stored once; nobody without the token is heard."""
    asked: list[tuple[str, str, str, object]] = []

    async def called(gateway: str, kind: str, token: str, said: object) -> str:
        asked.append((gateway, kind, token, said))
        return "OK"

    house.messages.called = called
    stranger = house.hospital.stranger()
    got = stranger.get("/hooks/sms/cloud?token=secret&from=138&text=1")
    assert (got.status, got.text) == (200, "OK")
    posted = stranger.post("/hooks/sms/cloud/report?token=t", csrf="x", body={"id": "7", "status": "DELIVRD"})
    assert posted.status == 200
    assert asked == [
        ("cloud", "message", "secret", {"token": "secret", "from": "138", "text": "1"}),
        ("cloud", "report", "t", {"id": "7", "status": "DELIVRD"}),
    ]


def test_a_wrong_token_is_turned_away_and_guessing_ends(house: House) -> None:
    """Thirty tries, then nobody there is heard."""
    stranger = house.hospital.stranger()
    for _ in range(30):
        assert stranger.get("/hooks/sms/cloud?token=guess&from=138&text=1").status == 403
    assert stranger.get("/hooks/sms/cloud?token=secret&from=138&text=1").status == 429


def test_what_could_not_be_stored_is_brought_again(house: House) -> None:
    """503 is no yes."""

    async def called(*_said: object) -> str:
        raise OSError("disk full")

    house.messages.called = called
    assert house.hospital.stranger().get("/hooks/sms/cloud?token=secret").status == 503
