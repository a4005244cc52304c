"""Kinds of call: what each is named, how it looks and sounds, who may cancel it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from appliance.foundation.config import Section
from appliance.foundation.i18n import Text
from nursecall.plan_values import Identity

Tone = Literal["none", "soft", "call", "urgent", "emergency"]
Colour = Literal["red", "orange", "yellow", "green", "blue", "violet", "grey"]
Cancel = Literal["bedside", "speech", "screen"]


class CallType(Section):
    """One kind of call. `priority` 1 is the most urgent.

    tone: the chime before it is spoken; `none` for a kind that only shows.
    colour: of its tile; None for what its priority gives.
    cancel: `bedside` only at the bed; `speech` also from afar after speech with the patient was connected; `screen`
        also at a station screen, for what is no patient's call (a service request, a trouble that clears itself).
    presses_are_emergency: whether such a call, made while a nurse is present at the bed, is an emergency.
    """

    id: Identity
    name: Text
    spoken: Text = Field(description="what is said after the bed, e.g. 呼叫 / is calling")
    priority: int = Field(ge=1, le=9)
    icon: str = Field(pattern=r"^[a-z-]{1,24}$")
    speakable: bool = True
    tone: Tone = "call"
    colour: Colour | None = None
    cancel: Cancel = "bedside"
    presses_are_emergency: bool = True
