"""Runs of extensions parted and renumbered: pure work on tables of the plan as they are written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pbx.spans import each

Table = Mapping[str, Any]


def runs(numbers: Collection[str]) -> Iterator[str]:
    """Numbers as people write them, in their order.

    >>> list(runs(["8003", "8001", "8002", "801"]))
    ['801', '8001-8003']
    """
    first = last = ""
    for number in sorted(numbers, key=lambda one: (len(one), one)):
        if last and len(number) == len(last) and int(number) == int(last) + 1:
            last = number
            continue
        if last:
            yield _span(first, last)
        first = last = number
    if last:
        yield _span(first, last)


def with_rights(groups: Sequence[Table], numbers: Collection[str], rights: str) -> list[dict[str, Any]]:
    """The rows of `[[pbx.extensions]]`, those `numbers` with that class of service; rows are parted where they must."""
    return [dict(part) for group in groups for part in _parted(group, set(numbers), rights)]


def _parted(group: Table, numbers: set[str], rights: str) -> Iterator[Table]:
    own = each(str(group["numbers"]))
    if not numbers & set(own) or group.get("rights") == rights:
        yield group
        return
    changed = {key: value for key, value in group.items() if key != "may_dial"} | {"rights": rights}
    for chosen, span in _stretches(own, numbers):
        yield {**(changed if chosen else group), "numbers": span}


def _stretches(own: Sequence[str], numbers: set[str]) -> Iterator[tuple[bool, str]]:
    start = 0
    for at in range(1, len(own) + 1):
        if at == len(own) or (own[at] in numbers) != (own[start] in numbers):
            yield own[start] in numbers, _span(own[start], own[at - 1])
            start = at


def renumbered(plan: Table, numbers: Mapping[str, str]) -> dict[str, Any]:
    """The whole plan with extensions under other numbers, wherever it names them. numbers: old → new."""
    return {key: _walk(value, (key,), numbers) for key, value in plan.items()}


NAMED = (
    ("nursecall", "wards", "desk"), ("nursecall", "wards", "phones", "beds"),
    ("nursecall", "wards", "roster", "extension"),
    ("nursecall", "places", "extension"), ("pbx", "schedules", "switch_from"), ("pbx", "inbound", "fallback"),
    ("pbx", "inbound", "rules", "steps", "extensions"), ("pbx", "inbound", "rules", "steps", "numbers"),
    ("pbx", "phones", "numbers"), ("pbx", "phones", "keys", "number"), ("pbx", "recording", "rules", "extensions"),
    ("pbx", "conference", "rooms", "enter"), ("pbx", "conference", "rooms", "chairmen"),
    ("pbx", "conference", "rooms", "invite"),
    ("pbx", "paging", "zones", "by"),
    ("pbx", "paging", "zones", "phones"), ("pbx", "features", "operator"), ("pbx", "features", "groups"),
    ("pbx", "features", "seating", "numbers"), ("pbx", "features", "seating", "telephones"),
    ("pbx", "flows", "operator"), ("pbx", "flows", "nodes", "to"),
    ("pbx", "flows", "nodes", "by"),
)  # fmt: skip
"""Where the plan names extensions, indices and keys of tables left out."""

PARTED = (("pbx", "extensions"), ("pbx", "voicemail", "boxes"))
"""Rows of one run each, which become several where it does."""


def _walk(value: Any, path: tuple[str, ...], numbers: Mapping[str, str]) -> Any:
    if path in NAMED:
        return _named(value, numbers)
    if isinstance(value, Mapping):
        return {key: _walk(one, (*path, key), numbers) for key, one in value.items()}
    if isinstance(value, list) and path in PARTED:
        return [row for one in value for row in _renumbered_run(one, numbers)]
    if isinstance(value, list):
        return [_walk(one, path, numbers) for one in value]
    return value


def _named(value: Any, numbers: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _named(one, numbers) for key, one in value.items()}
    if isinstance(value, list):
        return [new for one in value for new in _each_named(one, numbers)]
    found = _spans(value, numbers)
    return found[0] if len(found) == 1 else value


def _each_named(value: Any, numbers: Mapping[str, str]) -> list[Any]:
    return [_named(value, numbers)] if isinstance(value, list) else _spans(value, numbers)


def _spans(value: Any, numbers: Mapping[str, str]) -> list[Any]:
    """A number, or a run of them, under the new numbers; in parts where it does not stay one run."""
    if not isinstance(value, str) or not value.replace("-", "").isdecimal() or len(value) > MOST:
        return [value]
    old = each(value)
    if not any(number in numbers for number in old):
        return [value]
    return list(runs([numbers.get(number, number) for number in old]))


MOST = 13
"""Signs of a run of the longest extensions."""


def _renumbered_run(group: Table, numbers: Mapping[str, str]) -> list[dict[str, Any]]:
    old = each(str(group["numbers"]))
    if not any(number in numbers for number in old):
        return [dict(group)]
    return [{**group, "numbers": span} for span in runs([numbers.get(number, number) for number in old])]


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first}-{last}"
