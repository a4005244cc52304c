"""What happens in voice menus."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class MenuEntered(Event):
    """A caller came to a flow."""

    call: str
    caller: str
    flow: str


@dataclass(frozen=True, kw_only=True)
class MenuStep(Event):
    """A caller's step through a flow; `detail` never holds what is secret."""

    call: str
    flow: str
    node: str
    kind: str
    what: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class MenuLeft(Event):
    """A caller's way through menus ended, at `node` of `flow`."""

    call: str
    flow: str
    node: str
    why: str


@dataclass(frozen=True, kw_only=True)
class MessageLeft(Event):
    """A caller left a message. tell: groups who want to know."""

    name: str
    call: str
    caller: str
    flow: str
    node: str
    seconds: int
    tell: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MessageHeard(Event):
    """Somebody listened to a message at the panel."""

    name: str
    by: str


@dataclass(frozen=True, kw_only=True)
class MessageDeleted(Event):
    """Somebody deleted a message at the panel."""

    name: str
    by: str
