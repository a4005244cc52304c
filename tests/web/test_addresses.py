"""The address book at the panel, over HTTP."""

from __future__ import annotations

import re

import pytest

from appliance.foundation.sheets import xlsx_file
from pbx.addresses.entry import Entry
from pbx.addresses.lists import list_rows
from tests.support import now
from tests.web.browser import Browser, Hospital, Reply, hospital


@pytest.fixture
def house() -> Hospital:
    return hospital()


def send(browser: Browser, content: bytes, how: str = "more", file: str = "通讯录.xlsx") -> Reply:
    """The form with a file, as a browser sends it."""
    csrf, edge = browser.token(), b"--x\r\ncontent-disposition: form-data; name="
    body = edge + b'"csrf"\r\n\r\n' + csrf.encode() + b"\r\n" + edge + b'"how"\r\n\r\n' + how.encode() + b"\r\n"
    body += edge + f'"list"; filename="{file}"\r\n\r\n'.encode() + content + b"\r\n--x--\r\n"
    return browser.post_bytes("/addresses/list", "multipart/form-data; boundary=x", body)


def names(house: Hospital) -> list[str]:
    return [entry.name for entry in house.cardboard.house.addresses.every()]


def test_somebody_is_added_changed_and_removed(house: Hospital) -> None:
    """By form; what will not do is said beside its field and what was typed stays."""
    it = house.browser("it")
    reply = it.post("/addresses", {"name": "Zhou", "number": "nine"})
    assert reply.status == 422
    assert re.search(r'value="nine"[^>]*aria-invalid="true".*is no telephone number', reply.text)
    assert it.post("/addresses", {"name": "Zhou", "number": "13800000092; 8001", "vip": "1"}).status == 303
    [entry] = house.cardboard.house.addresses.every()
    assert (entry.numbers, entry.vip) == (("13800000092", "8001"), True)
    page = it.get(f"/addresses?edit={entry.id}").text
    assert 'value="13800000092; 8001"' in page
    assert (
        it.post("/addresses", {"id": entry.id, "name": "Zhou", "number": "8002", "department": "Office"}).status == 303
    )
    assert it.post("/addresses", {"name": "Zhou", "number": "8003", "department": "Office"}).status == 422
    assert "Zhou" in it.get("/addresses?q=off").text
    assert "Nobody in the address book fits" in it.get("/addresses?q=surgery").text
    assert it.post("/addresses/remove", {"id": entry.id}).status == 303
    assert it.post("/addresses", {"id": entry.id, "name": "Zhou", "number": "8002"}).status == 409
    assert names(house) == []


def test_a_list_is_looked_at_and_then_loaded(house: Hospital) -> None:
    """Nothing changes before; taken away again it is the same."""
    it = house.browser("it")
    it.post("/addresses", {"name": "Old", "number": "8001"})
    wanted = [Entry("周院长", ("13800000092",), "院办", vip=True), Entry("血站", ("057185000000",))]
    reply = send(it, xlsx_file({"book": list_rows(wanted)}), "whole")
    assert "通讯录.xlsx" in reply.text
    assert "Removed would be: Old" in reply.text
    assert names(house) == ["Old"]
    assert it.post("/addresses/list/load").status == 303
    assert "2 new, 0 changed, 1 removed" in it.get("/addresses").text
    assert names(house) == ["血站", "周院长"]
    assert it.post("/addresses/list/load").status == 422  # once
    again = send(it, it.get("/addresses/list.csv").body, file="c.csv")
    assert re.findall(r'<td class="num">(\d+)</td>', again.text) == ["0", "0", "2", "0"]
    assert send(it, it.get("/addresses/list.xlsx").body).status == 200


def test_a_bad_list_names_file_row_and_column(house: Hospital) -> None:
    """In the reader's language; the book stays."""
    it = house.browser("it", language="zh")
    reply = send(it, "姓名,电话\n张伟,8081\n李娜,无\n".encode(), file="C:\\my\\通讯录.csv")
    assert reply.status == 422
    assert "通讯录.csv" in reply.text
    assert re.search("第 3 行.{1,3}电话", reply.text)
    assert names(house) == []


def test_who_calls_is_named(house: Hospital) -> None:
    """The rules know them, as the operator's console does; a VIP is one."""
    it = house.browser("it")
    it.post("/addresses", {"name": "Blood bank", "number": "0571-85000000", "department": "Transfusion"})
    page = it.get("/exchange/inbound?called=88880000&caller=85000000&at=2026-03-02T09:00").text
    assert "The address book knows the caller: Blood bank." in page
    operator = house.browser("operator")
    tiles = operator.get("/operator/people?typed=transf").text
    assert 'data-number="057185000000"' in tiles
    assert "Blood bank" in tiles
    assert operator.get("/operator/people?typed=").text == ""
    now(house.cardboard.house.addresses.keep(Entry("Dr Li", ("8001",)), "it"))
    assert "Dr Li" in operator.get("/operator").text


def test_only_who_keeps_it_sees_it(house: Hospital) -> None:
    """Nurses and cashiers do not."""
    for role, status in (("nurse", 403), ("cashier", 403), ("operator", 200), ("manager", 200)):
        assert house.browser(role).get("/addresses").status == status
