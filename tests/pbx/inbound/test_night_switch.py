"""The star code that opens and closes a schedule, and the hospital's own ring-back sound."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.values import Language
from pbx.inbound.lists import Lists
from pbx.inbound.night_switch import NightSwitch
from pbx.inbound.ring_back import RATE, Sounds, melody
from pbx.plan_schedules import Schedule
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

SCHEDULE = Schedule.model_validate(
    {"id": "office", "name": {"zh": "门诊", "en": "Clinic"}, "switch": "*28", "switch_from": ["8001"]}
)


class Voice:
    """Remembers what it was to say; speaks nothing."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def prompt(self, text: str, language: Language) -> Path | None:
        self.said.append(text)
        return None


class Caller:
    """A telephone that dialled."""

    def __init__(self, extension: str, dialled: str) -> None:
        self.extension, self.dialled, self.answered = extension, dialled, False

    async def answer(self) -> None:
        self.answered = True

    async def play(self, sounds: Sequence[Path]) -> None: ...


def dialled(lists: Lists, digits: str, extension: str = "8001") -> str:
    """What the telephone hears."""
    voice, caller = Voice(), Caller(extension, digits)
    now(NightSwitch(SCHEDULE, lists, voice, "en").serve(cast(Any, caller)))
    assert caller.answered
    return voice.said[0]


@pytest.fixture
def lists() -> Lists:
    return Lists(InlineDatabase(), FakeClock(), Bus())


@pytest.mark.parametrize(
    ("digits", "position", "said"),
    [
        ("*281", "closed", "“Clinic” was closed by hand."),
        ("*282#", "open", "“Clinic” was opened by hand."),
    ],
)
def test_a_key_switches(lists: Lists, digits: str, position: str, said: str) -> None:
    """And 0 lets it go by its hours again; who did it is on record, and it outlives a restart."""
    assert dialled(lists, digits) == said
    assert lists.positions == {"office": position}
    again = Lists(lists._database, FakeClock(), Bus())
    now(again.load())
    assert again.positions == {"office": position}
    assert dialled(lists, "*280") == "“Clinic” goes by its hours."
    assert lists.positions == {}
    entries = now(lists._database.transact(lambda connection: list(journal.entries(connection))))
    assert [(entry.body["position"], entry.body["by"]) for entry in entries] == [(position, "8001"), ("", "8001")]


@pytest.mark.parametrize("digits", ["*28", "*289", "*2811"])
def test_anything_else_says_which_keys_there_are(lists: Lists, digits: str) -> None:
    """And changes nothing."""
    assert dialled(lists, digits).startswith("“Clinic”: press 1 to close it")
    assert lists.positions == {}


def test_a_patients_telephone_may_not(lists: Lists) -> None:
    """Only those that the plan names."""
    assert dialled(lists, "*281", "8002") == "This telephone may not switch “Clinic”."
    assert lists.positions == {}


def test_our_own_ring_back_sound_is_fit_for_the_telephone(tmp_path: Path) -> None:
    """8 kHz, mono, some seconds, not too loud; made once."""
    with wave.open(io.BytesIO(melody())) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        assert 3 < file.getnframes() / RATE < 10
    sounds = Sounds(tmp_path / "tones", tmp_path / "prompts")
    first = sounds.find("bell")
    assert first is not None
    assert first.read_bytes() == melody()
    assert sounds.find("bell") == first


def test_uploaded_sounds_are_found_by_their_names_and_nothing_else_is(tmp_path: Path) -> None:
    """No path leads out of their directory."""
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    (prompts / "spring-1.wav").write_bytes(b"x")
    (tmp_path / "secret.wav").write_bytes(b"x")
    sounds = Sounds(tmp_path / "tones", prompts)
    assert sounds.find("spring-1.wav") == prompts / "spring-1.wav"
    assert [sounds.find(name) for name in ("../secret.wav", "other.wav", "", "spring-1")] == [None] * 4
