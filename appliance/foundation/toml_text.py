"""Values as TOML writes them, on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time


def key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else value(name)


def value(given: object) -> str:
    """Text, number, truth, date, time, list or table. Raises TypeError for what TOML has not."""
    match given:
        case bool():
            return "true" if given else "false"
        case int() | float():
            return str(given)
        case str():
            # JSON's escapes are TOML's too, but for the one character that JSON lets stand.
            return json.dumps(given, ensure_ascii=False).replace("\x7f", "\\u007F")
        case datetime() | date() | time():
            return given.isoformat()
        case Mapping():
            return table({str(name): value(one) for name, one in given.items()})
        case list() | tuple():
            return f"[{', '.join(value(one) for one in given)}]"
    raise TypeError(f"{type(given).__name__} is nothing that TOML has")


def table(written: Mapping[str, str]) -> str:
    """An inline table of values that are written already."""
    inside = ", ".join(f"{_inner(name)} = {one}" for name, one in written.items())
    return f"{{ {inside} }}" if inside else "{}"


def _inner(name: str) -> str:
    # Digits are keys of a telephone: in quotes, as in the manual.
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name) else value(name)
