"""What each part says of itself; `appliance.health` gathers it, the status page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliance.foundation.journal import Event


class State(str, Enum):
    """How a part is. `STARTING` until it first knows."""

    STARTING = "starting"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True)
class HealthChanged(Event):
    """A part changed its state.

    part: `kind:name`, e.g. `line:w1`, `trunk:telecom`, `sms:sms1`, `exchange:asterisk`, `speech:pyttsx3`,
        `storage:database`, `storage:disk`.
    detail: an English message id for the i18n catalogue, with `{name}` fields filled from `facts`.
    """

    part: str
    state: State
    detail: str = ""
    facts: tuple[tuple[str, str], ...] = ()
