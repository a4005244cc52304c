"""The engines of the speech worker as the daemon knows them: names, patience, and what the status page says of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from appliance.foundation.values import Language
from tts.kokoro_model import MODEL


@dataclass(frozen=True)
class Part:
    """One of the worker's engines, and what the status page says of it.

    engine: its name in the worker. name: that of its sentences; another name, other sentences.
    voices: what it calls the voice of each language.
    late: how long one sentence may take; the worker kills its engine a little sooner and says so.
    speaks: said when it is well. absent: the worker's reason for not having it → what is said then.
    """

    engine: str
    name: str
    voices: Mapping[Language, str]
    late: timedelta
    gone: str
    hangs: str
    fails: str
    speaks: str = ""
    absent: Mapping[str, str] = field(default_factory=dict)


def simple() -> Part:
    """pyttsx3. A hanzi voice would read Chinese characters as English letters."""
    return Part(
        engine="pyttsx3",
        name="pyttsx3",
        voices={"zh": "sit/cmn-latn-pinyin", "en": "gmw/en-us"},
        late=timedelta(milliseconds=2500),
        gone="The speech worker is not there; the simple voice speaks instead.",
        hangs="The speech worker does not answer; the simple voice speaks instead.",
        fails="The speech worker fails ({why}); the simple voice speaks instead.",
    )


def good(voices: Mapping[Language, str]) -> Part:
    """Kokoro, with the site's choice of `voices`."""
    return Part(
        engine="kokoro",
        name=f"kokoro {MODEL[:12]} {voices['zh']} {voices['en']}",
        voices=voices,
        late=timedelta(minutes=5, seconds=5),
        gone="The speech worker is not there. Sentences made before are still spoken by the good voice.",
        hangs="The good voice does not answer; the simple voice speaks what is not ready.",
        fails="The good voice fails ({why}); the simple voice speaks what is not ready.",
        speaks="Kokoro speaks; what is not ready yet, the simple voice says at once.",
        absent={
            "not installed": "The simple voice speaks: the good voice is not installed.",
            "no memory": "The simple voice speaks: the good voice needs 2 GB of memory.",
        },
    )
