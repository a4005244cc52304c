"""Who is written to: lists as people bring them, a spreadsheet's CSV or lines pasted from anywhere."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.foundation.sheets import meant
from pbx.sms.letters import dialable
from pbx.sms.trouble import Unsendable

MOST = 2000
LONGEST_NAME = 64
NAME_FIELD = "{name}"
_HEADS = {"name", "mobile", "phone", "number", "姓名", "手机", "手机号", "手机号码", "电话", "号码"}


@dataclass(frozen=True)
class Person:
    """One recipient. name: empty where nobody said it."""

    mobile: str
    name: str = ""


def read_file(content: bytes) -> list[Person]:
    """A list in UTF-8 or, as Chinese spreadsheets write it, GB18030. Raises Unsendable with the line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    return read_lines(text)


def read_lines(text: str) -> list[Person]:
    """A name and a number a line, in either order, or a number alone; between them comma, semicolon, tab or blank.

    A first line of headings and empty lines are passed over. Raises Unsendable with the line.
    """
    people: list[Person] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = _cells(line)
        if not cells or (not people and {cell.casefold() for cell in cells} & _HEADS):
            continue
        people.append(_person(cells, number))
    return together([people])


def together(groups: Iterable[Sequence[Person]]) -> list[Person]:
    """Everybody once, by their number, in the order they first come. Raises Unsendable for more than may be."""
    people: dict[str, Person] = {}
    for person in (person for group in groups for person in group):
        people.setdefault(person.mobile.removeprefix("+86"), person)
    if len(people) > MOST:
        raise Unsendable(
            "{people} people are more than may be written to at once, {most}.", people=len(people), most=MOST
        )
    return list(people.values())


def addressed(text: str, person: Person) -> str:
    """`text` as this person gets it."""
    return text.replace(NAME_FIELD, person.name)


def _cells(line: str) -> list[str]:
    cells = next(csv.reader([re.sub(r"[;；\t，、]", ",", line)]), [])
    if len([cell for cell in cells if cell.strip()]) == 1 and (
        found := re.fullmatch(r"\s*(\D+?)\s+(\+?[\d\s()-]+)\s*", line)
    ):
        cells = [found[1], found[2]]
    return [meant(cell.strip()) for cell in cells if cell.strip()]


def _person(cells: Sequence[str], line: int) -> Person:
    for index, cell in enumerate(cells[:2]):
        try:
            mobile = dialable(cell)
        except Unsendable:
            continue
        name = " ".join(other for at, other in enumerate(cells[:2]) if at != index)
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise Unsendable("Line {line}: the name is too long, or cannot be printed.", line=line)
        return Person(mobile, name)
    raise Unsendable("Line {line}: there is no telephone number in “{cells}”.", line=line, cells=", ".join(cells)[:60])
