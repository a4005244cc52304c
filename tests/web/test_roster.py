"""The roster's pages: who may look and plan, cells, beds, covers, weeks, files, staff; kept true on every screen."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from appliance.foundation.journal import entries
from appliance.foundation.sheets import xlsx_file
from nursecall.roster import Staff
from tests.support import now
from tests.web.browser import PASSWORD, Browser, Hospital, Reply
from tests.web.staffed import staffed

MONDAY = date(2026, 3, 2)
DAY = (MONDAY, "day")
CELL = {"day": "2026-03-02", "shift": "day"}


@pytest.fixture
def house() -> Hospital:
    """Monday, nine in the morning; eight people, an empty roster."""
    return staffed()


def put(house: Hospital, *staff: str, cell: tuple[date, str] = DAY) -> None:
    for one in staff:
        now(house.cardboard.house.roster.put("w1", cell, one, "boss", on=True))


def worked(house: Hospital, cell: tuple[date, str] = DAY) -> list[tuple[str, str]]:
    cells = now(house.cardboard.house.roster.cells("w1", cell[0], cell[0]))
    return [(stint.staff, stint.beds) for stint in cells.get(cell, ())]


def upload(browser: Browser, path: str, content: bytes, **fields: str) -> Reply:
    """A form with a file, as browsers send it."""
    fields["csrf"] = browser.token()
    parts = [f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in fields.items()]  # fmt: skip
    head = b'--x\r\ncontent-disposition: form-data; name="list"; filename="list.csv"\r\n\r\n'
    return browser.post_bytes(
        path, "multipart/form-data; boundary=x", b"".join(parts) + head + content + b"\r\n--x--\r\n"
    )


@pytest.mark.parametrize(
    ("role", "sees", "plans"),
    [("admin", True, True), ("manager", True, True), ("nurse", True, False), ("cashier", False, False),
     ("it", False, False), ("board", False, False)],
)  # fmt: skip
def test_who_may_look_and_who_may_plan(house: Hospital, role: str, sees: bool, plans: bool) -> None:
    """Checked on the server for every path."""
    browser = house.browser(role)
    for path in ("/roster/w1", "/roster/w1/month.csv", "/handover/w1", "/live?view=roster&ward=w1"):
        line = browser.open(path)
        status = int(line.sent.split()[1])
        assert (status != 403) == sees, path
    assert (browser.get("/staff/w1").status != 403) == plans
    for path in ("/roster/w1/cells", "/roster/w1/copy-week", "/roster/w1/repeat", "/roster/w1/swap", "/roster/w1/month",
                 "/roster/w1/covers", "/staff/w1", "/staff/w1/list"):  # fmt: skip
        assert (browser.post(path).status != 403) == plans, path


def test_the_sheet_shows_who_works_when(house: Hospital) -> None:
    """By the roster; where it names nobody, how many the plan does; where no nurse is, in red."""
    put(house, "1001", "1002")
    put(house, "1005", cell=(MONDAY, "night"))
    page = house.browser("manager", language="zh").get("/roster/w1").text
    row = page[page.index('data-staff="1001"') :]
    assert re.search(r'data-day="2026-03-02" data-on="day " [^>]*>\s*<span class="shift shift-0">白</span>', row)
    assert len(re.findall(r'class="person"', page)) == 6
    counts = page[page.index('data-key="shift-day"') :]
    assert re.findall(r"<td[^>]*>(.*?)</td>", counts)[:2] == ["2", "(1)"]
    assert 'lacking" title="没有护士">1<' in page
    assert "data-edit" not in house.browser("nurse").get("/roster/w1").text


def test_a_month_has_all_its_days_and_a_week_seven(house: Hospital) -> None:
    """From any of its days."""
    browser = house.browser("manager")
    for query, days in (("first=2026-02-14&span=month", 28), ("first=2026-03-05", 7), ("first=rubbish", 7)):
        page = browser.get(f"/roster/w1?{query}").text
        assert len(re.findall(r'class="sheet-weekday"', page)) == days
    assert 'value="2026-03-02"' in browser.get("/roster/w1?first=2026-03-05").text


def test_a_click_on_a_cell_reaches_every_open_sheet(house: Hospital) -> None:
    """Two people may plan at once; a week that is not concerned hears nothing of it."""
    boss = house.browser("manager")
    line = house.browser("admin").open("/live?view=roster&ward=w1")
    other = house.browser("admin").open("/live?view=roster&ward=w2")
    form = CELL | {"staff": "1001", "on": "1"}
    token = boss.token()
    assert boss.post("/roster/w1/cells", form).status == 204
    assert worked(house) == [("1001", "")]
    name, data = line.events()[-1]
    assert (name, set(data["regions"])) == ("change", {"people", "counts"})
    assert list(data["regions"]["people"]["pieces"]) == ["person-1001"]
    assert [name for name, _ in other.events()] == ["snapshot"]
    assert boss.post("/roster/w1/cells", form | {"on": "0"}).status == 204
    assert (worked(house), len(token)) == ([], 64)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"staff": "9999"}, 409, "Nobody of number 9999 works here."),
        ({"shift": "late"}, 409, "This ward has no shift late."),
        ({"day": "2026-02-30"}, 400, "cannot be understood"),
    ],
)
def test_a_cell_that_cannot_be_says_why(house: Hospital, change: dict[str, str], status: int, said: str) -> None:
    """In words, for the script to show."""
    reply = house.browser("manager").post("/roster/w1/cells", CELL | {"staff": "1001", "on": "1"} | change)
    assert (reply.status, said in reply.text) == (status, True)


def test_a_nurse_shares_out_the_beds_of_her_own_shift(house: Hospital) -> None:
    """`nurse` is the log-in of 1001; another's shift is not hers."""
    put(house, "1001", "1002")
    put(house, "1003", cell=(MONDAY, "evening"))
    nurse = house.browser("nurse")
    assert 'name="beds-1002"' in nurse.get("/roster/w1").text
    assert nurse.post("/roster/w1/beds", CELL | {"beds-1001": "1-20", "beds-1002": "21-38 加1"}).status == 303
    assert worked(house) == [("1001", "1-20"), ("1002", "21-38 加1")]
    reply = nurse.post("/roster/w1/beds", CELL | {"shift": "evening", "beds-1003": "1"})
    assert (reply.status, "your own shift" in reply.text) == (403, True)
    faulty = nurse.post("/roster/w1/beds", CELL | {"beds-1001": "1-99", "beds-1002": ""})
    assert (faulty.status, "There is no bed 39 in this ward." in faulty.text or "no bed" in faulty.text) == (422, True)
    assert worked(house) == [("1001", "1-20"), ("1002", "21-38 加1")]
    assert house.browser("manager").post("/roster/w1/beds", CELL | {"shift": "evening", "beds-1003": "1"}).status == 303


def test_the_wards_own_log_in_shares_out_what_is_on_now(house: Hospital) -> None:
    """One that is nobody's in particular, as at the station."""
    now(house.cardboard.house.users.add("station1", "nurse", PASSWORD, wards=("w1",), must_change=False))
    put(house, "1002")
    put(house, "1003", cell=(MONDAY, "evening"))
    station = house.browser("station1")
    assert station.post("/roster/w1/beds", CELL | {"beds-1002": "1"}).status == 303
    assert station.post("/roster/w1/beds", CELL | {"shift": "evening", "beds-1003": "1"}).status == 403
    assert station.get("/roster/w2").status == 403


def test_the_nurse_of_a_bed_is_on_its_tile(house: Hospital) -> None:
    """Until her shift is over; the station is told."""
    put(house, "1001")
    now(house.cardboard.house.roster.share("w1", DAY, {"1001": "1-20"}, "boss"))
    nurse = house.browser("nurse")
    page = nurse.get("/station/w1").text
    tile = page[page.index('data-key="bed-20"') : page.index('data-key="bed-22"')]
    assert tile.count("沈敏") == 1
    line = nurse.open("/live?ward=w1")
    house.cardboard.clock.advance(timedelta(hours=7))  # type: ignore[attr-defined]
    changed = [
        data["regions"]["beds"] for name, data in line.events() if name == "change" and "beds" in data["regions"]
    ]
    assert "沈敏" not in changed[-1]["pieces"]["bed-20"]


def test_a_cover_is_put_on_and_withdrawn(house: Hospital) -> None:
    """With the hours of the site; one that cannot be says why."""
    boss = house.browser("manager")
    form = {"staff": "2001", "start": "2026-03-02T10:00", "end": "2026-03-02T12:00"}
    assert boss.post("/roster/w1/covers", form).status == 303
    page = boss.get("/roster/w1").text
    assert "Helen Fang" in page
    assert "2026-03-02 10:00 – 2026-03-02 12:00" in page
    identity = re.search(r"/covers/(\w+)/withdraw", page)
    assert identity
    assert boss.post(f"/roster/w1/covers/{identity[1]}/withdraw").status == 303
    assert boss.post(f"/roster/w1/covers/{identity[1]}/withdraw").status == 404
    refused = boss.post("/roster/w1/covers", form | {"staff": "1001"})
    assert (refused.status, "works in this ward" in refused.text) == (422, True)
    assert boss.post("/roster/w1/covers", form | {"end": "soon"}).status == 422


def test_a_week_is_copied_a_pattern_repeated_and_two_duties_swapped(house: Hospital) -> None:
    """Each says that it was done."""
    boss = house.browser("manager")
    put(house, "1001")
    put(house, "1002", cell=(MONDAY, "night"))
    reply = boss.post("/roster/w1/copy-week", {"first": "2026-03-09"})
    assert reply.headers["location"] == "/roster/w1?first=2026-03-09&span=week"
    assert "The week before was copied." in boss.get(reply.headers["location"]).text
    assert worked(house, (date(2026, 3, 9), "day")) == [("1001", "")]
    form = {"source": "2026-03-02", "length": "1", "start": "2026-03-03", "end": "2026-03-04", "staff": "1001"}
    assert boss.post("/roster/w1/repeat", form).status == 303
    assert [worked(house, (date(2026, 3, day), shift)) for day, shift in ((4, "day"), (4, "night"))] == [
        [("1001", "")], [],
    ]  # fmt: skip
    assert boss.post("/roster/w1/repeat", form | {"length": "many"}).status == 422
    assert boss.post("/roster/w1/repeat", form | {"start": ""}).status == 422
    swap = {"one": "2026-03-02|day|1001", "other": "2026-03-02|night|1002"}
    assert boss.post("/roster/w1/swap", swap).status == 303
    assert (worked(house), worked(house, (MONDAY, "night"))) == ([("1002", "")], [("1001", "")])
    again = boss.post("/roster/w1/swap", swap)
    assert (again.status, "1001 is not on duty then." in again.text) == (422, True)


def test_a_month_is_taken_away_and_loaded(house: Hospital) -> None:
    """As CSV and XLSX; a file with faults names them all and changes nothing."""
    boss = house.browser("manager")
    put(house, "1001", "1002")
    text = boss.get("/roster/w1/month.csv?first=2026-03-15").body.decode("utf-8-sig")
    assert "2026-03-02,day,1001,沈敏," in text
    assert boss.get("/roster/w1/month.xlsx").body.startswith(b"PK")
    assert boss.get("/roster/w1/month.pdf").status == 404
    bad = upload(
        boss, "/roster/w1/month", b"day,shift,id\n2026-03-02,day,9999\n2026-04-01,day,1001\n", first="2026-03-02"
    )
    assert bad.status == 422
    assert "Row 2: nobody of number &#39;9999&#39; works here" in bad.text
    assert "Row 3: 2026-04-01 is not between" in bad.text
    assert len(worked(house)) == 2
    rows = [("day", "shift", "id", "beds"), ("2026-03-02", "night", "1003", "1-3")]
    assert upload(boss, "/roster/w1/month", xlsx_file({"m": rows}), first="2026-03-02").status == 303
    assert (worked(house), worked(house, (MONDAY, "night"))) == ([], [("1003", "1-3")])
    assert boss.post("/roster/w1/month").status == 422


def test_staff_are_added_changed_and_retired(house: Hospital) -> None:
    """A number is one person's; what is wrong is said field by field."""
    boss, people = house.browser("manager"), house.cardboard.house.roster
    form = {"id": "1010", "ward": "w1", "name": "新来", "role": "nurse", "active": "1", "new": "1"}
    assert boss.post("/staff/w1", form).status == 303
    assert people.person("1010") == Staff("1010", "w1", "新来")
    again = boss.post("/staff/w1", form)
    assert (again.status, "somebody else" in again.text) == (422, True)
    assert boss.post("/staff/w1", {"id": "1010", "ward": "w1", "name": "新来", "mobile": "13912345678"}).status == 303
    assert people.person("1010") == Staff("1010", "w1", "新来", mobile="13912345678", active=False)
    bad = boss.post("/staff/w1", form | {"id": "1011", "mobile": "call me"})
    assert (bad.status, "mobile: &#39;call me&#39; is no telephone number" in bad.text) == (422, True)
    twice = boss.post("/staff/w1", form | {"id": "1012", "login": "nurse"})
    assert (twice.status, "The log-in nurse belongs to somebody else already." in twice.text) == (422, True)


def test_a_list_of_staff_is_loaded_and_taken_away(house: Hospital) -> None:
    """Whoever is not in it stays."""
    boss = house.browser("manager")
    text = boss.get("/staff/w1/list.csv").body.decode("utf-8-sig")
    assert text.startswith("id,ward,name,role,mobile,extension,login,active")
    assert upload(boss, "/staff/w1/list", "工号,病区,姓名\n1020,w1,王五\n".encode()).status == 303
    assert "new or changed: 1" in boss.get("/staff/w1").text
    assert upload(boss, "/staff/w1/list", b"id,ward,name\n1,w9,x\n").status == 422
    assert boss.post("/staff/w1/list").status == 422


def test_a_manager_of_one_ward_plans_no_other(house: Hospital) -> None:
    """Nor takes its people."""
    now(house.cardboard.house.users.add("ann", "manager", PASSWORD, wards=("w2",), must_change=False))
    ann = house.browser("ann")
    assert ann.get("/roster").headers["location"] == "/roster/w2"
    assert [ann.get(path).status for path in ("/roster/w1", "/staff/w1")] == [403, 403]
    assert ann.post("/staff/w2", {"id": "5", "ward": "w1", "name": "x"}).status == 403
    stolen = ann.post("/staff/w2", {"id": "1001", "ward": "w2", "name": "x", "active": "1"})
    assert stolen.status == 422
    assert upload(ann, "/staff/w2/list", b"id,ward,name\n5,w1,x\n").status == 403


def test_who_did_it_is_in_the_journal(house: Hospital) -> None:
    """By log-in."""
    house.browser("manager").post("/roster/w1/cells", CELL | {"staff": "1001", "on": "1"})
    with house.cardboard.database.engine.begin() as connection:
        last = [entry for entry in entries(connection) if entry.kind == "nursecall.RosterChanged"][-1]
    assert last.body == {
        "by": "manager", "how": "assign", "ward": "w1", "cells": [["2026-03-02", "day", [["1001", ""]]]],
    }  # fmt: skip


def test_hostile_names_are_only_text(house: Hospital) -> None:
    """On the sheet and in the lists."""
    hostile = "<img src=x onerror=alert(1)>"
    now(house.cardboard.house.roster.keep_staff([Staff("666", "w1", hostile), Staff("667", "w2", hostile)], "boss"))
    boss = house.browser("manager")
    put(house, "666")
    for path in ("/roster/w1", "/staff/w1", "/handover/w1"):
        assert "<img" not in boss.get(path).text, path


def test_chinese_pages_ask_for_no_word_that_is_missing(house: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the templates put together at run time."""
    from appliance.foundation import i18n
    from appliance.foundation.values import Language
    from tests.web.test_words import chinese

    asked: set[str] = set()
    real = i18n.translate

    def listen(message: str, language: Language, /, **facts: object) -> str:
        asked.add(message)
        return real(message, language, **facts)

    monkeypatch.setattr("web.render.translate", listen)
    put(house, "1001", "1004", "1005")
    care = house.cardboard.house.care
    for kind in ("turn", "infusion", "other"):
        care.reminders.add("w1", "1", kind, "x", house.cardboard.clock.now(), 30, "x")
    boss = house.browser("admin", language="zh")
    for path in ("/roster/w1", "/roster/w1?span=month", "/staff/w1", "/handover/w1", "/station/w1"):
        assert boss.get(path).status == 200
    assert sorted(asked - set(chinese())) == []
