"""Somebody who was rung is asked to accept by a key: a mobile's own voicemail answers too, and presses none.

told, and told again ─ 1 ─► accepted
          ├ 2 ─► declined
          └ no key (nobody there, a mailbox) ─► no-answer
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.ports import Listener, Prompts

ACCEPT, PASS = "1", "2"

BREATH = timedelta(seconds=2)
"""Between telling and telling again."""

PATIENCE = timedelta(seconds=20)
"""How long we wait for a key when all was said; then nobody is there, or a mailbox is."""

TWICE, MOST_TIMES = 2, 4
"""So often all is said; and, to somebody who presses wrong keys, something is said."""

KEYS = "Press 1 to accept, 2 to pass on."
WRONG = "That key means nothing here."

Answer = Literal["accepted", "declined", "no-answer"]


@dataclass(frozen=True)
class Ask:
    """Say ready sentences and wait `within` for a key, which stops the voice; answered by that key, or by "".

    within zero: say them to their end, and wait for nothing.
    """

    sentences: tuple[str, ...]
    within: timedelta


def asked(said: str, language: Language) -> Generator[Ask, str, Answer]:
    """Tell somebody and ask. said: what it is about, a ready sentence. Pure: others speak and listen."""
    keys, wrong = translate(KEYS, language), translate(WRONG, language)
    sentences = (said, keys)
    for times in range(1, MOST_TIMES + 1):
        key = yield Ask(sentences, BREATH if times < TWICE else PATIENCE)
        if key == ACCEPT:
            return "accepted"
        if key == PASS:
            return "declined"
        if not key and times >= TWICE:
            break
        sentences = (wrong, keys) if key else (said, keys)
    return "no-answer"


async def put(ask: Ask, party: Listener, prompts: Prompts, language: Language) -> str:
    """Say it to somebody on the line; the key they pressed. Without sound while speech is down. Raises HungUp."""
    sounds = await sounds_of(ask.sentences, prompts, language)
    if ask.within:
        return await party.collect(sounds, 1, ask.within)
    await party.play(sounds)
    return ""


async def sounds_of(sentences: Sequence[str], prompts: Prompts, language: Language) -> list[Path]:
    """Ready sentences as sound files; without those that cannot be spoken now."""
    sounds = [await prompts.prompt(sentence, language) for sentence in sentences]
    return [sound for sound in sounds if sound is not None]


async def accepts(said: str, party: Listener, prompts: Prompts, language: Language) -> Answer:
    """Ask somebody on the line. While speech is down nobody can be asked: whoever is there accepts. Raises HungUp."""
    if not await sounds_of([said], prompts, language):
        return "accepted"
    talk = asked(said, language)
    ask = next(talk)
    while True:
        key = await put(ask, party, prompts, language)
        try:
            ask = talk.send(key)
        except StopIteration as over:
            answer: Answer = over.value
            return answer
