"""A line's page: live, to take away, on record; and bytes that are tried before a plan goes live."""

from __future__ import annotations

import re
import tomllib
from html import unescape
from typing import Any

import pytest

from appliance.foundation.health import State
from appliance.foundation.journal import Entry, entries
from appliance.foundation.values import Language
from nursecall.captures import of_trace, read
from nursecall.plan_lines import AnyLine, EspaLine, ModbusLine, TextLine
from nursecall.reading import Press
from nursecall.wire.espa444 import Call
from tests.web.browser import Hospital, Reply, hospital
from web.pages.lines import as_toml

LINES: list[AnyLine] = [
    EspaLine(id="h1", ward="w1", device="w1", types={"卫生间|WC": "wc"}),
    TextLine.model_validate(
        {"id": "t", "ward": "w1", "protocol": "text", "device": "socket://[::1]:4001", "answer": "\x06\x7f"}
        | {"bed_pattern": r"(?P<bed>\d+)'s", "ends": ["复位", '"reset"'], "ignore": ["\\\\x"]}
    ),
    ModbusLine.model_validate(
        {"id": "m", "ward": "w2", "protocol": "modbus", "device": "m", "debounce": 0.2}
        | {"units": [{"address": 5, "contacts": [{"input": 1, "bed": "1", "means": "present", "normally": "closed"}]}]}
    ),
]


@pytest.fixture
def house() -> Hospital:
    """With a call on line h1."""
    place = hospital()
    trace = place.cardboard.house.traces.of("h1")
    trace.note("opened")
    trace.heard(Call(text="28床 WC <b>").encode("gb18030"))
    trace.told(Press("w1", "28", "wc"))
    trace.said(b"\x06")
    return place


def watched(house: Hospital) -> list[dict[str, Any]]:
    """Who looked, in the journal."""
    with house.cardboard.database.engine.begin() as connection:
        found: list[Entry] = [entry for entry in entries(connection) if entry.kind == "web.LineWatched"]
    return [entry.body for entry in found]


def test_the_page_shows_what_went_over_the_line_and_who_looked_is_on_record(house: Hospital) -> None:
    """Bytes, frames by the standard's names, what it means on the ward; escaped."""
    house.cardboard.health.say(house.cardboard.clock.now(), "line:h1", State.DEGRADED, "It hums.")
    page = house.browser("it", language="en").get("/lines/h1")
    assert page.status == 200
    assert "call text=&#34;28床 WC &lt;b&gt;&#34;" in page.text
    assert "→ Bed 28, Ward 1 · Cardiology: Bathroom" in page.text
    assert "The line is open." in page.text
    assert "It hums." in page.text
    assert '<code>06</code><span class="piece-means">ack' in page.text
    assert watched(house) == [{"line": "h1", "how": "page", "by": "it"}]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The host calls this address, which the plan does not say: 3"),
        ("zh", "主机呼叫的地址与规划不符，呼叫的是： 3"),
    ],
)
def test_a_wrong_address_stands_in_the_trace(house: Hospital, language: Language, said: str) -> None:
    """Which one, where it began."""
    house.cardboard.house.traces.of("h1").note("misaddressed", "3")
    assert said in house.browser("it", language=language).get("/lines/h1").text


@pytest.mark.parametrize("path", ["/lines/h1", "/lines/h1/trace.txt", "/lines/try", "/live?view=line&line=h1"])
@pytest.mark.parametrize("role", ["nurse", "cashier", "manager", "board"])
def test_only_it_may_look(house: Hospital, path: str, role: str) -> None:
    """What a host prints may name a patient."""
    assert house.browser(role).get(path).status == 403
    assert watched(house) == []


@pytest.mark.parametrize("path", ["/lines/none", "/lines/none/trace.txt", "/live?view=line&line=none"])
def test_a_line_that_is_not_there(house: Hospital, path: str) -> None:
    """One sentence."""
    reply = house.browser("it", language="en").get(path)
    assert reply.status == 404
    assert "There is no such line." in reply.text


def test_the_page_goes_on_live(house: Hospital) -> None:
    """Only the new piece is sent; who comes by a reconnect alone is on record too."""
    line = house.browser("it").open("/live?view=line&line=h1")
    assert watched(house) == [{"line": "h1", "how": "live", "by": "it"}]
    house.cardboard.house.traces.of("h1").heard(b"\x04")
    house.live.trace_changed("other")
    assert len(line.events()) == 1
    house.live.trace_changed("h1")
    (_, first), (name, change) = line.events()
    assert name == "change"
    assert len(change["regions"]["trace"]["pieces"]) == 1
    assert change["regions"]["trace"]["order"] == ["piece-4", *first["regions"]["trace"]["order"]]
    house.browser("it").open("/live?view=line&line=h1")
    assert len(watched(house)) == 1


@pytest.mark.parametrize("form", ["txt", "jsonl"])
def test_a_trace_is_taken_away_and_can_be_decoded(house: Hospital, form: str) -> None:
    """The same bytes come back."""
    reply = house.browser("it").get(f"/lines/h1/trace.{form}")
    assert reply.headers["content-disposition"] == f'attachment; filename="trace-h1.{form}"'
    capture = read(reply.text)
    pieces = house.cardboard.house.traces.of("h1").pieces()
    assert (capture.wire, capture.parts) == ("espa444", [part for part in of_trace(pieces) if part.way != "note"])
    assert watched(house) == [{"line": "h1", "how": form, "by": "it"}]


@pytest.mark.parametrize("line", LINES)
def test_a_lines_plan_is_written_as_it_would_stand_in_the_file(line: AnyLine) -> None:
    """Whatever is in it, TOML reads it back."""
    assert type(line).model_validate(tomllib.loads(as_toml(line))) == line


def attempt(house: Hospital, plan: str, given: str, form: str = "hex") -> Reply:
    """What the page says."""
    browser = house.browser("it", language="en")
    csrf = browser.get("/lines/try").csrf
    return browser.post("/lines/try", {"csrf": csrf, "plan": plan, "bytes": given, "form": form})


def cells(reply: Reply) -> list[str]:
    """The table's cells as text."""
    found = re.findall(r"<td[^>]*>(.*?)</td>", reply.text.split("<tbody>")[1], re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in found]


ESPA = as_toml(LINES[0])
TEXT = 'id = "x"\nward = "w1"\ndevice = "x"\nprotocol = "text"\nencoding = "utf-8"\ntypes = { WC = "wc" }\n'


@pytest.mark.parametrize(
    ("plan", "given", "form", "expected"),
    [
        (ESPA, Call(text="28床 WC").encode("gb18030").hex(" "), "hex",
         ['call text="28床 WC"', "Bed 28, Ward 1 · Cardiology: Bathroom"]),
        (TEXT, "bed 99 WC", "text",
         ['frame text="bed 99 WC"', "Bed 99, Ward 1 · Cardiology (no bed of this ward in the plan): Bathroom"]),
        (TEXT, "hello", "text", ["frame text=hello", "No bed is found in “hello”"]),
        (TEXT + 'check = "xor"\n', "62 65 64 0d 0a", "hex",
         ['garbled why="wrong check" bytes=6265640d', "nothing"]),
        (TEXT, "0d", "hex", ["There is no frame in these bytes."]),
    ],
)  # fmt: skip
def test_bytes_are_tried_under_a_plan(house: Hospital, plan: str, given: str, form: str, expected: list[str]) -> None:
    """Frames, checks, bed, type, in words."""
    reply = attempt(house, plan, given, form)
    assert reply.status == 200
    assert cells(reply) == expected


@pytest.mark.parametrize(
    ("plan", "given", "sentence"),
    [
        (TEXT, "0", "the input ends in the middle of a byte"),
        (TEXT, "zz", "line 1 of the input is not hexadecimal: zz"),
        (TEXT + "framing = 'fixed'", "00", "length: fixed frames need a length, other frames none"),
        (TEXT + "bed_pattern = '(?P<bed>'", "00", "line 7: bed_pattern: '(?P<bed>' is not a regular expression"),
        (TEXT.replace('"text"', '"telex"'), "00", "line 4: protocol: 'telex' is none of"),
        (TEXT + "= 7", "00", "line 7: "),
        (TEXT, "00 " * 8193, "At most 8192 bytes can be tried at once."),
    ],
)
def test_what_cannot_be_tried_is_told_in_one_sentence(house: Hospital, plan: str, given: str, sentence: str) -> None:
    """By the line of what was given; nothing that was typed is lost."""
    reply = attempt(house, plan, given)
    assert reply.status == 422
    assert sentence in unescape(reply.text)
    assert unescape(reply.text).count(plan.strip()[:40]) >= 1


def test_a_trace_can_be_tried_as_it_is(house: Hospital) -> None:
    """From the line's page, on record; then under another plan."""
    browser = house.browser("it", language="en")
    page = browser.get("/lines/try?line=h1&from=trace")
    given = unescape(re.findall(r'name="bytes"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)[0])
    assert watched(house) == [{"line": "h1", "how": "try", "by": "it"}]
    plan = ESPA.replace('"wc"', '"code"')
    reply = browser.post("/lines/try?line=h1", {"csrf": page.csrf, "plan": plan, "bytes": given, "form": "hex"})
    assert "Bed 28, Ward 1 · Cardiology: Code blue" in cells(reply)


def test_the_status_page_leads_to_each_line(house: Hospital) -> None:
    """By its name."""
    house.cardboard.health.say(house.cardboard.clock.now(), "line:h1", State.UP)
    assert '<a href="/lines/h1">' in house.browser("it").get("/status").text
