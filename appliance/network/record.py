"""What became of the last change of the network: one small file, written by root alone, before each of its steps."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from appliance.foundation import durable
from appliance.network import trouble
from appliance.network.table import NetworkTable

Phase = Literal["trial", "keeping", "confirmed", "back", "refused"]
"""keeping: confirmed, and on its way to the boot partition. refused: was never in force."""

READABLE = 0o644


@dataclass(frozen=True)
class Change:
    """One change. before: what held. was_at: the box's addresses then. since: the time of day of the phase.

    until: when the trial ends, in seconds of the steady clock that begins with the machine; boot: which start that was.
    ended_by: who confirmed or went back; empty where it went by itself. why: a message id, `facts` fill its fields.
    """

    id: str
    by: str
    wanted: NetworkTable
    before: NetworkTable
    was_at: tuple[str, ...]
    phase: Phase
    since: datetime
    until: float
    boot: str
    ended_by: str = ""
    why: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it is not decided yet."""
        return self.phase in ("trial", "keeping")

    def over(self, phase: Phase, at: datetime, by: str = "") -> Change:
        """As it is in a later phase."""
        return replace(self, phase=phase, since=at, ended_by=by or self.ended_by)

    def proven(self, reached_at: str, own: Collection[str]) -> bool:
        """Whether who reaches the box there shows that the change works. own: the box's addresses now.

        By DHCP nobody knows beforehand which address it will be: any that it has in the network now.
        """
        if self.wanted.fixed is None:
            return reached_at in own
        return reached_at == str(self.wanted.fixed.ip)


def read(file: Path, boot: str, in_force: NetworkTable) -> Change | None:
    """The last change; None where there was none, or nothing that can be read.

    boot: the start of the machine that goes on now; one that was open when another ended is over: the box began with
    what was kept, and `in_force` says whether it had got that far.
    """
    try:
        found = _change(json.loads(file.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not found.is_open or found.boot == boot:
        return found
    if found.phase == "keeping" and found.wanted == in_force:
        return replace(found, phase="confirmed")
    return replace(found, phase="back", ended_by="", why=trouble.RESTARTED, facts={})


def write(file: Path, change: Change) -> None:
    """Put it in the place of the one before, whole or not at all. Raises OSError."""
    said = asdict(change) | {
        "wanted": change.wanted.model_dump(mode="json"),
        "before": change.before.model_dump(mode="json"),
        "since": change.since.isoformat(),
    }
    durable.write(file, json.dumps(said, ensure_ascii=False, indent=1).encode(), READABLE)


def _change(found: dict[str, Any]) -> Change:
    return Change(
        **found
        | {
            "wanted": NetworkTable.model_validate(found["wanted"]),
            "before": NetworkTable.model_validate(found["before"]),
            "since": datetime.fromisoformat(found["since"]),
            "was_at": tuple(found["was_at"]),
        }
    )
