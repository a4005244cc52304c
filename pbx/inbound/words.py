"""Steps of rules in words."""

from __future__ import annotations

from pbx.plan_inbound import Announce, Forward, Refuse, Ring, Served, Step
from pbx.reason import Fact, Reason, Word

KINDS = {"menu": "voice menu", "mailbox": "mailbox", "room": "conference room", "queue": "queue", "fax": "fax line"}
CAUSES = {"busy": "line busy", "no-such-number": "no such number", "refused": "call refused"}


def told(step: Step) -> Reason:
    """What a step does, as `pbx.inbound.rules` resolved it."""
    match step:
        case Ring(extensions=extensions, how=how, seconds=seconds):
            facts: dict[str, Fact] = {"extensions": ", ".join(extensions), "seconds": seconds}
            if len(extensions) == 1:
                return Reason("{extensions} rings for {seconds} s.", facts)
            if how == "together":
                return Reason("{extensions} ring together for {seconds} s.", facts)
            return Reason("{extensions} ring in turn, each for {seconds} s.", facts)
        case Forward(numbers=numbers, seconds=seconds, accept=accept):
            facts = {"numbers": ", ".join(numbers), "seconds": seconds}
            if accept:
                return Reason("{numbers} in turn, each for {seconds} s, until one presses 1.", facts)
            return Reason("{numbers} in turn, each for {seconds} s, until one answers.", facts)
        case Announce(text=text):
            return Reason("“{text}” is said, then it hangs up.", {"text": text})
        case Refuse(cause=cause):
            return Reason("The carrier is told: {cause}.", {"cause": Word(CAUSES[cause])})
        case Served(do=kind, name=name):
            return Reason("On to the {kind} “{name}”.", {"kind": Word(KINDS[kind]), "name": name})
        case _:
            return Reason("An extension rings.")
