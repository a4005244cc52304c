"""Every line that has a trace: by which name it is looked at, and what it is called; hosts' and pager systems'."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.line_words import AnyTraced
from web.pages import part_names
from web.ports import House
from web.visit import Refused


@dataclass(frozen=True)
class Wired:
    """A line. name: in addresses, among traces and in the journal. part: among the parts of the house.

    bedside: whether what it says is of beds, and can be tried under another plan.
    """

    name: str
    part: str
    plan: AnyTraced
    bedside: bool


def wires(house: House) -> Iterator[Wired]:
    """Every line of the plan."""
    plan = house.nursecall()
    yield from (Wired(line.id, f"line:{line.id}", line, bedside=True) for line in plan.lines)
    yield from (Wired(pagers.part, pagers.part, pagers, bedside=False) for pagers in plan.pagers)


def wire(house: House, name: str) -> Wired:
    """The line of that name. Raises Refused."""
    found = next((one for one in wires(house) if one.name == name), None)
    if found is None:
        raise Refused(404, "There is no such line.")
    return found


def called(house: House, line: Wired, language: Language) -> str:
    """What people call it."""
    name = part_names.name(house, line.part, language)
    return name if line.bedside else translate("Pager system {name}", language, name=name)
