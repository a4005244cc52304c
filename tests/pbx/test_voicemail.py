"""Mailboxes without a telephone: the plan, what is kept and for how long, PINs, notices."""

from __future__ import annotations

import os
import wave
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher

from appliance.foundation import pins
from appliance.foundation.bus import Bus
from appliance.foundation.config import Faulty, parse
from appliance.foundation.journal import entries
from appliance.foundation.values import Language
from pbx.notices import Notice
from pbx.plan import PbxPlan
from pbx.tones import Tones
from pbx.voicemail.store import Message, Store, TooMany
from pbx.voicemail.voicemails import Voicemail
from pbx.voicemail.words import Words
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

PLAN = """
[[extensions]]
numbers = "8001-8010"
name = { zh = "病区", en = "Ward" }
[voicemail]
number = "*98"
[[voicemail.boxes]]
numbers = "8001"
keep_days = 10
"""


@pytest.mark.parametrize(
    ("plan", "line", "why"),
    [
        (PLAN.replace('number = "*98"\n', ""), 5, "voicemail.number: is missing: nobody could listen"),
        (PLAN + '[[voicemail.boxes]]\nnumbers = "8001-8002"\n', 11, "8001 has a mailbox already"),
        (PLAN + '[[voicemail.boxes]]\nnumbers = "8002-8003"\nsms = "13800000001"\n', 12, "belongs to one extension"),
        (PLAN.replace('"8001"', '"8011"'), 8, "there is no extension 8011"),
        (PLAN.replace('"*98"', '"8003"'), 6, "8003 is already an extension"),
    ],
)
def test_what_is_wrong_with_mailboxes_is_said_with_its_place(plan: str, line: int, why: str) -> None:
    """One clear sentence."""
    with pytest.raises(Faulty) as faulty:
        parse(plan, PbxPlan)
    assert [fault.line for fault in faulty.value.faults] == [line]
    assert why in str(faulty.value)


class Silence:
    async def prompt(self, text: str, language: Language) -> Path | None:
        return None


class Sent:
    def __init__(self) -> None:
        self.all: list[Any] = []

    async def accept(self, *what: Any) -> Any:
        self.all.append(what)

    async def show(self, mailbox: str, new: int, old: int) -> None:
        self.all.append((mailbox, new, old))


class House:
    """Mailboxes in a directory. lamp: what was shown."""

    def __init__(self, directory: Path, plan: str = PLAN) -> None:
        self.clock, self.database, self.lamp, self.texts, self.mails = (
            FakeClock(),
            InlineDatabase(),
            Sent(),
            Sent(),
            Sent(),
        )
        self.recordings = directory / "recordings"
        self.directory = directory / "voicemail"
        self.mail = Voicemail(
            parse(plan, PbxPlan), cast(Any, None), self.lamp, Silence(), self.texts, self.mails, self.database,
            self.clock, Bus(), language="en", zone=ZoneInfo("Asia/Shanghai"), directory=self.directory,
            recordings=self.recordings, tones=Tones(directory / "tones"),
        )  # fmt: skip

    def recorded(self, name: str, seconds: int = 3) -> Path:
        """A file as Asterisk leaves it, a minute and more ago."""
        place = self.recordings / "voicemail"
        place.mkdir(parents=True, exist_ok=True)
        file = place / f"{name}.wav"
        with wave.open(str(file), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(b"\0\0" * 8000 * seconds)
        stamp = (START - timedelta(minutes=5)).timestamp()
        os.utime(file, (stamp, stamp))
        return file

    def kinds(self) -> list[str]:
        with self.database.engine.connect() as connection:
            return [entry.kind.partition(".")[2] for entry in entries(connection)]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_messages_are_for_the_owners_eyes_and_go_after_their_days(house: House) -> None:
    """Taken in, shown by the lamp, kept ten days, deleted with their file."""
    house.recorded("8001_8005_a")
    house.mail.start()
    [message] = now(house.mail.store.every("8001"))
    file = house.mail.store.sound(message)
    assert (message.caller, message.seconds, message.heard_at) == ("8005", 3, None)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert house.lamp.all == [("8001", 1, 0)]
    house.clock.advance(timedelta(days=9, hours=23))
    assert file.exists()
    house.clock.advance(timedelta(hours=2))
    assert not file.exists()
    assert now(house.mail.store.every("8001")) == []
    assert house.lamp.all[-1] == ("8001", 0, 0)
    assert house.kinds() == ["VoicemailLeft", "VoicemailDeleted"]
    house.mail.stop()


def test_a_greeting_that_was_left_half_done_goes(house: House) -> None:
    """An hour later; one that is being recorded does not."""
    place = house.recordings / "greetings"
    place.mkdir(parents=True)
    old, new = place / "old.wav", place / "new.wav"
    for file, ago in ((old, timedelta(hours=2)), (new, timedelta(seconds=5))):
        file.write_bytes(b"RIFF")
        stamp = (START - ago).timestamp()
        os.utime(file, (stamp, stamp))
    house.mail.start()
    assert (old.exists(), new.exists()) == (False, True)
    house.mail.stop()


def test_a_click_and_a_box_that_is_gone_leave_nothing(house: House) -> None:
    """Neither is a message."""
    files = [house.recorded("8001_8005_a", 0), house.recorded("8777_8005_b")]
    house.mail.start()
    assert not any(file.exists() for file in files)
    assert house.kinds() == []
    house.mail.stop()


def test_the_owner_is_told_by_sms_and_mail(tmp_path: Path) -> None:
    """The mail has the sound; a number that cannot be written to takes no message away."""
    more = 'sms = "13800000001"\nmail = "a@b.example"\n[[mail]]\nid = "it"\nhost = "127.0.0.1"\nsecurity = "none"\n'
    house = House(tmp_path, PLAN + more + 'sender = "n@b.example"\nto = ["x@b.example"]\n')
    house.recorded("8001_hidden_a")
    house.mail.start()
    [(to, text, about)] = house.texts.all
    assert (to, about.partition(":")[0]) == ("13800000001", "voicemail")
    assert text == "New voicemail for 8001 from a hidden number, 3 seconds. Dial *98 to listen."
    [(letters,)] = house.mails.all
    [letter] = cast(Sequence[Notice], letters)
    [message] = now(house.mail.store.every("8001"))
    assert (letter.channel, letter.to, letter.attached) == (
        "mail:it",
        "a@b.example",
        str(house.mail.store.sound(message)),
    )
    house.mail.stop()


def test_new_messages_come_first(house: House) -> None:
    """What was heard is old, once; each hearing is on record."""
    store = house.mail.store
    for number, name in enumerate(("a", "b")):
        at = START + timedelta(minutes=number)
        now(store.keep(house.recorded(f"8001_8005_{name}"), Message(name, "8001", "8005", at, 3, None)))
    [first, second] = now(store.every("8001"))
    assert (first.id, second.id) == ("a", "b")
    now(house.mail.heard(first, "8001"))
    now(house.mail.heard(first, "nurse"))
    assert [message.id for message in now(store.every("8001"))] == ["b", "a"]
    assert house.kinds().count("VoicemailHeard") == 2
    assert house.lamp.all[-1] == ("8001", 1, 1)


def test_pins_are_hashed_and_guessed_at_no_more_than_nine_times(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """From whichever telephone; the right one washes the owner's own mistakes away."""
    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    store: Store = house.mail.store
    assert not now(store.has_pin("8001"))
    now(store.set_pin("8001", "4071", "8001"))
    assert now(store.has_pin("8001"))
    for _ in range(3):
        assert not now(store.is_right("8001", "4072", "8001"))
    assert now(store.is_right("8001", "4071", "8001"))
    for number in range(9):
        assert not now(store.is_right("8001", "4072", f"800{number}"))
    with pytest.raises(TooMany):
        now(store.is_right("8001", "4071", "8001"))
    house.clock.advance(timedelta(minutes=31))
    assert now(store.is_right("8001", "4071", "8001"))
    with house.database.engine.connect() as connection:
        assert "4071" not in str(connection.exec_driver_sql("SELECT * FROM mailbox_pins").all())
    now(store.set_pin("8001", None, "it"))
    assert not now(store.has_pin("8001"))


def test_times_are_said_in_the_sites_zone() -> None:
    """As a person would read them."""
    zone = ZoneInfo("Asia/Shanghai")
    assert Words(Silence(), "zh", zone).when(START) == "3月2日9点0分"
    assert Words(Silence(), "en", zone).when(START) == "2 March, 9:00"


def test_the_lamp_is_at_the_telephone_at_which_its_owner_is(tmp_path: Path) -> None:
    """At both telephones of who sits elsewhere; a telephone at which somebody sits shows theirs, not its own."""
    house = House(tmp_path)
    house.mail.telephone_of = lambda extension: "8005" if extension == "8001" else extension
    house.mail.whose = lambda telephone: "8001" if telephone == "8005" else telephone
    now(house.mail.light("8001"))
    assert sorted(house.lamp.all) == [("8001", 0, 0), ("8005", 0, 0)]
    now(house.mail.light("8005"))
    assert len(house.lamp.all) == 2
