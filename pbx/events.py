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
    gateway: str


@dataclass(frozen=True, kw_only=True)
class MessageDelivered(Event):
    """The phone has it."""

    message: str
    to: str
    about: str


@dataclass(frozen=True, kw_only=True)
class MessageFailed(Event):
    """Given up after every try; `why` is the gateway's or network's last word."""

    message: str
    to: str
    about: str
    why: str


@dataclass(frozen=True, kw_only=True)
class MessageReceived(Event):
    """A short message came in."""

    sender: str
    text: str
    gateway: str


@dataclass(frozen=True, kw_only=True)
class BroadcastMade(Event):
    """One text was accepted for many people."""

    broadcast: str
    people: int
    by: str


@dataclass(frozen=True, kw_only=True)
class MessagesRetried(Event):
    """Messages of a broadcast that had failed are tried again."""

    broadcast: str
    people: int
    by: str


@dataclass(frozen=True, kw_only=True)
class NoticeSent(Event):
    """An alarm went out by e-mail or webhook."""

    notice: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class NoticeFailed(Event):
    """An alarm by e-mail or webhook was given up."""

    notice: str
    channel: str
    why: str


@dataclass(frozen=True, kw_only=True)
class PageMade(Event):
    """Somebody spoke live in a paging zone. heard: in how many places; seconds: from dialling to the end."""

    zone: str
    by: str
    heard: int
    seconds: int


@dataclass(frozen=True, kw_only=True)
class PageRefused(Event):
    """Somebody wanted to, and was refused. why: an English message id."""

    zone: str
    by: str
    why: str
