"""The talk with a nurse who is called by telephone: what is said, which keys mean what. Pure; others speak and listen.

told, and told again ─ 1 ─► accepted ─ 3 ─► speaks with the bed
          ├ 2 ─► declined
          └ no key (nobody there, a mailbox) ─► no-answer
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.accepting import Answer as Answer
from pbx.accepting import Ask as Ask
from pbx.accepting import asked

SPEAK = "3"

OFFER = timedelta(seconds=8)
"""How long somebody may think whether to speak with the bed."""

ACCEPTED = "Thank you. The call is yours."
OFFERED = "Press 3 to speak with the bed."
DUMB = "The telephone at the bed does not answer."
OVER = "The call is over. Thank you."
TAKEN = "Somebody else has taken the call. Thank you."

FAREWELLS: dict[Answer, str] = {
    "accepted": ACCEPTED,
    "declined": "Thank you. Somebody else is told.",
    "no-answer": "Nothing was entered. Somebody else is told.",
}


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
    answer = yield from asked(call, language)
    yield Answered(answer)
    if answer == "accepted" and speaks:
        yield from _offer(language)
    else:
        yield farewell(FAREWELLS[answer], language)


def farewell(message: str, language: Language) -> Ask:
    """Last words."""
    return Ask((translate(message, language),), timedelta())


def _offer(language: Language) -> Talk:
    key = yield Ask((translate(ACCEPTED, language), translate(OFFERED, language)), OFFER)
    if key == SPEAK:
        spoken = yield Connect()
        if not spoken:
            yield farewell(DUMB, language)
