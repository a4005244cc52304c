"""What people do at the panel, written to the journal. Never a password, never a PIN."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class UserAdded(Event):
    """A log-in was made."""

    user: str
    role: str
    by: str


@dataclass(frozen=True, kw_only=True)
class UserChanged(Event):
    """Disabled, enabled, password changed, password reset, another role or other wards: `what` says which."""

    user: str
    what: str
    by: str


@dataclass(frozen=True, kw_only=True)
class LoggedIn(Event):
    """`address` is where the browser is."""

    user: str
    address: str


@dataclass(frozen=True, kw_only=True)
class LoginFailed(Event):
    """`user` is empty when no such log-in exists: people type passwords into the wrong field."""

    user: str
    address: str
    why: str


@dataclass(frozen=True, kw_only=True)
class LoggedOut(Event):
    user: str


@dataclass(frozen=True, kw_only=True)
class SpeechMuted(Event):
    """A station screen can no longer be heard. why: asleep, hidden, unsupported, failing, muted."""

    ward: str
    screen: str
    user: str
    why: str


@dataclass(frozen=True, kw_only=True)
class SpeechHeard(Event):
    """A station screen can be heard (again)."""

    ward: str
    screen: str
    user: str


@dataclass(frozen=True, kw_only=True)
class SoundTested(Event):
    """Somebody at a station played the test tone. heard: what they said; flowed: whether sound left the page."""

    ward: str
    screen: str
    user: str
    heard: bool
    flowed: bool


@dataclass(frozen=True, kw_only=True)
class ReportPrinted(Event):
    """A report left the house. subject: a ward, an account or `all`; the period is first to last day."""

    report: str
    subject: str
    first: str
    last: str
    by: str


@dataclass(frozen=True, kw_only=True)
class PatientsImported(Event):
    """A list of patients was loaded at the panel."""

    patients: int
    wards: tuple[str, ...]
    by: str


@dataclass(frozen=True, kw_only=True)
class LineWatched(Event):
    """Somebody looked at what goes over a line. how: page, live, try, or the kind of file taken away.

    line: the plan id of a nurse-call line; `pager:ID` for a line to a pager system.
    """

    line: str
    how: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallTried(Event):
    """A test call of the setup assistant. outcome: answered, or as `pbx.callout.NotReached` has it."""

    extension: str
    outcome: str
    by: str


@dataclass(frozen=True, kw_only=True)
class PlaceTried(Event):
    """A test announcement of the setup assistant. heard: whether it was played to its end; else why it was not."""

    place: str
    heard: bool
    why: str
    by: str
