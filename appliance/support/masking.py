"""Words out of which nobody learns whom the box serves: names, numbers, passwords and texts are masked.

What is not known to be harmless is masked: better a puzzle for support than a patient's name in somebody's mail.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

NAME, WORDS, MAIL, SECRET = "[name]", "[…]", "[mail]", "[secret]"
LONG = 5
"""So many digits in a row are a number of somebody or something; ports of four and times of day are not."""

_KEPT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:?\d\d|Z)?)?"  # moments
    r"|\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b"  # IPv4 addresses
)
_SECRETS = re.compile(
    r"(?i)(\b[\w-]*(?:password|passphrase|secret|token|pin|credential)s?[\"']?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;]+)"
)
_MAIL = re.compile(r"[^\s@\"'<>(),;:]+@[\w.-]+")
_CHINESE = re.compile(r"[\u2e80-\u2fdf\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_DIGITS = re.compile(rf"\+?\d(?:[ -]?\d){{{LONG - 1},}}")
_TWO_CAPITALS = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b")
_LOGIN = re.compile(r"[a-z._-]+")
"""Such as `cashier`: words of a program, too."""
_IDENTIFIER = re.compile(r"[a-z][a-z_.:-]*")
PEOPLE = frozenset({"name", "nurse", "holder", "mobile", "mobiles", "text", "note", "by", "label", "shown", "user"})
"""Keys of plan and settings whose text is masked whole."""
SECRETS = re.compile(r"(?i)password|passphrase|secret|token|pin$|pins$|key$|credential")


class Mask:
    """names: of everybody the box knows; None where nobody can tell, then whatever looks like one is masked."""

    def __init__(self, names: Collection[str] | None) -> None:
        known = {name for name in names or () if len(name) > 1 and not _LOGIN.fullmatch(name)}
        every = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        self._names = re.compile(rf"(?<![A-Za-z])(?:{every})(?![A-Za-z])") if known else None
        self._guess = names is None

    def text(self, line: str) -> str:
        """A line of a log: what it says, without of whom."""
        parts, last = [], 0
        for kept in _KEPT.finditer(line):
            parts += [self._masked(line[last : kept.start()]), kept[0]]
            last = kept.end()
        return "".join([*parts, self._masked(line[last:])])

    def _masked(self, text: str) -> str:
        if self._names is not None:
            text = self._names.sub(NAME, text)
        if self._guess:
            text = _TWO_CAPITALS.sub(NAME, text)
        text = _SECRETS.sub(lambda found: found[1] + SECRET, text)
        text = _MAIL.sub(MAIL, _CHINESE.sub(WORDS, text))
        return _DIGITS.sub(lambda found: f"[{sum(sign.isdigit() for sign in found[0])} digits]", text)

    def document(self, value: Any, key: str = "") -> Any:
        """A table of the plan or the settings: its keys, figures and short words."""
        if isinstance(value, Mapping):
            return {self.text(str(name)): self.document(one, _below(key, str(name))) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.document(one, key) for one in value]
        if not isinstance(value, str):
            return value if isinstance(value, bool | int | float) else self.text(str(value))
        if SECRETS.search(key) and not value.startswith(("file:", "env:")):
            return SECRET
        return WORDS if key in PEOPLE and value else self.text(value)

    def event(self, value: Any) -> Any:
        """What an event of the journal says: figures, and words of a program."""
        if isinstance(value, Mapping):
            return {str(name): self.event(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.event(one) for one in value]
        if isinstance(value, str):
            return value if _IDENTIFIER.fullmatch(value) or _KEPT.fullmatch(value) else WORDS if value else ""
        return value


def _below(key: str, name: str) -> str:
    """`zh` and `en` of a name are the name."""
    return key if name in ("zh", "en") else name
