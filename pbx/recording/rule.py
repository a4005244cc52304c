"""Whether talk is recorded: the most specific rule wins, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pbx.plan_recording import Direction, Mode, Recording, RecordingRule
from pbx.reason import Reason, Word

SAYS: dict[Mode, Word] = {
    "always": Word("always recorded"),
    "never": Word("never recorded"),
    "on-demand": Word("recorded on demand"),
}
DIRECTIONS: dict[Direction, Word] = {
    "internal": Word("calls between extensions"),
    "in": Word("calls from outside"),
    "out": Word("calls to outside"),
}
BY_DEFAULT = "No rule is about this talk, so it is {mode}."
BY_RULE = "Rule “{rule}” is about all talk: {mode}."
BY_QUEUE = "Rule “{rule}” is about queue {queue}: {mode}."
BY_EXTENSION = "Rule “{rule}” is about extension {extension}: {mode}."
BY_DIRECTION = "Rule “{rule}” is about {direction}: {mode}."
BY_BOTH = "Rule “{rule}” is about extension {extension} and {direction}: {mode}."


@dataclass(frozen=True)
class Ends:
    """Who talks with whom. extensions: those of the house that take part. queue: empty for none."""

    direction: Direction
    extensions: Sequence[str]
    queue: str = ""


@dataclass(frozen=True)
class Verdict:
    """rule: its id, empty for the section's own word. keep_days: how long the recording is kept unless marked."""

    mode: Mode
    rule: str
    keep_days: int
    why: Reason


def verdict(plan: Recording, ends: Ends) -> Verdict:
    """A queue is more specific than an extension, and that than a direction; of extensions, the shortest run.

    Of rules equally specific the first in the plan holds.
    """
    matching = [rule for rule in plan.rules if _matches(rule, ends)]
    if not matching:
        return Verdict(plan.mode, "", plan.keep_days, Reason(BY_DEFAULT, {"mode": SAYS[plan.mode]}))
    rule = max(matching, key=lambda rule: _specific(rule, ends))
    return Verdict(rule.mode, rule.id, rule.keep_days or plan.keep_days, _why(rule, ends))


def _matches(rule: RecordingRule, ends: Ends) -> bool:
    if rule.queue and rule.queue != ends.queue:
        return False
    if rule.direction is not None and rule.direction != ends.direction:
        return False
    return not rule.extensions or _narrowest(rule, ends) is not None


def _specific(rule: RecordingRule, ends: Ends) -> tuple[bool, float, bool]:
    narrowest = _narrowest(rule, ends)
    return bool(rule.queue), 1 / narrowest[0] if narrowest else 0.0, rule.direction is not None


def _narrowest(rule: RecordingRule, ends: Ends) -> tuple[int, str] | None:
    covered = [(rule.covers(extension), extension) for extension in ends.extensions]
    return min(((size, extension) for size, extension in covered if size is not None), default=None)


def _why(rule: RecordingRule, ends: Ends) -> Reason:
    facts = {"rule": rule.id, "mode": SAYS[rule.mode]}
    narrowest = _narrowest(rule, ends)
    if rule.queue:
        return Reason(BY_QUEUE, {**facts, "queue": rule.queue})
    if narrowest is not None and rule.direction is not None:
        return Reason(BY_BOTH, {**facts, "extension": narrowest[1], "direction": DIRECTIONS[rule.direction]})
    if narrowest is not None:
        return Reason(BY_EXTENSION, {**facts, "extension": narrowest[1]})
    if rule.direction is not None:
        return Reason(BY_DIRECTION, {**facts, "direction": DIRECTIONS[rule.direction]})
    return Reason(BY_RULE, facts)
