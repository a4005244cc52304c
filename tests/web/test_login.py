"""Coming in and going out."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from appliance.foundation import journal
from tests.fakes.clock import FakeClock
from tests.support import now
from tests.web.browser import PASSWORD, Hospital, hospital
from web.schema import sessions, users


@pytest.fixture
def house() -> Hospital:
    """A house of one's own."""
    return hospital()


def kinds(house: Hospital) -> list[tuple[str, dict[str, object]]]:
    """What the journal says of the panel."""
    return now(
        house.cardboard.database.transact(
            lambda connection: [(entry.kind, entry.body) for entry in journal.entries(connection)]
        )
    )


def advance(house: Hospital, seconds: float) -> None:
    """Let time pass."""
    clock = house.cardboard.clock
    assert isinstance(clock, FakeClock)
    clock.advance(seconds)


def test_the_right_password_opens_the_door(house: Hospital) -> None:
    """To the page of one's role; the cookie is out of reach of scripts and other sites; the act is on record."""
    browser = house.stranger()
    reply = browser.log_in("nurse")
    assert (reply.status, reply.headers["location"]) == (303, "/")
    cookie = next(cookie for cookie in reply.cookies if cookie.startswith("nightbell="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert browser.get("/").headers["location"] == "/station"
    assert ("web.LoggedIn", {"user": "nurse", "address": "127.0.0.1"}) in kinds(house)


def test_a_wrong_password_does_not(house: Hospital) -> None:
    """The same sentence for a wrong password and an unknown name; what was typed as a name is not kept."""
    browser = house.stranger()
    wrong, unknown = browser.log_in("nurse", "guess"), browser.log_in("my-password-99", "guess")
    assert (wrong.status, unknown.status) == (401, 401)
    for reply in (wrong, unknown):
        assert "用户名或密码不正确。" in reply.text
    failures = [body for kind, body in kinds(house) if kind == "web.LoginFailed"]
    assert [(body["user"], body["why"]) for body in failures] == [("nurse", "password"), ("", "unknown")]


def test_guessing_is_slowed_down_even_for_who_then_knows(house: Hospital) -> None:
    """Five tries in five minutes; then the right password must wait as well."""
    browser = house.stranger()
    for _ in range(5):
        browser.log_in("nurse", "guess")
    refused = browser.log_in("nurse")
    assert refused.status == 401
    assert "尝试次数过多" in refused.text
    advance(house, 301)
    assert browser.log_in("nurse").status == 303


def test_one_guesser_does_not_lock_out_another_name(house: Hospital) -> None:
    """Tries count by name and place."""
    browser = house.stranger()
    for _ in range(6):
        browser.log_in("nurse", "guess")
    assert browser.log_in("cashier").status == 303


def test_a_form_without_its_token_is_refused(house: Hospital) -> None:
    """For strangers, for users, with an empty and with another browser's token."""
    stranger, nurse = house.stranger(), house.browser("nurse")
    assert stranger.post("/login", {"name": "nurse", "password": PASSWORD}, csrf="").status == 403
    other = house.stranger().token()
    assert stranger.post("/login", {"name": "nurse", "password": PASSWORD}, csrf=other).status == 403
    for path in ("/logout", "/password", "/preferences", "/station/w1/calls/c1/acknowledge"):
        assert nurse.post(path, csrf="0" * 64).status == 403
    assert nurse.get("/station/w1").status == 200


def test_a_given_password_must_be_changed_first(house: Hospital) -> None:
    """No page opens before; afterwards the old one is dead and every other browser is out."""
    now(house.cardboard.house.users.add("ann", "nurse", "given-by-it"))
    browser, elsewhere = house.stranger(), house.stranger()
    assert browser.log_in("ann", "given-by-it").headers["location"] == "/password"
    elsewhere.log_in("ann", "given-by-it")
    assert browser.get("/station/w1").headers["location"] == "/password"
    assert b"event: bye" in browser.open("/live?ward=w1").sent
    change = {"old": "given-by-it", "new": "four lamps lit", "again": "four lamps lit"}
    assert browser.post("/password", change).headers["location"] == "/"
    assert browser.get("/station/w1").status == 200
    assert elsewhere.get("/station/w1").headers["location"].startswith("/login")
    assert house.stranger().log_in("ann", "given-by-it").status == 401


@pytest.mark.parametrize(
    ("old", "new", "again", "fault"),
    [
        ("wrong", "four lamps lit", "four lamps lit", "原密码不正确。"),
        (PASSWORD, "short", "short", "新密码至少需要 8 个字符。"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码不能与原密码相同。"),
        (PASSWORD, "nurse-nurse", "nurse-nurse", "该密码太容易被猜到"),
        (PASSWORD, "four lamps lit", "five lamps lit", "两次输入的新密码不一致。"),
    ],
)
def test_a_bad_new_password_is_refused_in_words(house: Hospital, old: str, new: str, again: str, fault: str) -> None:
    """And the old one still works."""
    reply = house.browser("nurse", language="zh").post("/password", {"old": old, "new": new, "again": again})
    assert reply.status == 422
    assert fault in reply.text
    assert house.stranger().log_in("nurse").status == 303


def test_neither_password_nor_cookie_is_stored(house: Hospital) -> None:
    """Only hashes; nothing of them in the journal."""
    browser = house.browser("nurse")

    def read(connection: sa.Connection) -> str:
        tables = (users, sessions, journal.journal)
        return "\n".join(str(row) for table in tables for row in connection.execute(sa.select(table)))

    everything = now(house.cardboard.database.transact(read))
    assert "$argon2id$" in everything
    assert PASSWORD not in everything
    assert browser.cookies["nightbell"] not in everything


def test_logging_out_ends_the_session_on_the_server(house: Hospital) -> None:
    """A kept cookie is worth nothing."""
    browser = house.browser("nurse")
    kept = browser.cookies["nightbell"]
    assert browser.post("/logout").headers["location"] == "/login"
    browser.cookies["nightbell"] = kept
    assert browser.get("/station/w1").status == 303


def test_a_desk_is_logged_out_when_idle_but_a_station_is_not(house: Hospital) -> None:
    """An hour at a desk; half a day at a ward."""
    cashier, nurse = house.browser("cashier"), house.browser("nurse")
    advance(house, 3601)
    assert cashier.get("/accounts").status == 303
    assert nurse.get("/station/w1").status == 200


def test_a_disabled_user_is_out_within_a_minute(house: Hospital) -> None:
    """Also when disabled by another process, straight in the database."""
    browser = house.browser("nurse")
    now(house.cardboard.database.transact(lambda c: c.execute(users.update().values(disabled=True))))
    advance(house, 61)
    assert browser.get("/station/w1").status == 303
    assert house.stranger().log_in("nurse").status == 401


def test_who_is_logged_in_stays_so_while_the_database_is_down(house: Hospital) -> None:
    """The station, its live events and its button work from memory."""
    call = house.cardboard.wards.press("w1", "28")
    browser = house.browser("nurse")
    token = browser.token()
    house.cardboard.database.broken = OSError("disk on fire")
    advance(house, 120)
    assert browser.get("/station/w1").status == 200
    assert browser.open("/live?ward=w1").events()[0][0] == "snapshot"
    assert browser.post(f"/station/w1/calls/{call.id}/acknowledge", csrf=token).status == 303
    assert house.cardboard.wards.calls[call.id].state == "acknowledged"


def test_language_and_theme_are_remembered_for_the_user(house: Hospital) -> None:
    """In another browser too."""
    browser = house.browser("nurse", language="zh")
    assert "<h1>一病区" in browser.get("/station/w1").text
    assert browser.post("/preferences", {"language": "en", "next": "/station/w1"}).headers["location"] == "/station/w1"
    assert browser.post("/preferences", {"theme": "night"}, by_script=True).status == 204
    page = house.browser("nurse", language="zh").get("/station/w1").text
    assert "<h1>Ward 1" in page
    assert 'data-theme="night"' in page


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example", "/\\evil.example", "/x\r\nset-cookie: a=b"]
)
def test_nobody_is_sent_to_another_site(house: Hospital, away: str) -> None:
    """`next` leads into this site or nowhere."""
    reply = house.stranger().post("/login", {"name": "nurse", "password": PASSWORD, "next": away})
    assert reply.headers["location"] == "/"


def test_a_huge_body_is_refused_before_it_is_read(house: Hospital) -> None:
    """No form of ours is that large."""
    from tests.web.browser import Line

    line = Line(house.factory, b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 99000000\r\n\r\n")
    assert line.sent.startswith(b"HTTP/1.1 413 ")
    assert line.transport.disconnecting
