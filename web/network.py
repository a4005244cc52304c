"""What the page of the network asks for and gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from appliance.foundation.config import Fault


class NotTaken(Exception):
    """why: a message id, one sentence; `facts` fill its fields. Nothing was changed."""

    def __init__(self, why: str, /, **facts: str) -> None:
        super().__init__(why)
        self.why, self.facts = why, facts


class Unfit(Exception):
    """What was typed cannot be; faults: by the name of the field, as `Typed` has it."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        super().__init__(", ".join(map(str, faults.values())))
        self.faults = faults


@dataclass(frozen=True)
class Typed:
    """A network as it is typed. address: `10.1.2.3/24`. interface: a card's name; empty for every wired one.

    gateway, dns, ntp: empty where DHCP says it, or nobody does; servers stand between commas or blanks.
    """

    by_dhcp: bool = True
    interface: str = ""
    address: str = ""
    gateway: str = ""
    dns: str = ""
    ntp: str = ""


@dataclass(frozen=True)
class CardState:
    """One network card. cable: whether something at its other end answers. addresses: `10.1.2.3/24`."""

    name: str
    mac: str
    cable: bool
    addresses: Sequence[str]


@dataclass(frozen=True)
class Tried:
    """The last change. asked: not begun yet. keeping: confirmed, and being written down.

    at: the new address, without its prefix; empty where DHCP gives one. until: of a trial. proven: whether who looks
    reached the panel in a way that proves that it works. ended_by: empty where it went back by itself.
    """

    phase: Literal["asked", "trial", "keeping", "confirmed", "back", "refused"]
    wanted: Typed
    at: str
    by: str
    since: datetime
    until: datetime | None = None
    proven: bool = False
    ended_by: str = ""
    why: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it is not decided yet."""
        return self.phase in ("asked", "trial", "keeping")


@dataclass(frozen=True)
class Standing:
    """How the box is in the network now. kept: what holds without a trial; None on a machine that decides itself."""

    is_image: bool
    cards: Sequence[CardState] = ()
    gateway: str = ""
    dns: Sequence[str] = ()
    ntp: Sequence[str] = ()
    kept: Typed | None = None
    tried: Tried | None = None
