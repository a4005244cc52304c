"""Beds as people write them, `1-10 加1`: labels and ranges, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

LONGEST = 200
"""Characters, as many as a row has room for."""


class NoSuchBed(ValueError):
    """The ward has no bed of that label, which is the argument."""


def spread(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """`"1-10 加1"` as labels, in the ward's order. Raises NoSuchBed for what is no bed of the ward."""
    found = {label for part in _parts(text) for label in _labels(part, known)}
    for label in found:
        if label not in known:
            raise NoSuchBed(label[:16])
    return tuple(label for label in known if label in found)


@lru_cache(4096)
def still_there(text: str, known: tuple[str, ...]) -> frozenset[str]:
    """The labels `text` means; those that have left the plan are left out."""
    return frozenset(label for part in _parts(text) for label in _labels(part, known)) & frozenset(known)


def spelled(beds: Iterable[str], known: Sequence[str]) -> str:
    """Labels as people write them: `"1-10 12 加1"`."""
    wanted, parts = set(beds), list[list[str]]()
    for label in known:
        if label not in wanted:
            continue
        follows = parts and parts[-1][-1].isdecimal() and label.isdecimal() and int(label) == int(parts[-1][-1]) + 1
        if follows:
            parts[-1].append(label)
        else:
            parts.append([label])
    return " ".join(part[0] if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,;、\uff0c\uff1b]+", text) if part]


def _labels(part: str, known: Sequence[str]) -> list[str]:
    span = re.fullmatch(r"(\d{1,4})[-–~～](\d{1,4})", part, re.ASCII)
    # "1203-2" is a bed of its own in some wards.
    if part in known or span is None or int(span[1]) > int(span[2]):
        return [part]
    return [str(number) for number in range(int(span[1]), int(span[2]) + 1)]
