"""HL7 v2 messages as hospitals send them: character sets, fields by number, times, escapes.

`hl7` (python-hl7) takes them apart. Text is decoded before it is taken apart, since the second byte of a GBK character
may be a `|` or a `^`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import hl7

from nursecall.wire.hl7_path import FieldPath
from nursecall.wire.hl7_sentence import sentence

NULL = '""'
"""A field that says: nothing, delete what you have. An empty field says nothing at all."""

FOREIGN = "The character set {name} in MSH-18 is not supported: send GB18030 or UTF-8."
NO_HEAD = "The message does not begin with an MSH segment."
NO_PARTS = "The message cannot be taken apart."
IN_UTF8 = ("MSH-18 says {encoding}, but the message is written in UTF-8.",
           "The plan says {encoding}, but the message is written in UTF-8.")  # fmt: skip
WRONG_BYTE = ("MSH-18 says {encoding}, but byte {byte} is not {encoding}.",
              "The plan says {encoding}, but byte {byte} is not {encoding}.")  # fmt: skip
"""Each by what said so: the message, the plan."""

MINUTES = 12
"""Digits of a time that is exact to the minute."""

_HEADER = re.compile(r"MSH([^\w\s])([^\w\s]{2,5})\1")
_TIME = re.compile(r"\d{4}(\d\d){0,5}(\.\d{1,6})?([+-]\d{4})?", re.ASCII)
_WIDE = re.compile("[\u0800-\U0010ffff]")


class Unreadable(Exception):
    """The message cannot be used. where: field or segment; code: of HL7 table 0357."""

    def __init__(self, message: str, where: str = "MSH", code: int = 102, **facts: object) -> None:
        self.sentence, self.where, self.code = sentence(message, **facts), where, code
        super().__init__(str(self.sentence))


@dataclass(frozen=True)
class Segment:
    """One line of a message; `name` is empty for a segment that is not there."""

    name: str = ""
    fields: Any = ()
    escape: str = "\\"
    separators: str = "\r|~^&"
    encoding: str = "utf-8"

    def text(self, field: int, component: int = 1, sub: int = 1, repetition: int = 1) -> str:
        """What stands there, escapes resolved, trimmed; empty where nothing does."""
        raw = _part(_part(_part(_part(self.fields, field), repetition - 1), component - 1), sub - 1)
        return self._plain(raw if isinstance(raw, str) else str(raw)).strip()

    def repetitions(self, field: int) -> int:
        """How often the field is repeated; 0 where it is not there."""
        there = _part(self.fields, field)
        return len(there) if isinstance(there, list) else int(bool(there))

    def _plain(self, raw: str) -> str:
        if self.escape not in raw:
            return raw
        mark = re.escape(self.escape)
        return re.sub(f"{mark}([^{mark}]*){mark}", self._escaped, raw)

    def _escaped(self, found: re.Match[str]) -> str:
        word = found[1]
        plain: dict[str, str] = dict(zip("FRSTE", (*self.separators[1:5], self.escape), strict=True))
        if word in plain:
            return plain[word]
        if word[:1] == "X" and re.fullmatch("([0-9A-Fa-f]{2})+", word[1:]):
            return bytes.fromhex(word[1:]).decode(self.encoding, "replace")
        return " " if word[:3] in (".br", ".sp") else ""


def _part(node: Any, index: int) -> Any:
    """A part of what the parser made: it leaves out the levels that a text does not use."""
    if isinstance(node, str):
        return node if index == 0 else ""
    return node[index] if index < len(node) else ""


@dataclass(frozen=True)
class Message:
    """A message in parts. encoding: Python's name of what it was written in."""

    segments: tuple[Segment, ...]
    encoding: str

    def first(self, name: str) -> Segment:
        """The first segment of that name; an empty one where there is none."""
        return next(self.every(name), Segment())

    def every(self, name: str) -> Iterator[Segment]:
        """All segments of that name."""
        return (segment for segment in self.segments if segment.name == name)

    def get(self, path: FieldPath) -> str:
        """What stands at `path`; empty where nothing does."""
        found = list(self.every(path.segment))
        if path.which.isdecimal():
            found = found[int(path.which) - 1 : int(path.which)]
        elif path.which:
            found = [segment for segment in found if path.which in (segment.text(3), segment.text(3, 2))]
        return found[0].text(path.field, path.component, path.sub) if found else ""

    @property
    def kind(self) -> str:
        """MSH-9.1, such as ADT."""
        return self.first("MSH").text(9)

    @property
    def event(self) -> str:
        """MSH-9.2, such as A01; before version 2.3 it may stand in EVN-1 only."""
        return self.first("MSH").text(9, 2) or self.first("EVN").text(1)

    @property
    def control(self) -> str:
        """MSH-10, which names the message among all of its sender."""
        return self.first("MSH").text(10)

    @property
    def sender(self) -> tuple[str, str]:
        """MSH-3 and MSH-4: application and facility."""
        return self.first("MSH").text(3), self.first("MSH").text(4)


def read(data: bytes, encoding: str | None = None) -> Message:
    """The message in `data`. encoding: overrules what MSH-18 says. Raises Unreadable."""
    named = encoding or _encoding(data)
    return _take_apart(_decode(data, named, by_plan=encoding is not None), named)


def header(data: bytes) -> Message:
    """As much of the MSH as can be read of a message that is not usable, to answer it. Never raises."""
    line = re.split(rb"[\r\n]", data.lstrip(b"\r\n"), maxsplit=1)[0][:4096]
    for encoding in ("utf-8", "gb18030"):
        try:
            return _take_apart(line.decode(encoding), encoding)
        except (UnicodeDecodeError, Unreadable):
            continue
    return Message((), "utf-8")


def _take_apart(text: str, encoding: str) -> Message:
    text = re.sub("\r\n|\n", "\r", text.lstrip("\ufeff\r\n"))
    head = _HEADER.match(text)
    if head is None or len(set(head[1] + head[2])) != len(head[1] + head[2]):
        raise Unreadable(NO_HEAD, code=100)
    try:
        parsed = hl7.parse(text)
    except Exception as why:  # the parser promises nothing about what it raises
        raise Unreadable(NO_PARTS, code=100) from why
    return Message(
        tuple(
            Segment(_name(segment), segment, parsed.esc, parsed.separators, encoding)
            for segment in parsed
            if isinstance(segment, list) and _name(segment)
        ),
        encoding,
    )


def _name(segment: Any) -> str:
    return str(_part(_part(segment, 0), 0))


def _encoding(data: bytes) -> str:
    """Python's name for what MSH-18 says; where it says nothing, UTF-8 if it can be, else GB18030."""
    msh = header(data).first("MSH")
    names = [msh.text(18, repetition=number + 1) for number in range(msh.repetitions(18))]
    encodings = [_known(name) for name in names if name]
    if encodings:
        return encodings[0]
    try:
        data.decode()
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _known(name: str) -> str:
    encoding = encoding_of(name)
    if encoding is None:
        raise Unreadable(FOREIGN, "MSH-18", 103, name=name)
    return encoding


def encoding_of(charset: str) -> str | None:
    """Python's name for a character set of HL7 table 0211, as it is written in the field too; None for an unknown."""
    plain = re.sub(r"[^A-Z0-9]", "", charset.upper())
    if plain.startswith(("GB18030", "GB2312")) or plain in ("GBK", "CP936", "MS936", "EUCCN"):
        return "gb18030"
    if plain in ("UNICODEUTF8", "UTF8", "UNICODE"):
        return "utf-8"
    return "ascii" if plain == "ASCII" else None


def _decode(data: bytes, encoding: str, *, by_plan: bool) -> str:
    if encoding == "gb18030" and _is_utf8(data):
        raise Unreadable(IN_UTF8[by_plan], "MSH-18", encoding=encoding)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as why:
        raise Unreadable(WRONG_BYTE[by_plan], "MSH-18", encoding=encoding, byte=why.start + 1) from why


def _is_utf8(data: bytes) -> bool:
    """GBK is hardly ever valid UTF-8, and then only with sequences of two bytes."""
    try:
        return _WIDE.search(data.decode()) is not None
    except UnicodeDecodeError:
        return False


def moment(text: str, zone: tzinfo) -> datetime | None:
    """A time of HL7, in `zone` unless it names its own offset. None for none, for nonsense, and for a day only."""
    found = _TIME.fullmatch(text)
    if found is None or len(re.split(r"[.+-]", text)[0]) < MINUTES:
        return None
    try:
        at: datetime = hl7.parse_datetime(text)
        return at if at.tzinfo is not None else at.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def escape(text: str) -> str:
    r"""`text` as it stands in a field between `|^~\&`."""
    marks = {"\\": "E", "|": "F", "~": "R", "^": "S", "&": "T"}
    plain = "".join(f"\\{marks[letter]}\\" if letter in marks else letter for letter in text)
    return re.sub(r"[\x00-\x1f]+", " ", plain)
