"""The life of one update, from the moment it is being installed until it is confirmed or gone. No I/O, no clock.

    installing ─► waiting ─► trial ─► confirmed
        └► failed    └► back ◄─┘ ◄────────┘

What comes before, the upload and its check, leaves the box as it is and is forgotten with the daemon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, get_args

from appliance.updating import trouble
from appliance.updating.release import Release

Slot = Literal["A", "B"]
OTHER: Mapping[Slot, Slot] = {"A": "B", "B": "A"}
Phase = Literal["installing", "waiting", "trial", "confirmed", "back", "failed"]
Input = Literal["installed", "not installed", "called off", "target started", "source started", "well", "unwell"]
PHASES: tuple[Phase, ...] = get_args(Phase)
INPUTS: tuple[Input, ...] = get_args(Input)
OVER: tuple[Phase, ...] = ("confirmed", "back", "failed")
"""Another may begin."""

_NEXT: Mapping[tuple[Phase, Input], Phase] = {
    ("installing", "installed"): "waiting",
    ("installing", "not installed"): "failed",
    ("installing", "called off"): "installing",  # it ends by itself, or by its time limit
    ("installing", "target started"): "failed",
    ("installing", "source started"): "failed",
    ("installing", "well"): "installing",
    ("installing", "unwell"): "installing",
    ("waiting", "installed"): "waiting",
    ("waiting", "not installed"): "waiting",
    ("waiting", "called off"): "failed",
    ("waiting", "target started"): "trial",
    ("waiting", "source started"): "back",  # GRUB tried the target twice
    ("waiting", "well"): "waiting",
    ("waiting", "unwell"): "waiting",
    ("trial", "installed"): "trial",
    ("trial", "not installed"): "trial",
    ("trial", "called off"): "trial",
    ("trial", "target started"): "trial",  # its second try
    ("trial", "source started"): "back",
    ("trial", "well"): "confirmed",
    ("trial", "unwell"): "trial",  # only GRUB, which counts the tries, goes back
    ("confirmed", "source started"): "back",  # later it was not found to work any more
    **{("confirmed", each): "confirmed" for each in INPUTS if each != "source started"},
    **{("back", each): "back" for each in INPUTS},
    **{("failed", each): "failed" for each in INPUTS},
}
_WHY: Mapping[tuple[Phase, Input], str] = {
    ("installing", "target started"): trouble.RESTARTED,
    ("installing", "source started"): trouble.RESTARTED,
    ("waiting", "source started"): trouble.NO_START,
    ("trial", "source started"): trouble.NO_START,
    ("confirmed", "source started"): trouble.LOST,
}


@dataclass(frozen=True)
class Update:
    """One update. source: the slot that ran when it was begun; target: where it goes. since: of its phase.

    is_return: nothing is installed, the version that the target has already is to be started again.
    why: a message id, `facts` fill its fields. lines: parts of the health board that worked before the restart.
    """

    id: str
    by: str
    release: Release
    before: Release
    source: Slot
    target: Slot
    phase: Phase
    since: datetime
    is_return: bool = False
    why: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether another may begin."""
        return self.phase in OVER

    def told(self, what: Input, at: datetime, why: str = "", facts: Mapping[str, str] | None = None) -> Update:
        """As it is after `what`. why: of what went wrong; what was said before stays where nothing is."""
        phase = _NEXT[self.phase, what]
        if phase == self.phase and what != "unwell":
            return self
        if self.phase in OVER and phase == self.phase:
            return self
        known = why or self.why or _WHY.get((self.phase, what), "")
        if phase in ("waiting", "confirmed"):
            known = ""
        return replace(
            self, phase=phase, since=self.since if phase == self.phase else at, why=known,
            facts=dict(facts or {}) if why else self.facts if known else {},
        )  # fmt: skip


def may_replace(running: Release, other: Release, floor: str, *, older: bool) -> None:
    """Whether `other` may take the place of `running`. Raises Trouble.

    floor: the highest of every version that has had the records in its hands. older: that an older one is wanted.
    """
    if other.step < floor:
        raise trouble.Trouble(trouble.TOO_OLD, version=other.version)
    if other.floor > running.step:
        raise trouble.Trouble(trouble.TOO_NEW, version=other.version, running=running.version)
    if other.made < running.made and not older:
        raise trouble.Trouble(trouble.OLDER, version=other.version, running=running.version)
