"""On what terms two telephones of the house talk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.foundation.values import Ended

RING = timedelta(seconds=60)


async def _nothing(at: datetime) -> None:
    pass


async def _nothing_more(ended: Ended) -> None:
    pass


@dataclass(frozen=True)
class Terms:
    """limit: held by Asterisk on both legs from the answer on; None for as long as they like.

    answered, over: told when both talk, and how it went when it is over.
    auto_answer: ask the phone that is rung to answer by itself.
    recording: the name under which the exchange records both; empty for no recording.
    """

    limit: timedelta | None = None
    answered: Callable[[datetime], Awaitable[None]] = _nothing
    over: Callable[[Ended], Awaitable[None]] = _nothing_more
    ring: timedelta = RING
    auto_answer: bool = False
    recording: str = ""


FREE = Terms()
"""Desks that call one another."""

ANSWER_BY_ITSELF = {
    "PJSIP_HEADER(add,Call-Info)": "<sip:nightbell.invalid>;answer-after=0",
    "PJSIP_HEADER(add,Alert-Info)": "<http://nightbell.invalid>;info=alert-autoanswer;delay=0",
}
"""Set on a leg before it is dialled: what phones of most makes take as the wish to answer by themselves."""
