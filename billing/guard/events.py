"""What the guard finds, as told to the rest of the house and written to the journal."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class FraudAlarm(Event):
    """Something is too much. why: a message id, `facts` fill its fields; refused: the call was not let through."""

    alarm: int
    rule: str
    subject: str
    account: str
    extension: str
    called: str
    call: str
    refused: bool
    why: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class FraudAlarmSeen(Event):
    """Somebody has looked, and says that it was fine."""

    alarm: int
    by: str
    note: str


@dataclass(frozen=True, kw_only=True)
class AccountStopped(Event):
    """Frozen, and its calls hung up."""

    account: str
    calls: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class Watched:
    """What is known of a call without an account has changed; for open pages, in no journal."""
