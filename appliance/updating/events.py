"""Updates in the journal: who asked for what and when, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation import journal


@dataclass(frozen=True, kw_only=True)
class UpdateAsked(journal.Event):
    """what: install, back, call off, restart. file: the bundle's name. version: empty where it is not known."""

    update: str
    what: str
    file: str
    version: str
    by: str


@dataclass(frozen=True, kw_only=True)
class UpdateEnded(journal.Event):
    """outcome: confirmed, back, failed. why: in English, empty for one that was confirmed."""

    update: str
    version: str
    before: str
    outcome: str
    why: str
    by: str
