"""What `nightbell journal replay` reads and prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

import click

from appliance.cli.help import padded
from appliance.cli.language import refusal, say
from appliance.foundation.config import Faulty, parse
from appliance.plan import Plan
from nursecall.what_if import Compared, Comparison, Passing


def plan_in(file: Path) -> Plan:
    """The plan in `file`; its faults end the command with exit code 1."""
    try:
        return parse(file.read_text("utf-8"), Plan)
    except UnicodeDecodeError as why:
        sentence = say("is not UTF-8 text (byte {byte})", byte=why.start)
        raise click.ClickException(say("{path}: {reason}", path=file, reason=sentence)) from why
    except Faulty as why:
        raise refusal(file, why) from why


def as_text(compared: Comparison, zone: tzinfo) -> Iterator[str]:
    """For people: a call a paragraph, then the sums in a table."""
    for call in compared.differences:
        at = f"{call.raised_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        yield say("{at} {ward}, bed {bed}, {kind}", at=at, ward=call.ward, bed=call.bed, kind=call.call_type)
        yield say("  before: {story}", story=_story(call.before))
        yield say("  after:  {story}", story=_story(call.after))
    before, after = compared.escalated()
    counts = {"count": len(compared.calls), "differ": len(compared.differences)}
    yield say("{count} calls, {differ} of them passed on otherwise", **counts)
    yield _row(say("tree"), say("step"), say("by"), say("old plan"), say("new plan"))
    for (tree, index, by), (one, other) in compared.sums().items():
        yield _row(tree, index, by, one, other)
    yield _row(say("calls passed on at all"), "", "", before, after)


def _row(tree: str, step: object, by: str, before: object, after: object) -> str:
    columns = ((tree, -32), (step, 4), (by, -10), (before, 8), (after, 8))
    return " ".join(padded(str(text), width) for text, width in columns)


def _story(passings: tuple[Passing, ...]) -> str:
    return "; ".join(map(_passing, passings)) or say("nobody was told")


def _passing(passing: Passing) -> str:
    whom = ", ".join(dict.fromkeys(who for who, _ in passing.to)) or say("nobody")
    after = f"{passing.after:.0f}"
    return say(
        "{after} s {by} {whom} ({tree} {index})",
        after=after,
        by=passing.by,
        whom=whom,
        tree=passing.tree,
        index=passing.index,
    )


def as_json(compared: Comparison) -> Iterator[str]:
    """For programs: an object a line."""
    for call in compared.differences:
        yield json.dumps(_call(call), ensure_ascii=False)
    before, after = compared.escalated()
    steps = [
        {"tree": tree, "step": index, "by": by, "before": one, "after": other}
        for (tree, index, by), (one, other) in compared.sums().items()
    ]
    yield json.dumps({"calls": len(compared.calls), "passed_on": {"before": before, "after": after}, "steps": steps})


def _call(call: Compared) -> dict[str, object]:
    subject = {"call": call.call, "ward": call.ward, "bed": call.bed, "call_type": call.call_type}
    before, after = ([_step(one) for one in story] for story in (call.before, call.after))
    return {**subject, "raised_at": call.raised_at.isoformat(), "before": before, "after": after}


def _step(one: Passing) -> dict[str, object]:
    step = {"tree": one.tree, "step": one.index, "attempt": one.attempt, "by": one.by, "to": one.to}
    return {"at": one.at.isoformat(), "after": one.after, **step}
