"""Kinds of call: what each is named, how it looks and sounds, who may cancel it. The usual ones ship built in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from appliance.foundation.config import Section
from appliance.foundation.i18n import Text
from nursecall.plan_values import Identity, Seconds

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
    escalation: the tree by which it is passed on; None for what rules and ward say.
    target: seconds within which somebody should be at the bed, as reports judge it; None for a kind not judged.
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
    escalation: Identity | None = None
    target: Seconds | None = None


EMERGENCY = "emergency"
"""What a press becomes while a nurse is present at the bed."""

PLUG_OUT = "plug-out"
"""What a terminal in trouble raises at its bed."""

TROUBLE = "trouble"
"""What a line in trouble raises in each of its wards."""

SHIPPED = (
    CallType(
        id="call", name=Text(zh="呼叫", en="Call"), spoken=Text(zh="呼叫", en="is calling"),
        priority=5, icon="bell", cancel="speech", target=300,
    ),
    CallType(
        id="wc", name=Text(zh="卫生间呼叫", en="WC call"),
        spoken=Text(zh="卫生间呼叫", en="is calling from the bathroom"),
        priority=3, icon="toilet", tone="urgent", colour="orange", target=120,
    ),
    CallType(
        id="assist", name=Text(zh="请求增援", en="Staff assist"), spoken=Text(zh="请求增援", en="needs assistance"),
        priority=2, icon="assist", tone="urgent", colour="violet", presses_are_emergency=False, target=60,
    ),
    CallType(
        id="code-blue", name=Text(zh="紧急抢救", en="Code blue"), spoken=Text(zh="紧急抢救", en="is a code blue"),
        priority=1, icon="heart", tone="emergency", colour="red", presses_are_emergency=False, target=60,
    ),
    CallType(
        id=EMERGENCY, name=Text(zh="紧急呼叫", en="Emergency"), spoken=Text(zh="紧急呼叫", en="is an emergency"),
        priority=1, icon="siren", tone="emergency", colour="red", presses_are_emergency=False, target=60,
    ),
    CallType(
        id="infusion", name=Text(zh="输液结束", en="Infusion end"),
        spoken=Text(zh="输液结束", en="has finished the infusion"),
        priority=6, icon="drip", tone="soft", presses_are_emergency=False, target=300,
    ),
    CallType(
        id="door", name=Text(zh="病区门铃", en="Ward door"), spoken=Text(zh="门铃", en="is at the door"),
        priority=7, icon="door", tone="soft", cancel="screen", presses_are_emergency=False,
    ),
    CallType(
        id=PLUG_OUT, name=Text(zh="呼叫器脱落", en="Terminal in trouble"),
        spoken=Text(zh="呼叫器故障或脱落", en="has an unplugged or broken terminal"),
        priority=4, icon="unplug", colour="yellow", cancel="screen", presses_are_emergency=False,
    ),
    CallType(
        id="bed-exit", name=Text(zh="离床报警", en="Bed exit"), spoken=Text(zh="离床报警", en="has left the bed"),
        priority=3, icon="bed", tone="urgent", colour="orange", presses_are_emergency=False, target=120,
    ),
    CallType(
        id="service", name=Text(zh="服务请求", en="Service request"), spoken=Text(zh="服务请求", en="has a request"),
        priority=8, icon="service", tone="none", colour="green", speakable=False, cancel="screen",
        presses_are_emergency=False,
    ),
    CallType(
        id=TROUBLE, name=Text(zh="线路故障", en="Line in trouble"),
        spoken=Text(
            zh="呼叫线路故障,部分床位可能无法呼叫",
            en="a nurse call line is in trouble; some beds may not be able to call",
        ),
        priority=4, icon="plug", colour="yellow", cancel="screen", presses_are_emergency=False,
    ),
)  # fmt: skip
"""The kinds every hospital has. A row of the plan with the same id takes the place of one."""


def with_shipped(own: Iterable[CallType]) -> tuple[CallType, ...]:
    """The plan's own kinds, then those shipped ones that it does not name. What an own row leaves out stays as shipped.

    So a plan that only says what a code blue is called still has the right tone, and no nurse cancels it from afar.
    """
    shipped = {kind.id: kind for kind in SHIPPED}
    kinds = [_over(shipped.pop(kind.id, None), kind) for kind in own]
    return (*kinds, *shipped.values())


def _over(shipped: CallType | None, own: CallType) -> CallType:
    if shipped is None:
        return own
    return shipped.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
