"""The page of a line to a pager system: as that of any line, beside a host line of the same id."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.foundation.health import State
from appliance.foundation.values import Language
from nursecall.captures import of_trace, read
from nursecall.page_answers import ACCEPTED, FAILED, NOT_OURS, NOTHING, RANG, WAITS
from nursecall.pager_health import TRANSMITTER_FAILED
from nursecall.pagers import NOT_TAKEN
from nursecall.paging import TAKEN
from nursecall.plan_pagers import EspaPagers, TapPagers
from nursecall.traces import Meant
from nursecall.wire.espa444 import Call, Status
from nursecall.wire.tap import encode_page
from tests.fakes.house import PLAN
from tests.web.browser import Hospital, hospital
from tests.web.test_lines import watched

PAGERS = (
    EspaPagers(id="h1", device="pagers-1", beep=4),
    TapPagers.model_validate({"id": "staff", "protocol": "tap", "device": "pagers-2", "password": "key7"}),
)
CHINESE = {
    TAKEN: "寻呼系统已确认收到寻呼。",
    ACCEPTED: "被叫已确认寻呼。",
    FAILED: "寻呼失败。",
    RANG: "寻呼机已被呼叫。",
    WAITS: "寻呼已接收，正在排队。",
    NOTHING: "不能证明寻呼的结果。",
    NOT_OURS: "与本机发出的寻呼不符。",
    TRANSMITTER_FAILED: "寻呼系统告知其发射机故障：寻呼可能无法送达。",
}


@pytest.fixture
def house() -> Hospital:
    """A page was taken, and acknowledged by whoever carries the pager; another went to a TAP system."""
    place = hospital(PLAN.model_copy(update={"pagers": PAGERS}))
    trace = place.cardboard.house.traces.of("pager:h1")
    trace.note("opened")
    trace.said(Call(address="17", text="28床 <b>").encode("gb18030"))
    trace.heard(b"\x06")
    trace.told(Meant(TAKEN))
    trace.heard(Status(address="17", status=6).encode())
    trace.told(Meant(ACCEPTED))
    trace.note(Meant(NOT_TAKEN, (("seconds", "20"),)))
    staff = place.cardboard.house.traces.of("pager:staff")
    staff.said(encode_page("9", "28 WC")[0])
    staff.heard(b"\x06\r")
    return place


def test_the_page_shows_what_went_over_the_line_and_who_looked_is_on_record(house: Hospital) -> None:
    """Bytes, blocks by the standard's names, what came of the page; nothing to try, for it says nothing of beds."""
    house.cardboard.health.say(house.cardboard.clock.now(), "line:h1", State.DOWN, "Not this one.")
    house.cardboard.health.say(house.cardboard.clock.now(), "pager:h1", State.DEGRADED, TRANSMITTER_FAILED)
    page = house.browser("it", language="en").get("/lines/pager:h1")
    assert page.status == 200
    assert "Pager system h1</h1>" in page.text
    assert "call address=17 text=&#34;28床 &lt;b&gt;&#34;" in page.text
    assert '<code>06</code><span class="piece-means">ack; → The pager system acknowledged the page.' in page.text
    assert "status address=17 status=6; → The called party has acknowledged the page." in page.text
    assert "→ The pager system did not take the page within 20 seconds." in page.text
    assert "The line is open." in page.text
    assert TRANSMITTER_FAILED in page.text
    assert "Not this one." not in page.text
    assert "beep = 4" in page.text
    assert "/lines/try" not in page.text
    assert watched(house) == [{"line": "pager:h1", "how": "page", "by": "it"}]


def test_the_host_line_of_the_same_id_is_another(house: Hospital) -> None:
    """Neither shows what the other says."""
    house.cardboard.house.traces.of("h1").heard(Call(text="host").encode())
    browser = house.browser("it", language="en")
    assert "text=host" in browser.get("/lines/h1").text
    assert "address=17" not in browser.get("/lines/h1").text
    assert "text=host" not in browser.get("/lines/pager:h1").text


@pytest.mark.parametrize("sentence", CHINESE)
def test_what_came_of_a_page_is_said_in_both_languages(house: Hospital, sentence: str) -> None:
    """In the trace."""
    house.cardboard.house.traces.of("pager:h1").told(Meant(sentence))
    says: dict[Language, str] = {"en": sentence, "zh": CHINESE[sentence]}
    for language, said in says.items():
        assert said in house.browser("it", language=language).get("/lines/pager:h1").text


@pytest.mark.parametrize("path", ["/lines/pager:h1", "/lines/pager:h1/trace.txt", "/live?view=line&line=pager:h1"])
@pytest.mark.parametrize("role", ["nurse", "cashier", "manager", "board"])
def test_only_it_may_look(house: Hospital, path: str, role: str) -> None:
    """A page names a bed, and what is wrong there."""
    assert house.browser(role).get(path).status == 403
    assert watched(house) == []


@pytest.mark.parametrize("path", ["/lines/pager:none", "/lines/staff", "/live?view=line&line=pager:none"])
def test_a_pager_line_that_is_not_there(house: Hospital, path: str) -> None:
    """One sentence."""
    reply = house.browser("it", language="en").get(path)
    assert reply.status == 404
    assert "There is no such line." in reply.text


def test_the_page_goes_on_live(house: Hospital) -> None:
    """Only the new piece is sent; what a host line of the same id says is none of it."""
    line = house.browser("it").open("/live?view=line&line=pager:h1")
    assert watched(house) == [{"line": "pager:h1", "how": "live", "by": "it"}]
    house.cardboard.house.traces.of("pager:h1").heard(b"\x04")
    house.live.trace_changed("h1")
    assert len(line.events()) == 1
    house.live.trace_changed("pager:h1")
    (_, first), (name, change) = line.events()
    assert name == "change"
    assert len(change["regions"]["trace"]["pieces"]) == 1
    assert change["regions"]["trace"]["order"][1:] == first["regions"]["trace"]["order"]


@pytest.mark.parametrize("form", ["txt", "jsonl"])
@pytest.mark.parametrize(
    ("name", "wire", "first"),
    [
        ("h1", "espa444", {"event": "call", "address": "17"}),
        ("staff", "tap", {"event": "block", "pager": "9", "text": "28 WC"}),
    ],
)
def test_a_trace_is_taken_away_and_decoded(
    house: Hospital, name: str, wire: str, first: dict[str, str], form: str
) -> None:
    """The same bytes come back, and `nightbell decode` reads them; no colon in the file's name."""
    reply = house.browser("it").get(f"/lines/pager:{name}/trace.{form}")
    assert reply.headers["content-disposition"] == f'attachment; filename="trace-pager-{name}.{form}"'
    capture = read(reply.text)
    pieces = house.cardboard.house.traces.of(f"pager:{name}").pieces()
    assert (capture.wire, capture.parts) == (wire, [part for part in of_trace(pieces) if part.way != "note"])
    assert watched(house) == [{"line": f"pager:{name}", "how": form, "by": "it"}]
    done = CliRunner().invoke(main, ["decode", wire], input=reply.body)
    assert done.exit_code == 0, done.output
    assert first.items() <= json.loads(done.output.splitlines()[0]).items()


def test_the_status_page_leads_to_each_pager_line_and_each_line_to_the_others(house: Hospital) -> None:
    """By its name."""
    house.cardboard.health.say(house.cardboard.clock.now(), "pager:staff", State.UP)
    browser = house.browser("it", language="en")
    assert '<a href="/lines/pager:staff">staff</a>' in browser.get("/status").text
    for page in ("/lines/h1", "/lines/pager:staff"):
        listed = browser.get(page).text.split('class="line-list"')[1].split("</ul>")[0]
        assert '<a href="/lines/h2">' in listed.replace(' aria-current="page"', "")
        assert ">Pager system h1</a>" in listed
        assert listed.count('aria-current="page"') == 1
        assert listed.count("<a ") == 4
