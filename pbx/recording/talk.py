"""A leg of talk as far as recording goes: who with whom, and where its sound can be taken."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pbx.engine.configuration import endpoint, is_trunk
from pbx.leg import Leg
from pbx.pair import Pair
from pbx.plan_recording import Direction
from pbx.recording.rule import Ends
from pbx.terms import Keep

RUNG = re.compile(r"-(out|line|rung|desk)-")
"""In the id of an outside leg that the house dialled."""


@dataclass(frozen=True)
class Talk:
    """Two who talk, until one of them leaves or is passed on.

    leg: whose channel is recorded: its own voice on the left, what it hears on the right; other: the other's.
    caller, called: their numbers, as dialled or shown. trunk: of who is outside. keep: another's word than the rules.
    """

    call: str
    leg: Leg
    other: Leg
    bridge: str
    caller: str
    called: str
    ends: Ends
    trunk: str = ""
    keep: Keep | None = None


def talk_of(call: str, pair: Pair, keep: Keep | None = None) -> Talk:
    """What `pair` says to one another from now on."""
    legs = (pair.caller, pair.called)
    outside = next((leg for leg in legs if is_trunk(leg.name)), None)
    extensions = tuple(_number(leg) for leg in legs if not is_trunk(leg.name))
    direction: Direction = "internal" if outside is None else "out" if RUNG.search(outside.id) else "in"
    # A trunk has a second endpoint, named after it with an underscore, which no id of the plan has.
    trunk = outside.endpoint.removeprefix(endpoint("")).partition("_")[0] if outside else ""
    ends = Ends(direction, extensions)
    return Talk(call, *legs, pair.bridge, _number(pair.caller), _number(pair.called), ends, trunk, keep)


def _number(leg: Leg) -> str:
    """An extension that picked up for another was not rung by its number."""
    return leg.number or ("" if is_trunk(leg.name) else leg.endpoint)
