"""Which carrier has a number and where it is from: the longest beginning of the number that is known. Pure.

A table of all of China's mobile ranges has half a million rows; it is kept as sorted arrays of whole numbers.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from pbx.categories import carrier_of

CARRIERS = {
    "中国移动": "China Mobile",
    "中国联通": "China Unicom",
    "中国电信": "China Telecom",
    "中国广电": "China Broadnet",
}
"""In tables people write them so; plans, and the tables of phonenumbers, have them in English."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """Who has a number, and where it is from; each empty where nobody knows."""

    carrier: str = ""
    region: str = ""


NOTHING = Belonging()


class RegionTable:
    """Rows by the beginnings of E.164 numbers, digits without +. A whole number is one that was taken along."""

    def __init__(self, rows: Iterable[tuple[str, Belonging]] = ()) -> None:
        kinds: dict[Belonging, int] = {}
        by_length: dict[int, list[tuple[int, int]]] = {}
        for digits, belonging in rows:
            kind = kinds.setdefault(belonging, len(kinds))
            by_length.setdefault(len(digits), []).append((int(digits), kind))
        self._kinds = tuple(kinds)
        self._found: dict[int, tuple[array[int], array[int]]] = {}
        for length in sorted(by_length, reverse=True):
            found = sorted(by_length[length])
            self._found[length] = array("Q", (key for key, _ in found)), array("I", (kind for _, kind in found))

    def __len__(self) -> int:
        return sum(len(keys) for keys, _ in self._found.values())

    def find(self, number: str) -> Belonging:
        """What the table says of E.164 `number`: carrier and region each from the longest row that has one."""
        carrier = region = ""
        for length, (keys, kinds) in self._found.items():
            if length > len(number) or not number[:length].isdigit():
                continue
            key = int(number[:length])
            place = bisect_left(keys, key)
            if place < len(keys) and keys[place] == key:
                row = self._kinds[kinds[place]]
                carrier, region = carrier or row.carrier, region or row.region
                if carrier and region:
                    break
        return Belonging(carrier, region) if carrier or region else NOTHING

    def carrier_of(self, number: str) -> str:
        """The carrier that has E.164 `number` now; by the table, else the one that gave it out. Empty where unknown."""
        return self.find(number).carrier or carrier_of(number)
