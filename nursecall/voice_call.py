"""The talk with a nurse who is called by telephone: what is said, which keys mean what. Pure; others speak and listen.

told, and told again ─ 1 ─► accepted ─ 3 ─► speaks with the bed
          ├ 2 ─► declined
          └ no key (nobody there, a mailbox) ─► no-answer
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language

ACCEPT, PASS, SPEAK = "1", "2", "3"

BREATH = timedelta(seconds=2)
"""Between telling and telling again."""

PATIENCE = timedelta(seconds=20)
"""How long we wait for a key when all was said; then nobody is there, or a mailbox is."""

OFFER = timedelta(seconds=8)
"""How long somebody may think whether to speak with the bed."""

TWICE, MOST_TIMES = 2, 4
"""So often all is said; and, to somebody who presses wrong keys, something is said."""

KEYS = "Press 1 to accept, 2 to pass on."
WRONG = "That key means nothing here."
ACCEPTED = "Thank you. The call is yours."
OFFERED = "Press 3 to speak with the bed."
DUMB = "The telephone at the bed does not answer."
OVER = "The call is over. Thank you."
TAKEN = "Somebody else has taken the call. Thank you."

Answer = Literal["accepted", "declined", "no-answer"]

FAREWELLS: dict[Answer, str] = {
    "accepted": ACCEPTED,
    "declined": "Thank you. Somebody else is told.",
    "no-answer": "Nothing was entered. Somebody else is told.",
}


@dataclass(frozen=True)
class Ask:
    """Say ready sentences and wait `within` for a key, which stops the voice; answered by that key, or by "".

    within zero: say them to their end, and wait for nothing.
    """

    sentences: tuple[str, ...]
    within: timedelta


@dataclass(frozen=True)
class Answered:
    """What the person does about the call; to be noted before the talk goes on."""

    answer: Answer


@dataclass(frozen=True)
class Connect:
    """Connect the person with the bed; answered by "" where the bedside telephone does not answer."""


Act = Ask | Answered | Connect
Talk = Generator[Act, str, None]
"""Yields what is to be done, and is sent what came of it. The telephone is hung up at its end."""


def talk(call: str, language: Language, *, speaks: bool) -> Talk:
    """Tell somebody of a call. call: the call in a ready sentence. speaks: whether the bed has a telephone."""
    answer = yield from _answer(call, language)
    yield Answered(answer)
    if answer == "accepted" and speaks:
        yield from _offer(language)
    else:
        yield farewell(FAREWELLS[answer], language)


def farewell(message: str, language: Language) -> Ask:
    """Last words."""
    return Ask((translate(message, language),), timedelta())


def _answer(call: str, language: Language) -> Generator[Act, str, Answer]:
    keys, wrong = translate(KEYS, language), translate(WRONG, language)
    sentences = (call, keys)
    for said in range(1, MOST_TIMES + 1):
        key = yield Ask(sentences, BREATH if said < TWICE else PATIENCE)
        if key == ACCEPT:
            return "accepted"
        if key == PASS:
            return "declined"
        if not key and said >= TWICE:
            break
        sentences = (wrong, keys) if key else (call, keys)
    return "no-answer"


def _offer(language: Language) -> Talk:
    key = yield Ask((translate(ACCEPTED, language), translate(OFFERED, language)), OFFER)
    if key == SPEAK:
        spoken = yield Connect()
        if not spoken:
            yield farewell(DUMB, language)
