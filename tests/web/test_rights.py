"""Who may open what, asked over HTTP."""

from __future__ import annotations

import pytest

from tests.support import now
from tests.web.browser import PASSWORD, Hospital, hospital
from web.rights import ROLES

PAGES: dict[str, set[str]] = {
    "/log-ins": {"admin"},
    "/station/w1": {"nurse", "manager", "admin"},
    "/wallboard": {*ROLES},
    "/accounts": {"cashier", "admin"},
    "/accounts/100001": {"cashier", "admin"},
    "/cashier": {"cashier", "admin"},
    "/cashier/find?q=1": {"cashier", "admin"},
    "/cashier/100001": {"cashier", "admin"},
    "/cashier/receipts/1": {"cashier", "admin"},
    "/books": {"cashier", "manager", "admin"},
    "/books/ledger.csv": {"cashier", "manager", "admin"},
    "/till": {"cashier", "admin"},
    "/till/1": {"cashier", "admin"},
    "/till/1/sheet.pdf": {"cashier", "admin"},
    "/reports/receipt.pdf?entry=1": {"cashier", "admin"},
    "/reports": {"cashier", "manager", "admin"},
    "/reports/cash": {"manager", "admin"},
    "/reports/cash/file.pdf": {"manager", "admin"},
    "/reports/top-accounts": {"manager", "admin"},
    "/reports/top-accounts/file.xlsx": {"manager", "admin"},
    "/reports/lockouts": {"manager", "admin"},
    "/reports/lockouts/file.pdf": {"manager", "admin"},
    "/reports/mailed": {"manager", "admin", "it"},
    "/reports/unpaid": {"cashier", "manager", "admin"},
    "/reports/unpaid/file.pdf": {"cashier", "manager", "admin"},
    "/reports/bills": {"cashier", "manager", "admin"},
    "/reports/bills/file.xlsx": {"cashier", "manager", "admin"},
    "/reports/calls.pdf": {"manager", "admin"},
    "/reports/statement.pdf?account=100001": {"cashier", "manager", "admin"},
    "/history": {"nurse", "manager", "admin"},
    "/history/none": {"nurse", "manager", "admin"},
    "/history/calls.csv": {"manager", "admin"},
    "/history/calls.xlsx": {"manager", "admin"},
    "/analysis": {"manager", "admin"},
    "/analysis/calls.pdf": {"manager", "admin"},
    "/status": {"it", "admin"},
    "/patients": {"nurse", "manager", "it", "admin"},
    "/patients/export.csv": {"nurse", "manager", "admin"},
    "/patients/import": {"it", "admin"},
    "/training": {"nurse", "manager", "it", "admin"},
    "/plan/revisions": {"it", "admin"},
    "/exchange": {"it", "admin"},
    "/exchange/dialling": {"it", "admin"},
    "/exchange/inbound": {"it", "admin"},
    "/exchange/security": {"it", "admin"},
    "/exchange/conferences": {"manager", "it", "admin"},
    "/exchange/extensions": {"it", "admin"},
    "/exchange/extensions/8001": {"it", "admin"},
    "/operator": {"operator", "manager", "it", "admin"},
    "/exchange/faxes": {"operator", "manager", "admin"},
    "/exchange/faxes/none.pdf": {"operator", "manager", "admin"},
    "/recordings": {"manager", "admin"},
    "/recordings/none": {"manager", "admin"},
    "/recordings/none/sound.wav": {"manager", "admin"},
    "/recordings/none/export.wav": {"manager", "admin"},
    "/speech/none.wav": {"nurse", "manager", "admin"},
}
ACTS: dict[str, set[str]] = {
    "/log-ins": {"admin"},
    "/log-ins/describe": {"admin"},
    "/log-ins/password": {"admin"},
    "/log-ins/off": {"admin"},
    "/log-ins/on": {"admin"},
    "/exchange/faxes": {"operator", "manager", "admin"},
    "/exchange/faxes/none/delete": {"operator", "manager", "admin"},
    "/exchange/dialling": {"it", "admin"},
    "/station/w1/calls/c1/acknowledge": {"nurse", "admin"},
    "/accounts/100001/deposit": {"cashier", "admin"},
    "/accounts/100001/pin": {"cashier", "admin"},
    "/accounts/100001/discharge": {"cashier", "admin"},
    "/cashier/100001/deposit": {"cashier", "admin"},
    "/till/handover": {"cashier", "admin"},
    "/till/float": {"cashier", "admin"},
    "/books/close": {"manager", "admin"},
    "/books/pay": {"cashier", "admin"},
    "/accounts": {"cashier", "admin"},
    "/patients/import": {"it", "admin"},
    "/patients/import/load": {"it", "admin"},
    "/training/w1/do": {"nurse", "manager", "it", "admin"},
    "/plan/wards/w1": {"it", "admin"},
    "/exchange/inbound/block": {"it", "admin"},
    "/exchange/inbound/switch": {"it", "admin"},
    "/exchange/security/lift": {"it", "admin"},
    "/exchange/conferences/8801/lock": {"manager", "it", "admin"},
    "/exchange/extensions/8001": {"it", "admin"},
    "/operator/call": {"operator", "manager", "it", "admin"},
    "/exchange/conferences/8801/pin": {"manager", "it", "admin"},
    "/recordings/none/mark": {"manager", "admin"},
    "/recordings/none/delete": {"admin"},
    "/recordings/talk": {"nurse", "manager", "admin"},
    "/plan/revisions/1/activate": {"it", "admin"},
}


@pytest.fixture(scope="module")
def house() -> Hospital:
    """One house for all: nothing here changes it."""
    return hospital()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_for_its_roles_only(house: Hospital, role: str, path: str) -> None:
    """403 for everybody else, whatever is behind the page."""
    status = house.browser(role).get(path).status
    assert (status != 403) == (role in PAGES[path]), status


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ACTS)
def test_an_act_is_open_to_its_roles_only(house: Hospital, role: str, path: str) -> None:
    """Rights are checked on the server, not by hiding buttons."""
    status = house.browser(role).post(path).status
    assert (status != 403) == (role in ACTS[path]), status


@pytest.mark.parametrize("path", [path for path in PAGES if "?" not in path])
def test_a_stranger_is_sent_to_the_log_in_page(house: Hospital, path: str) -> None:
    """And comes back to where they wanted to go."""
    reply = house.stranger().get(path)
    assert (reply.status, reply.headers["location"]) == (303, f"/login?next={path}")


@pytest.mark.parametrize("right", ["/live?view=status", "/live?ward=w1", "/live?view=nonsense"])
def test_a_live_view_needs_the_right_of_its_page(house: Hospital, right: str) -> None:
    """A cashier cannot listen to what a cashier cannot see."""
    assert house.browser("cashier").get(right).status == 403


def test_a_nurse_of_one_ward_sees_no_other() -> None:
    """Neither the page, nor its live events, nor its calls on the wallboard."""
    place = hospital()
    now(place.cardboard.house.users.add("ann", "nurse", PASSWORD, wards=("w2",), must_change=False))
    place.cardboard.wards.press("w1", "28", patient="王秀英")
    ann = place.browser("ann")
    assert ann.get("/station").headers["location"] == "/station/w2"
    assert [ann.get(path).status for path in ("/station/w2", "/station/w1", "/live?ward=w1")] == [200, 403, 403]
    assert ann.post("/station/w1/calls/c1/acknowledge").status == 403
    assert "Ward 1" not in ann.get("/wallboard").text


def test_every_page_carries_the_headers_that_keep_browsers_honest(house: Hospital) -> None:
    """No inline script or style is allowed, and none is there."""
    for path in ("/station/w1", "/accounts", "/reports", "/status", "/login", "/nowhere"):
        reply = house.browser("admin").get(path)
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"
        assert " style=" not in reply.text
        assert "<style" not in reply.text
        assert " onclick=" not in reply.text


def test_errors_are_one_sentence_in_the_visitors_language(house: Hospital) -> None:
    """403, 404 and 405."""
    nurse, chinese = house.browser("nurse"), house.browser("nurse", language="zh")
    assert "There is no such page." in nurse.get("/nowhere").text
    assert "没有这个页面。" in chinese.get("/nowhere").text
    assert "您没有权限打开此页面。" in chinese.get("/status").text
    assert nurse.post("/station/w1").status == 405
    assert (nurse.get("/station/w9").status, nurse.get("/static/x/../site.py").status) == (404, 404)
