"""What becomes of reports that go out by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class ReportMailed(Event):
    """A report of first to last day left the house, to so many addresses; its notices say how each went."""

    mail: str
    report: str
    first: str
    last: str
    to: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReportNotMade(Event):
    """It could not be made, however often it was tried; nobody was sent it."""

    mail: str
    report: str
    first: str
    last: str
    why: str
