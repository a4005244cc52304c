"""What was uploaded or kept at the panel, as it sounds on real calls from outside, told by its tones."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.days import CHINA
from appliance.foundation.values import Language
from appliance.simulator.outside import PHONE_TONE
from pbx.addresses.book import AddressBook
from pbx.addresses.entry import Entry
from pbx.inbound.ring_back import Sounds as RingBacks
from pbx.inbound.rules import Known
from pbx.inbound.service import Inbound
from pbx.ivr.sounds import Sounds
from pbx.plan_inbound import Contact
from tests.e2e.sound import Recording
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.test_inbound import CALLED, MOBILE, Site, heard, rule, tone, until
from tests.real_reactor import call, reactor, run
from tts.wav import telephone_wav

NAME, NAMED, OTHERWISE, UPLOADED = "李主任", 1900, 1180, 1230
"""Somebody of the address book; Hertz of a sentence that names them, of any other, and of the uploaded sound."""


def song() -> bytes:
    """An OGG file as people have them: stereo, 44.1 kHz, two seconds."""
    sine = 0.3 * np.sin(2 * math.pi * UPLOADED * np.arange(2 * 44_100) / 44_100)
    out = io.BytesIO()
    soundfile.write(out, np.column_stack([sine, sine]), 44_100, format="OGG", subtype="VORBIS")
    return out.getvalue()


class Voice:
    """Names the one with a tone of its own."""

    def __init__(self, directory: Path) -> None:
        self._named, self._otherwise = tone(directory / "n.wav", NAMED, 1), tone(directory / "o.wav", OTHERWISE, 1)

    async def prompt(self, text: str, language: Language) -> Path:
        return self._named if NAME in text else self._otherwise


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where the panel keeps sounds, and the name of the one that was uploaded."""
    directory = tmp_path_factory.mktemp("sounds")
    return directory, Sounds(directory, telephone_wav).keep("公司彩铃 song.ogg", song()).file


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory, uploads: tuple[Path, str]) -> Iterator[Telephony]:
    rings = {"do": "ring", "extensions": ["8002"], "seconds": 6}
    inbound = {
        "rules": [
            rule("song", CALLED, rings, ring_back=uploads[1]),
            rule("name", "88880005", rings, speak_caller=True),
        ],
    }
    with Telephony(tmp_path_factory.mktemp("heard"), more={"inbound": inbound}) as pair:
        yield pair


class Ward:
    """Calls from outside with the panel's own sounds and address book."""

    def __init__(self, telephony: Telephony, directory: Path, uploaded: Path) -> None:
        self.telephony, self.exchange, clock = telephony, telephony.exchange(), ReactorClock(reactor)
        self.book = AddressBook(Site, InlineDatabase(), clock, Bus())

        def contact(number: str) -> Contact | None:
            entry = self.book.of(number)
            return Contact(number=entry.numbers[0], name=entry.name) if entry else None

        self.inbound = Inbound(
            telephony.plan, Site(), self.exchange.callout, self.exchange.behalf, self.exchange.dialer, telephony.book,
            lambda: Known("CN", "571", CHINA, contact=contact), Voice(directory),
            RingBacks(directory / "tones", uploaded).find, self.exchange.numbers.decide_outside, clock,
        )  # fmt: skip
        self.exchange.inbound = self.inbound.serve
        run(self.exchange.sweep())
        run(until(lambda: "8002" in self.exchange.phones.registered()))

    async def call(self, called: str, **phone: Any) -> tuple[dict[str, Any], str]:
        """Somebody outside calls; what the carrier says of it, and where what 8002 hears is recorded."""
        asked = {"number": "8002", "hear": True, **phone}
        ear = str((await self.telephony.simulator.phone(asked))["heard"])
        told = await self.telephony.simulator.call_in({"called": called, "caller": MOBILE, "talk": 4, "hear": True})
        # Asterisk writes the ends of both a moment after the call.
        await until(lambda: all(_is_whole(Path(file)) for file in (ear, told["heard"])))
        return told, ear


def _is_whole(file: Path) -> bool:
    try:
        return Recording(file.read_bytes()).seconds > 0
    except (OSError, EOFError, wave.Error):
        return False


@pytest.fixture
def ward(telephony: Telephony, tmp_path: Path, uploads: tuple[Path, str]) -> Iterator[Ward]:
    ward = Ward(telephony, tmp_path, uploads[0])
    yield ward
    run(telephony.simulator.phone({"number": "8002", "answer": ""}))
    call(ward.exchange.stop)


def test_an_uploaded_sound_is_heard_while_it_rings(ward: Ward) -> None:
    """Over and over, from before the answer; when somebody answers it is gone."""
    told, _ = run(ward.call(CALLED, answer="yes", ring="5"), 60)
    assert told["outcome"] == "answered"
    recorded = heard(told["heard"])
    assert recorded.seconds_of(UPLOADED) >= 3
    last = max(at for at, found in enumerate(recorded.tones()) if abs(found - UPLOADED) <= 10)
    assert all(abs(found - UPLOADED) > 10 for found in recorded.tones()[last + 1 :])
    assert recorded.seconds_of(PHONE_TONE) > 0


@pytest.mark.parametrize(("known", "said"), [(True, NAMED), (False, OTHERWISE)])
def test_a_name_of_the_address_book_is_spoken(ward: Ward, known: bool, said: int) -> None:
    """To who answers, before both are joined: first the name, then the caller's own tone."""
    if known:
        run(ward.book.keep(Entry(NAME, (MOBILE,)), "it"))
    told, ear = run(ward.call("88880005", answer="yes"), 60)
    assert told["outcome"] == "answered"
    tones = [found for found in heard(ear).tones() if found]
    spoken = [found for found in tones if abs(found - said) <= 10]
    assert len(spoken) >= 3
    caller = [at for at, found in enumerate(tones) if abs(found - PHONE_TONE) <= 10]
    assert caller
    assert caller[0] > max(at for at, found in enumerate(tones) if abs(found - said) <= 10)
    other = NAMED + OTHERWISE - said
    assert not [found for found in tones if abs(found - other) <= 10]
