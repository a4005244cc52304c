"""Asterisk's security events: who proved who they are, and who did not. Lines of its log in, events out.

Format: res_security_log of Asterisk 22, `SecurityEvent="…",EventTV="…",…`; what each means is in its
include/asterisk/security_events_defs.h.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST = 8192
"""Bytes of a line; a longer one is none of Asterisk's."""

REFUSED = frozenset(
    {"InvalidAccountID", "ChallengeResponseFailed", "InvalidPassword", "FailedACL", "RequestNotAllowed",
     "RequestBadFormat", "UnexpectedAddress", "InvalidTransport", "AuthMethodNotAllowed"}
)  # fmt: skip
"""Kinds by which somebody was turned away."""

PROVEN = "SuccessfulAuth"

_FIELD = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ADDRESS = re.compile(r"(IPV[46])/(\w+)/(.+)/(\d+)")


@dataclass(frozen=True)
class SecurityEvent:
    """Somebody asked Asterisk for something.

    kind: such as InvalidAccountID, ChallengeSent, SuccessfulAuth. account: the name that was given, chosen by who
    asked; empty where Asterisk knows none. session: of SIP the Call-ID. transport: UDP, TCP, TLS, WS, WSS.
    """

    at: datetime
    kind: str
    service: str
    account: str
    session: str
    address: str
    port: int
    transport: str

    @property
    def refused(self) -> bool:
        """Whether who asked was turned away."""
        return self.kind in REFUSED


class SecurityLog:
    """Turns the log into events, however its bytes are chopped."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, data: bytes) -> Iterator[SecurityEvent]:
        """The events whose lines are whole now."""
        *lines, tail = (self._tail + data).split(b"\n")
        # Of a line without an end only so much is kept: its end is then no event.
        self._tail = tail[:LONGEST]
        for line in lines:
            found = event(line.decode("utf-8", "replace"))
            if found is not None:
                yield found


def event(line: str) -> SecurityEvent | None:
    """One line; None for one that is no event, or lacks what an event needs."""
    _, mark, told = line.partition('SecurityEvent="')
    if not mark or len(line) > LONGEST:
        return None
    facts = dict(_FIELD.findall(mark + told))
    found = _ADDRESS.fullmatch(facts.get("RemoteAddress", ""))
    try:
        at = datetime.fromisoformat(facts["EventTV"]).astimezone(UTC)
        kind, service = facts["SecurityEvent"], facts["Service"]
    except (KeyError, ValueError, OverflowError):
        return None
    if found is None:
        return None
    account = facts.get("AccountID", "")
    return SecurityEvent(
        at, kind, service, "" if account == "<unknown>" else account, facts.get("SessionID", ""), found[3],
        int(found[4]), found[2],
    )  # fmt: skip
