"""What the page of updates asks for and gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


class NotTaken(Exception):
    """why: a message id, one sentence; `facts` fill its fields. Nothing was changed."""

    def __init__(self, why: str, facts: Mapping[str, str]) -> None:
        super().__init__(why)
        self.why, self.facts = why, facts


@dataclass(frozen=True)
class SlotState:
    """state: what the slot holds runs, worked, waits to be tried, or is of no use; `empty` where nothing is known."""

    slot: str
    version: str
    state: Literal["runs", "good", "fresh", "bad", "empty"]


@dataclass(frozen=True)
class Found:
    """A bundle that lies there. id: of its place. stick: the name of the stick, empty for an upload.

    version, signed_by, is_older: of one that was checked. why: of one that is refused, a message id.
    """

    id: str
    name: str
    stick: str
    octets: int
    state: Literal["new", "checking", "good", "refused"] = "new"
    version: str = ""
    signed_by: str = ""
    is_older: bool = False
    why: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Last:
    """The last update. is_return: to the version that the other slot had. percent, stage: of an installation."""

    phase: Literal["installing", "waiting", "trial", "confirmed", "back", "failed"]
    version: str
    by: str
    since: datetime
    is_return: bool = False
    why: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    percent: int = 0
    stage: str = ""


@dataclass(frozen=True)
class Standing:
    """How the box stands. calls: in which two talk now. waits: for them to end, to restart then."""

    is_image: bool
    version: str
    is_development: bool = False
    slots: Sequence[SlotState] = ()
    last: Last | None = None
    found: Sequence[Found] = ()
    calls: int = 0
    bedside: int = 0
    waits: bool = False
    may_go_back: bool = False
    is_asked: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether another update must wait."""
        return self.is_asked or (self.last is not None and self.last.phase in ("installing", "waiting", "trial"))
