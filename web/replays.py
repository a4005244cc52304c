"""What another plan's escalation would have done with past calls, as pages are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


class NotReplayed(Exception):
    """It could not be found out; the text says why, in the language asked for."""


@dataclass(frozen=True)
class Told:
    """A call was, or would have been, passed on. after: seconds since it was raised; to: names, none for nobody."""

    after: float
    by: str
    to: Sequence[str]
    tree: str
    step: int


@dataclass(frozen=True)
class Otherwise:
    """A call that would have been passed on otherwise. ward, call_type: ids of the plan."""

    raised_at: datetime
    ward: str
    bed: str
    call_type: str
    before: Sequence[Told]
    after: Sequence[Told]


@dataclass(frozen=True)
class StepCount:
    """How often a step of a tree was taken, and would have been."""

    tree: str
    step: int
    by: str
    before: int
    after: int


@dataclass(frozen=True)
class Replayed:
    """calls: how many there were; before, after: how many were passed on at all, and would have been.

    differing: how many would have gone another way; the first of them are `first`.
    """

    calls: int
    before: int
    after: int
    steps: Sequence[StepCount]
    differing: int
    first: Sequence[Otherwise]
