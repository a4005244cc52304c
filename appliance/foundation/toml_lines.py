"""Where in a TOML text each key and each array element stands. Reads only what `tomllib` has accepted."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]*")
_STRINGS = (
    # Three quotes may be preceded by one or two that belong to the text.
    re.compile(r'"""(?:\\.|[^\\])*?"{3,5}(?!")', re.DOTALL),
    re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\\n])*"'),
    re.compile(r"'[^'\n]*'"),
)


def lines(text: str) -> dict[Path, int]:
    """Path → line, 1 being the first. A table that is only implied stands where it is first implied."""
    found: dict[Path, int] = {}
    for path, line in _Scanner(text).document():
        for depth in range(1, len(path) + 1):
            found.setdefault(path[:depth], line)
    return found


@dataclass
class Pair:
    """One `key = value`: offsets of its first character, of its value's first, and of the one after its value."""

    path: Path
    start: int
    value: int
    end: int


@dataclass
class Block:
    """A header and the pairs beneath it. start, end: of the header's line. The first block has none, and no path."""

    path: Path
    start: int = 0
    end: int = 0
    pairs: list[Pair] = field(default_factory=list)


@dataclass(frozen=True)
class Outline:
    """Offsets of a text. spans: of every value that stands behind a `=`, and of what is in it."""

    blocks: list[Block]
    spans: dict[Path, tuple[int, int]]


def outline(text: str) -> Outline:
    """Where all of `text` stands."""
    scanner = _Scanner(text)
    for _ in scanner.document():
        pass
    return Outline(scanner.blocks, scanner.spans)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line, self._counted = 1, 0
        self._tables: dict[Path, int] = {}
        self.blocks = [Block(())]
        self.spans: dict[Path, tuple[int, int]] = {}

    def document(self) -> Iterator[tuple[Path, int]]:
        table: Path = ()
        while self._skip(_BLANK) < len(self._text):
            if self._next("["):
                start = self._text.rfind("\n", 0, self._at) + 1
                table = self._header()
                end = self._text.find("\n", self._at) + 1 or len(self._text)
                self.blocks.append(Block(table, start, end))
                yield table, self._here()
            else:
                start = self._at
                pairs = self._pair(table)
                path, line = next(pairs)
                yield path, line
                yield from pairs
                self.blocks[-1].pairs.append(Pair(path, start, *self.spans[path]))

    def _header(self) -> Path:
        many = self._take("[[") or not self._take("[")
        names = self._key()
        self._take("]]" if many else "]")
        path = self._resolved(names)
        if many:
            self._tables[path] = self._tables.get(path, -1) + 1
            path = (*path, self._tables[path])
        return path

    def _resolved(self, names: Path) -> Path:
        """`[wards.roster]` under the second `[[wards]]` is `wards[1].roster`."""
        path: Path = ()
        for name in names:
            if path in self._tables:
                path = (*path, self._tables[path])
            path = (*path, name)
        return path

    def _pair(self, table: Path) -> Iterator[tuple[Path, int]]:
        line = self._here()
        path = table + self._key()
        yield path, line
        self._take("=")
        self._skip(_SPACE)
        yield from self._value(path)

    def _key(self) -> Path:
        names = [self._name()]
        while self._take("."):
            names.append(self._name())
        return tuple(names)

    def _name(self) -> str:
        self._skip(_SPACE)
        start = self._at
        if not self._string():
            self._skip(_BARE)
        name = self._text[start : self._at]
        self._skip(_SPACE)
        return str(tomllib.loads(f"name = {name}")["name"]) if name[:1] in {'"', "'"} else name

    def _value(self, path: Path) -> Iterator[tuple[Path, int]]:
        start = self._at
        yield from self._inner(path)
        self.spans[path] = start, start + len(self._text[start : self._at].rstrip())

    def _inner(self, path: Path) -> Iterator[tuple[Path, int]]:
        if self._take("["):
            yield from self._elements(path)
        elif self._take("{"):
            yield from self._inline(path)
        elif not self._string():
            self._skip(_SCALAR)

    def _elements(self, path: Path) -> Iterator[tuple[Path, int]]:
        index = 0
        while self._skip(_BLANK) < len(self._text) and not self._take("]"):
            yield (*path, index), self._here()
            yield from self._value((*path, index))
            self._skip(_BLANK)
            self._take(",")
            index += 1

    def _inline(self, path: Path) -> Iterator[tuple[Path, int]]:
        while self._skip(_BLANK) < len(self._text) and not self._take("}"):
            yield from self._pair(path)
            self._skip(_BLANK)
            self._take(",")

    def _string(self) -> bool:
        return any(self._skip_one(pattern) for pattern in _STRINGS)

    def _skip_one(self, pattern: re.Pattern[str]) -> bool:
        start = self._at
        return self._skip(pattern) > start

    def _skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self._text, self._at)
        if match:
            self._at = match.end()
        return self._at

    def _take(self, mark: str) -> bool:
        taken = self._next(mark)
        self._at += len(mark) if taken else 0
        return taken

    def _next(self, mark: str) -> bool:
        return self._text.startswith(mark, self._at)

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line
