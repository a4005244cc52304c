"""One entry of the address book, and how it is found while somebody types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language

MOST_NUMBERS = 5
LONGEST = 64
LONGEST_NOTE = 200

_NUMBER = re.compile(r"\+?[0-9]{2,20}")
_BETWEEN = re.compile(r"[;；,，、/|\n]+")
_WITHIN = re.compile(r"[\s()（）.\-－—]+")


class Unfit(ValueError):
    """A field that will not do. reason: a message id, its fields are `facts`."""

    def __init__(self, field: str, reason: str, **facts: str) -> None:
        super().__init__(reason)
        self.field, self.reason, self.facts = field, reason, facts

    def text(self, language: Language) -> str:
        """What is wrong, without where."""
        return translate(self.reason, language, **self.facts)


@dataclass(frozen=True)
class Entry:
    """Somebody, or a department. numbers: inside or outside, the one to call first. id: empty until it is kept."""

    name: str
    numbers: tuple[str, ...]
    department: str = ""
    note: str = ""
    vip: bool = False
    id: str = ""

    @property
    def who(self) -> tuple[str, str]:
        """By what two lists mean the same."""
        return self.name, self.department

    @property
    def alike(self) -> Entry:
        """Without its id: what two that say the same have in common."""
        return replace(self, id="")

    @cached_property
    def words(self) -> str:
        """All by which it is found, in lower case: the Chinese also as pinyin, whole and by its first letters."""
        said = f"{self.name} {self.department}"
        return " ".join([said, self.note, *self.numbers, *_pinyin(said)]).lower()


def found(entries: Iterable[Entry], typed: str, most: int) -> list[Entry]:
    """The first `most` in which everything that is typed occurs."""
    wanted = typed.lower().split()
    hits: list[Entry] = []
    for entry in entries:
        if all(word in entry.words for word in wanted):
            hits.append(entry)
            if len(hits) == most:
                break
    return hits


def numbers_of(cells: Sequence[str], field: str = "number") -> tuple[str, ...]:
    """`0571-8888 6666；8081` as numbers, each once. Raises Unfit."""
    parts = [part for cell in cells for part in _BETWEEN.split(cell) if part.strip()]
    numbers = tuple(dict.fromkeys(_WITHIN.sub("", part) for part in parts))
    for part, number in zip(parts, (_WITHIN.sub("", part) for part in parts), strict=True):
        if not _NUMBER.fullmatch(number):
            raise Unfit(field, "{cell} is no telephone number", cell=repr(part.strip()))
    if not numbers:
        raise Unfit(field, "must not be empty")
    if len(numbers) > MOST_NUMBERS:
        raise Unfit(field, "are more than {most} numbers", most=str(MOST_NUMBERS))
    return numbers


def line_of(cell: str, field: str, most: int = LONGEST, *, needed: bool = False) -> str:
    """A cell that is one line of text. Raises Unfit."""
    text = cell.strip()
    if needed and not text:
        raise Unfit(field, "must not be empty")
    if len(text) > most:
        raise Unfit(field, "is longer than {most} characters", most=str(most))
    if not text.isprintable():
        raise Unfit(field, "has characters that cannot be printed")
    return text


def _pinyin(text: str) -> list[str]:
    if text.isascii():
        return []
    from pypinyin import lazy_pinyin  # reads its dictionary, which takes a while

    said = lazy_pinyin(text, errors="ignore")
    return ["".join(said), "".join(syllable[:1] for syllable in said)]
