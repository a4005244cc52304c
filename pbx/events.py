"""What happens at the telephone edge."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class MessageAccepted(Event):
    """A short message is ours to deliver: it is on disk."""

    message: str
    to: str
    about: str


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    """The network took every part."""

    message: str
    to: str
    about: str
    modem: str


@dataclass(frozen=True, kw_only=True)
class MessageDelivered(Event):
    """The phone has it."""

    message: str
    to: str
    about: str


@dataclass(frozen=True, kw_only=True)
class MessageFailed(Event):
    """Given up after every try; `why` is the modem's or network's last word."""

    message: str
    to: str
    about: str
    why: str


@dataclass(frozen=True, kw_only=True)
class MessageReceived(Event):
    """A short message came in."""

    sender: str
    text: str
    modem: str
