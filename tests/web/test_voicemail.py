"""One's own voicemail at the panel: listened to, deleted, on record, and nobody else's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.foundation.journal import entries
from nursecall.roster import Staff
from pbx.voicemail.events import VoicemailHeard
from pbx.voicemail.store import Message
from tests.fakes.clock import START, FakeClock
from tests.fakes.house import SOUNDS, silence
from tests.support import now
from tests.web.browser import Hospital, hospital

NURSE = Staff("1", "w1", "沈敏", mobile="13900000001", login="nurse", extension="8105")
OTHER = Staff("2", "w1", "葛晓芸", mobile="13900000002", login="manager", extension="8106")
CASHIER = Staff("3", "w1", "周一", mobile="13900000003", login="cashier", extension="8107")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Hospital]:
    """Two messages for the nurse's extension, one for the manager's."""
    place = hospital()
    cardboard = place.cardboard
    cardboard.bus.subscribe(VoicemailHeard, lambda _: place.live.voicemail_changed())
    now(cardboard.house.roster.keep_staff((NURSE, OTHER, CASHIER), "boss"))
    message = Message("a" * 32, "8105", "8007", START - timedelta(hours=1), 5, None)
    for identity, mailbox, caller in (("a", "8105", "8007"), ("b", "8105", ""), ("c", "8106", "8008")):
        sound = tmp_path / f"{identity}.wav"
        sound.write_bytes(silence())
        one = replace(message, id=identity * 32, mailbox=mailbox, caller=caller)
        now(cardboard.house.voicemail().store.keep(sound, one))
    yield place
    shutil.rmtree(SOUNDS, ignore_errors=True)


def kinds(house: Hospital) -> list[tuple[str, str]]:
    with house.cardboard.database.engine.connect() as connection:
        told = [entry for entry in entries(connection) if entry.kind.startswith("pbx.Voicemail")]
    return [(entry.kind.partition(".Voicemail")[2], entry.body.get("by", "")) for entry in told][3:]


def test_the_page_has_ones_own_messages(house: Hospital) -> None:
    """With who left them; nobody else's; the menu leads to it for who has a mailbox."""
    page = house.browser("nurse", language="en").get("/voicemail").text
    assert "Extension 8105" in page
    assert f"/voicemail/{'a' * 32}.wav" in page
    assert "hidden number" in page
    assert "8008" not in page
    assert 'href="/voicemail"' in page
    stranger = house.browser("cashier", language="en").get("/voicemail").text
    assert "Your log-in has no mailbox." in stranger
    assert 'href="/voicemail"' not in stranger
    assert "语音信箱" in house.browser("nurse", language="zh").get("/voicemail").text


def test_listening_is_on_record_and_the_page_hears_of_it(house: Hospital) -> None:
    """What was heard is new no more, on every open page."""
    browser = house.browser("nurse", language="en")
    line = browser.open("/live?view=voicemail")
    reply = browser.get(f"/voicemail/{'a' * 32}.wav")
    assert (reply.status, reply.headers["content-type"]) == (200, "audio/wav")
    assert reply.body == silence()
    assert isinstance(house.cardboard.clock, FakeClock)
    house.cardboard.clock.advance(0)
    changed = line.events()[-1][1]["regions"]["voicemails"]
    assert list(changed["pieces"]) == [f"voicemail-{'a' * 32}"], "the other is as it was"
    assert "New" not in changed["pieces"][f"voicemail-{'a' * 32}"]
    assert kinds(house) == [("Heard", "nurse")]


def test_a_message_is_deleted_with_its_sound(house: Hospital) -> None:
    """On record as well."""
    browser = house.browser("nurse")
    assert browser.post(f"/voicemail/{'a' * 32}/delete").status == 303
    assert browser.get(f"/voicemail/{'a' * 32}.wav").status == 404
    assert not (SOUNDS / "8105" / f"{'a' * 32}.wav").exists()
    assert kinds(house) == [("Deleted", "nurse")]


@pytest.mark.parametrize("role", ["manager", "cashier", "it", "admin"])
def test_nobody_reaches_anothers_messages(house: Hospital, role: str) -> None:
    """Neither who has a mailbox of their own, nor IT; it looks as if there were none."""
    browser = house.browser(role)
    assert browser.get(f"/voicemail/{'a' * 32}.wav").status == 404
    assert browser.post(f"/voicemail/{'a' * 32}/delete").status == 404
    assert kinds(house) == []


def test_it_takes_a_forgotten_pin_away(house: Hospital) -> None:
    """And only IT; the owner then chooses a new one."""
    store = house.cardboard.house.voicemail().store
    now(store.set_pin("8105", "4071", "8105"))
    assert house.browser("nurse").post("/voicemail/forgotten", {"mailbox": "8105"}).status == 403
    assert house.browser("it").post("/voicemail/forgotten", {"mailbox": "8107"}).status == 404
    assert house.browser("it").post("/voicemail/forgotten", {"mailbox": "8105"}).status == 303
    assert not now(store.has_pin("8105"))
