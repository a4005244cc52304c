"""What happens to faxes."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class FaxReceived(Event):
    """A fax is kept. caller: empty where it was hidden. whole: False where the call broke off in the middle."""

    fax: str
    line: str
    caller: str
    pages: int
    mode: str
    whole: bool


@dataclass(frozen=True, kw_only=True)
class FaxNotReceived(Event):
    """A machine called and no page came. why: in the engine's words."""

    line: str
    caller: str
    why: str


@dataclass(frozen=True, kw_only=True)
class FaxAccepted(Event):
    """A fax is to be sent to a number by the right of an extension. by: the log-in of the panel."""

    fax: str
    extension: str
    number: str
    by: str


@dataclass(frozen=True, kw_only=True)
class FaxSent(Event):
    """The other machine has confirmed every page."""

    fax: str
    pages: int
    mode: str


@dataclass(frozen=True, kw_only=True)
class FaxFailed(Event):
    """It was tried as often as the plan says, or it makes no sense to try it again."""

    fax: str
    pages: int
    why: str


@dataclass(frozen=True, kw_only=True)
class FaxLookedAt(Event):
    """Somebody opened its pages. by: the log-in of the panel."""

    fax: str
    by: str


@dataclass(frozen=True, kw_only=True)
class FaxDeleted(Event):
    """A fax is gone. by: the log-in of the panel, or `retention`."""

    fax: str
    by: str


@dataclass(frozen=True, kw_only=True)
class FaxDocumentKept(Event):
    """A document can be faxed on demand. by: the log-in that uploaded it."""

    name: str
    pages: int
    by: str


@dataclass(frozen=True, kw_only=True)
class FaxDocumentDeleted(Event):
    """It cannot be any more."""

    name: str
    by: str
