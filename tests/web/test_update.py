"""The page of updates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.house import FakeUpdates
from tests.web.browser import Browser, Hospital, Line, hospital
from web.updates import Found, Last, SlotState, Standing

NIGHT = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
GOOD = Found("f1", "upload.raucb", "", 488_000_000, "good", "0.2.0+b", "Hospital IT")
STANDS = Standing(
    True, "0.1.0+a", slots=[SlotState("A", "0.1.0+a", "runs"), SlotState("B", "0.0.9+z", "good")], found=[GOOD],
    calls=2, bedside=3, may_go_back=True,
)  # fmt: skip
WAITING = Last("waiting", "0.2.0+b", "it", NIGHT)


@pytest.fixture
def place() -> Hospital:
    """A panel of a box that was started from the image."""
    found = hospital()
    of(found).stands = STANDS
    return found


def of(place: Hospital) -> FakeUpdates:
    updates = place.cardboard.house.updates
    assert isinstance(updates, FakeUpdates)
    return updates


def test_it_shows_what_is_there(place: Hospital) -> None:
    """Slots, bundles, by whom they are signed; in both languages."""
    page = place.browser("it").get("/update").text
    for words in ("0.1.0+a", "0.0.9+z", "signed by Hospital IT", "488 MB", "Go back to it", "/update/f1/install"):
        assert words in page
    assert "development keys" not in page
    assert "签名者 Hospital IT" in place.browser("it", language="zh").get("/update").text


def test_a_box_with_development_keys_says_so(place: Hospital) -> None:
    """Nobody vouches for what it takes."""
    of(place).stands = replace(STANDS, is_development=True)
    assert "This box trusts development keys" in place.browser("it").get("/update").text


def test_an_ordinary_machine_says_that_it_is_one() -> None:
    """And offers nothing."""
    page = hospital().browser("it").get("/update").text
    assert "This box was not started from the image" in page
    assert "update-send" not in page


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (Last("installing", "0.2.0+b", "it", NIGHT, percent=40), ('value="40"', "40 %: calls go on")),
        (WAITING, ("2 telephone calls, 3 open calls", "Restart when nobody talks", "Restart now", "Call it off")),
        (replace(WAITING, phase="trial"), ("on trial",)),
        (replace(WAITING, phase="confirmed"), ("confirmed", "by it, 2026-03-03 02:30")),
        (replace(WAITING, phase="back", why="The new version did not start."), ("went back", "did not start")),
        (replace(WAITING, phase="failed", why="Called off by {by}.", facts={"by": "it"}), ("Called off by it.",)),
    ],
)
def test_it_shows_how_far_the_update_is(last: Last, words: tuple[str, ...], place: Hospital) -> None:
    """And why, where it failed; nothing else can be begun meanwhile."""
    of(place).stands = replace(STANDS, last=last)
    page = place.browser("it").get("/update").text
    for one in words:
        assert one in page
    is_over = last.phase in ("confirmed", "back", "failed")
    assert ("/update/f1/install" in page) == is_over
    assert ("/update/back" in page) == is_over


def test_what_is_refused_is_said(place: Hospital) -> None:
    """On the page where it lies, and as the answer of a button."""
    refused = replace(GOOD, state="refused", why="The bundle is not signed.", version="")
    of(place).stands = replace(STANDS, found=[refused])
    browser = place.browser("it")
    page = browser.get("/update").text
    assert "The bundle is not signed." in page
    assert "/update/f1/install" not in page
    of(place).refuses = ("The bundle has {size} MB, and only {free} MB are free.", {"size": "488", "free": "12"})
    answer = browser.post("/update/expect", {"octets": "488000000"}, by_script=True)
    assert (answer.status, answer.text) == (409, "The bundle has 488 MB, and only 12 MB are free.")


def test_buttons_do_what_they_say(place: Hospital) -> None:
    """By whom, each; an older one only with its tick."""
    browser = place.browser("it")
    for path, form in (
        ("/update/f1/check", {}), ("/update/f1/install", {}), ("/update/f1/install", {"older": "yes"}),
        ("/update/restart", {"when": "quiet"}), ("/update/restart", {"when": "now"}), ("/update/stay", {}),
        ("/update/back", {}), ("/update/call-off", {}),
    ):  # fmt: skip
        assert browser.post(path, form, by_script=True).status == 200
    assert of(place).asked == [
        ("check", "f1"), ("install", "f1", "it", "False"), ("install", "f1", "it", "True"), ("restart", "it", "True"),
        ("restart", "it", "False"), ("stay",), ("back", "it"), ("call off", "it"),
    ]  # fmt: skip


def send(browser: Browser, ticket: str, content: bytes, said: int | None = None) -> Line:
    """As update.js does."""
    head = f"x-csrf: {browser.token()}\r\nx-ticket: {ticket}\r\ncontent-length: {said or len(content)}\r\n\r\n"
    return Line(browser.factory, browser._head("POST", "/update/arrival") + head.encode() + content)


def test_a_bundle_goes_straight_to_the_disk(place: Hospital, tmp_path: Path) -> None:
    """More than any form may have; with the ticket of its size."""
    of(place).takes = tmp_path / "upload.part"
    browser, content = place.browser("it"), b"hsqs" + bytes(3 * 1024 * 1024)
    ticket = browser.post("/update/expect", {"octets": str(len(content))}, by_script=True).text
    answer = browser.reply(send(browser, ticket, content))
    assert (answer.status, answer.text) == (200, "The bundle is here and is being checked.")
    assert (tmp_path / "upload.part").read_bytes() == content
    assert of(place).asked[-1] == ("arrived", ticket, "it")


def test_a_stranger_fills_no_disk(place: Hospital, tmp_path: Path) -> None:
    """Without the ticket not a byte is taken."""
    of(place).takes = tmp_path / "upload.part"
    line = send(place.browser("it"), "guessed", b"hsqs", 3 * 1024 * 1024)
    assert line.sent.startswith(b"HTTP/1.1 413")
    assert not (tmp_path / "upload.part").exists()


def test_others_have_no_business_here(place: Hospital) -> None:
    """Neither to see nor to do."""
    for role in ("nurse", "cashier", "manager", "operator"):
        browser = place.browser(role)
        assert browser.get("/update").status == 403
        for path in ("/update/expect", "/update/f1/install", "/update/restart", "/update/back", "/update/call-off"):
            assert browser.post(path, by_script=True).status == 403
    assert of(place).asked == []
