"""The page of trunks, over HTTP."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import openpyxl
import pytest
from twisted.internet.task import Clock

from appliance.foundation.health import State
from appliance.foundation.i18n import Text
from pbx.ari.messages import Channel, Created, Destroyed
from pbx.trunk_lines import LineCall
from tests.fakes.house import PBX
from tests.web.browser import Hospital, hospital
from web.site import site


@pytest.fixture
def house() -> Hospital:
    """Telecom is up: three calls today, two answered, ten minutes in all, one line in use; unicom refused one."""
    place = hospital()
    cardboard, now = place.cardboard, place.cardboard.clock.now()
    cardboard.health.say(now, "trunk:telecom", State.UP)
    cardboard.health.say(now, "trunk:unicom", State.DEGRADED, "The carrier had no free line ({code}).", code="503")
    for minutes in (4, 6):
        cardboard.traffic.over(LineCall("telecom", False, now, now, now + timedelta(minutes=minutes), "answered", 16))
    cardboard.traffic.over(LineCall("telecom", True, now, None, now, "not-answered"))
    cardboard.traffic.begun("telecom", 2, now)
    lines = cardboard.exchange.trunks
    lines.hear(Created(now, Channel("c1", "PJSIP/trunk-telecom-00000001", "Down", "carriers")))
    refused = Channel("c2", "PJSIP/trunk-unicom-00000002", "Down", "carriers")
    lines.hear(Created(now, refused))
    lines.hear(Destroyed(now, refused, 34, 503))
    return place


def test_how_each_trunk_is(house: Hospital) -> None:
    """State, lines in use, calls today, share of answers, and the carrier's last failure in words."""
    page = house.browser("it").get("/exchange/trunks").text
    assert "<b>1</b> / 30" in page
    assert "<b>3</b>" in page
    assert "<b>67 %</b>" in page
    assert page.count("The carrier had no free line (503).") == 2
    assert "SIP · 127.0.0.1:5060" in page


def test_the_traffic_of_a_day(house: Hospital) -> None:
    """Each hour with calls, the busiest hour, and the whole."""
    page = house.browser("it").get("/exchange/trunks?day=2026-03-02").text
    assert "09:00" in page
    assert "10.0" in page
    assert "No calls over trunks in this time." not in page
    other = house.browser("it").get("/exchange/trunks?day=2026-03-01&trunk=unicom").text
    assert "No calls over trunks in this time." in other


def test_it_is_in_chinese_too(house: Hospital) -> None:
    """For the hospital's own people."""
    page = house.browser("it", language="zh").get("/exchange/trunks?period=month").text
    assert "运营商没有空闲线路（503）。" in page
    assert "话务量" in page


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_it_is_exported(house: Hospital, period: str) -> None:
    """As CSV and XLSX, with the total below; and the journal knows who took it."""
    csv = house.browser("it").get(f"/exchange/trunks/traffic.csv?period={period}").body.decode("utf-8-sig")
    last = csv.splitlines()[-1].split(",")
    assert last[:7] == ["Total", "3", "2", "1", "2", "66.7", "10.0"]
    book = house.browser("it").get(f"/exchange/trunks/traffic.xlsx?period={period}").body
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [rows[-1][0], rows[-1][1]] == ["Total", "3"]


def test_nobody_else_sees_it(house: Hospital) -> None:
    """Nor takes the file."""
    for path in ("/exchange/trunks", "/exchange/trunks/traffic.csv"):
        assert house.browser("nurse").get(path).status == 403


def test_it_is_live(house: Hospital) -> None:
    """A call that begins is on the open page."""
    line = house.browser("it").open("/live?view=trunks")
    now = house.cardboard.clock.now()
    house.cardboard.exchange.trunks.hear(
        Created(now, Channel("c3", "PJSIP/trunk-telecom-00000003", "Ring", "carriers"))
    )
    house.live.trunks_changed()
    assert list(line.events()[-1][1]["regions"]["trunks"]["pieces"]) == ["telecom"]


def test_a_trunk_that_the_exchange_does_not_know_yet_has_its_row(house: Hospital) -> None:
    """A plan is read at once; its exchange may still be on the way."""
    cardboard = house.cardboard
    new = PBX.trunks[0].model_copy(update={"id": "spare", "name": Text(zh="备用", en="Spare")})
    plan = PBX.model_copy(update={"trunks": (*PBX.trunks, new)})
    cardboard.house = replace(cardboard.house, pbx=lambda: plan)
    page = Hospital(cardboard, house.live, site(cardboard.house, house.live, cast(Any, Clock()))).browser("it")
    for path in ("/exchange/trunks", "/exchange", "/operator"):
        reply = page.get(path)
        assert reply.status == 200, path
        assert "Spare" in reply.text, path
