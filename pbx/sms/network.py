"""How well the modem hears its network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pbx.sms.conversation import Conversation
from pbx.sms.setup import attempt

_REGISTRATION = re.compile(r"\+C(?:G|E)?REG\s*:\s*\d\s*,\s*(\d+)")
_REGISTERED, _AT_HOME = (1, 5, 6, 7), (1, 6)
"""At home, roaming, and both for messages only: TS 27.007, 7.2."""
_OPERATOR = re.compile(r'\+COPS\s*:\s*\d\s*,\s*\d\s*,\s*"([^"]{1,32})"')
_SIGNAL = re.compile(r"\+CSQ\s*:\s*(\d+)")
_UNKNOWN = 99
_STEPS = (2, 7, 12, 17, 22)


@dataclass(frozen=True)
class Reception:
    """registered: with a network. strength: +CSQ's 0 to 31, None while unknown. operator: its name, where told.

    roaming: in somebody else's network.
    """

    registered: bool
    strength: int | None
    operator: str = ""
    roaming: bool = False

    @property
    def dbm(self) -> int | None:
        """Received signal strength, -113 to -51 dBm."""
        return None if self.strength is None else 2 * self.strength - 113

    @property
    def bars(self) -> int:
        """0 to 5, as a telephone shows it."""
        return sum(1 for step in _STEPS if self.strength is not None and self.strength >= step)


async def reception(talk: Conversation) -> Reception:
    """Ask the modem. A modem that knows no registration command is taken as registered. Raises Silent, Gone."""
    states = [await _state(talk, command) for command in ("AT+CREG?", "AT+CEREG?")]
    known = [state for state in states if state is not None]
    registered = not known or any(state in _REGISTERED for state in known)
    roaming = registered and not any(state in _AT_HOME for state in known) and bool(known)
    return Reception(registered, await _strength(talk), await _operator(talk) if registered else "", roaming)


async def _state(talk: Conversation, command: str) -> int | None:
    return _number(_REGISTRATION, await attempt(talk, command))


async def _operator(talk: Conversation) -> str:
    found = _OPERATOR.search("\n".join(await attempt(talk, "AT+COPS?") or ()))
    return found[1] if found else ""


async def _strength(talk: Conversation) -> int | None:
    strength = _number(_SIGNAL, await attempt(talk, "AT+CSQ"))
    return None if strength is None or strength >= _UNKNOWN else min(strength, 31)


def _number(pattern: re.Pattern[str], lines: Sequence[str] | None) -> int | None:
    found = pattern.search("\n".join(lines or ()))
    return int(found[1]) if found else None
