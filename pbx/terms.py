"""On what terms two telephones of the house talk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from appliance.foundation.values import Ended

RING = timedelta(seconds=60)


async def _nothing(at: datetime) -> None:
    pass


async def _nothing_more(ended: Ended) -> None:
    pass


Leg = Literal["line", "bill", "out"]
"""Of a leg to outside, in its name: an ordinary one; one whose price is settled from the exchange's evidence; and one
whose keys, besides, belong to whoever pays."""


@dataclass(frozen=True)
class Keep:
    """Recorded by another's word than the plan's rules. about: what it belongs to; days: how long it is kept."""

    rule: str
    about: str
    days: int


@dataclass(frozen=True)
class Terms:
    """limit: held by Asterisk on both legs from the answer on; None for as long as they like.

    answered, over: told when both talk, and how it went when it is over.
    auto_answer: ask the phone that is rung to answer by itself.
    warning: so long before the limit both hear a beep; None for none.
    hidden: who is called outside sees no number.
    stays: the caller's leg stays when the other has hung up: they may want another number.
    keep: record it, whatever the plan's rules say; None where they say it.
    leg: what a leg to outside is.
    """

    limit: timedelta | None = None
    answered: Callable[[datetime], Awaitable[None]] = _nothing
    over: Callable[[Ended], Awaitable[None]] = _nothing_more
    ring: timedelta = RING
    auto_answer: bool = False
    keep: Keep | None = None
    warning: timedelta | None = None
    hidden: bool = False
    stays: bool = False
    leg: Leg = "line"


FREE = Terms()
"""Desks that call one another."""

HIDDEN = {"CONNECTEDLINE(pres,i)": "prohib", "PJSIP_HEADER(add,Privacy)": "id"}
"""Set on an outside leg before it is dialled: the carrier is not to show the caller's number."""

ANSWER_BY_ITSELF = {
    "PJSIP_HEADER(add,Call-Info)": "<sip:nightbell.invalid>;answer-after=0",
    "PJSIP_HEADER(add,Alert-Info)": "<http://nightbell.invalid>;info=alert-autoanswer;delay=0",
}
"""Set on a leg before it is dialled: what phones of most makes take as the wish to answer by themselves."""


def shown_as(name: str, number: str) -> dict[str, str]:
    """What is set on a leg to a telephone of the house so that its display says who calls; empty: not known."""
    named = {"CONNECTEDLINE(name,i)": name} if name else {}
    if number:
        named |= {"CONNECTEDLINE(num,i)": number, "CONNECTEDLINE(num-pres,i)": "allowed"}
    return named
