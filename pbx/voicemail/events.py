"""What happens to mailboxes."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class VoicemailLeft(Event):
    """A message is in a mailbox. caller: an extension or a number; empty where it was hidden."""

    message: str
    mailbox: str
    caller: str
    seconds: int


@dataclass(frozen=True, kw_only=True)
class VoicemailHeard(Event):
    """Somebody listened. by: the telephone, or a log-in of the panel."""

    message: str
    mailbox: str
    by: str


@dataclass(frozen=True, kw_only=True)
class VoicemailDeleted(Event):
    """A message is gone. by: the telephone, a log-in of the panel, or `retention`."""

    message: str
    mailbox: str
    by: str


@dataclass(frozen=True, kw_only=True)
class MailboxChanged(Event):
    """what: pin, greeting, default greeting, pin taken away. by: the telephone or a log-in of the panel."""

    mailbox: str
    what: str
    by: str
