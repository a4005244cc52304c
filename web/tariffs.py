"""What pages of tariffs ask for and get."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from billing.trial import Outcome


class NotDone(Exception):
    """It was not done and nothing has changed; the text says why, a line or many, in the language asked for."""


@dataclass(frozen=True)
class Ask:
    """A version of a tariff to be tried on the calls of some days. by: who asked."""

    name: str
    version: int
    first: date
    last: date
    by: str
    at: datetime


@dataclass(frozen=True)
class Attempt:
    """How a trial stands. done, whole: calls; whole is 0 until the first of them are counted. fault: why it failed."""

    id: str
    ask: Ask
    done: int = 0
    whole: int = 0
    outcome: Outcome | None = None
    fault: str = ""
