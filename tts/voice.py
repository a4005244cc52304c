"""What any voice must do; the worker, the espeak-ng command and the tests' fake satisfy the same contract tests."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Protocol

from appliance.foundation.values import Language
from tts.pinyin import Pinyin, romanised
from tts.spelling import spell_out
from tts.wav import Sound

RATE = 22_050
"""Hertz of every voice."""

LONGEST = 300
"""Characters of one sentence. espeak crashes at 11 000; nobody listens that long."""

MOST = 4000
"""Characters of its pinyin or its words."""

_SPEAKABLE = {"zh": re.compile(r"[^a-z1-5,.!? ]"), "en": re.compile(r"[^A-Za-z',.!?;: -]")}


class VoiceFailed(Exception):
    """A voice did not say a sentence. Another one may; the chime and the screen call in any case."""


@dataclass(frozen=True)
class Spoken:
    """A sentence as engines take it: pinyin with tone numbers, or English words; ASCII without a digit to read.

    speed: words a minute.
    """

    words: str
    language: Language
    speed: int

    @property
    def syllables(self) -> int:
        """How many syllables it has; exact in Chinese, about right in English."""
        vowels = r"[1-5]" if self.language == "zh" else r"[aeiouy]+"
        return len(re.findall(vowels, self.words, re.IGNORECASE))


class Voice(Protocol):
    """Something that turns a sentence into sound."""

    @property
    def name(self) -> str:
        """Its name, part of every cached sentence's key."""
        ...

    async def render(self, spoken: Spoken) -> Sound:
        """The sentence at 22 050 Hz. Raises VoiceFailed, within seconds."""
        ...


def speakable(text: str, language: Language, speed: int, pinyin: Pinyin, one: str = "yi") -> Spoken:
    """`text` without digits, markup and foreign characters; `words` is empty where nothing is left to say."""
    text = spell_out(text[:LONGEST], language, "yao" if one == "yao" else "yi")
    words = pinyin.read(text) if language == "zh" else _latin(text)
    # `[[` would begin phonemes and `<` markup: only letters and pauses reach an engine.
    words = " ".join(_SPEAKABLE[language].sub("", words).split())
    return Spoken(words if re.search("[A-Za-z]", words) else "", language, speed)


def _latin(text: str) -> str:
    return unicodedata.normalize("NFKD", romanised(text).replace("’", "'"))


def sayable(spoken: Spoken) -> Spoken:
    """`spoken`, if an engine may be asked. Raises VoiceFailed where it is empty or endless."""
    if not spoken.words:
        raise VoiceFailed("there is nothing to say")
    if len(spoken.words) > MOST:
        raise VoiceFailed("the text is too long")
    return spoken


def plausible(sound: Sound, spoken: Spoken) -> Sound:
    """`sound`, if it can be `spoken`. Raises VoiceFailed where it is too short, too long or silent."""
    # A syllable takes 0.1 to 0.4 s; beyond these wide bounds it is another sentence, or a torn one.
    fits = 0.05 * spoken.syllables < sound.seconds < 1.0 * spoken.syllables + 1.5
    if sound.rate != RATE or not fits or sound.peak < 1000:
        raise VoiceFailed(f"{sound.seconds:.1f} s of sound is not that sentence")
    return sound
