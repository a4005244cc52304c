"""A plan's text with one ward changed; everything else, comments too, stays as somebody wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.items import InlineTable

from web.plans import WardEdit, Wired


def edited(text: str, edit: WardEdit) -> str:
    """`text` with `edit` made. It is not checked: a bed that is gone may still be named elsewhere. Raises KeyError."""
    document: Any = tomlkit.parse(text)
    nursecall = document["nursecall"]
    ward = next((ward for ward in nursecall["wards"] if ward["id"] == edit.ward), None)
    if ward is None:
        raise KeyError(edit.ward)
    beds = list(ranges(edit.beds))
    if list(ward["beds"]) != beds:
        ward["beds"] = beds
    _lay_out(ward, edit)
    for line in nursecall.get("lines", ()):
        if line["protocol"] == "modbus":
            _rename(line, edit)
            if edit.wired is not None:
                _wire(line, edit.ward, [wired for wired in edit.wired if wired.line == line["id"]])
    return tomlkit.dumps(document)


def ranges(beds: Sequence[str]) -> Iterator[str]:
    """`1, 2, 3, 加1` as `1-3, 加1`: the way people write it."""
    run: list[int] = []
    for bed in beds:
        number = int(bed) if bed.isascii() and bed.isdecimal() and str(int(bed)) == bed else None
        if run and number != run[-1] + 1:
            yield from _span(run)
            run = []
        if number is None:
            yield bed
        else:
            run.append(number)
    yield from _span(run)


def _span(run: Sequence[int]) -> Iterator[str]:
    if len(run) > 1:
        yield f"{run[0]}-{run[-1]}"
    elif run:
        yield str(run[0])


def _lay_out(ward: Any, edit: WardEdit) -> None:
    if not edit.layout:
        ward.pop("layout", None)
        return
    places: Mapping[str, list[int]] = {bed: list(edit.layout[bed]) for bed in edit.beds if bed in edit.layout}
    if ward.get("layout") == places:
        return
    table = tomlkit.inline_table()
    for bed, place in places.items():
        table.append(bed, place)
    if "layout" in ward:
        ward["layout"] = table
    else:
        # At the end of a table it would stand behind the comment that introduces the next one.
        ward.value._insert_after("beds", "layout", table)


def _rename(line: Any, edit: WardEdit) -> None:
    for contact in _contacts(line, edit.ward):
        if contact["bed"] in edit.renamed:
            contact["bed"] = edit.renamed[contact["bed"]]


def _contacts(line: Any, ward: str) -> list[Any]:
    return [
        contact for unit in line["units"] for contact in unit["contacts"] if contact.get("ward", line["ward"]) == ward
    ]


def _wire(line: Any, ward: str, wanted: Sequence[Wired]) -> None:
    """Make the contacts of `ward` on `line` those `wanted`; others, and what is as it should be, are let be."""
    for unit in line["units"]:
        contacts = unit["contacts"]
        missing = {wired.input: wired for wired in wanted if wired.unit == unit["address"]}
        for index in range(len(contacts) - 1, -1, -1):
            contact = contacts[index]
            if contact.get("ward", line["ward"]) != ward:
                continue
            known = missing.pop(contact["input"], None)
            if known is None:
                del contacts[index]
                continue
            for key, value in (("bed", known.bed), ("means", known.means)):
                if contact[key] != value:
                    contact[key] = value
        for wired in missing.values():
            contacts.append(_contact(wired, ward, line["ward"]))
    _add_units(line, ward, wanted)


def _add_units(line: Any, ward: str, wanted: Sequence[Wired]) -> None:
    there = {unit["address"] for unit in line["units"]}
    for address in dict.fromkeys(wired.unit for wired in wanted if wired.unit not in there):
        unit = tomlkit.table()
        contacts = tomlkit.array().multiline(True)
        for wired in wanted:
            if wired.unit == address:
                contacts.append(_contact(wired, ward, line["ward"]))
        unit.update({"address": address, "contacts": contacts})
        line["units"].append(unit)


def _contact(wired: Wired, ward: str, line_ward: str) -> InlineTable:
    table = tomlkit.inline_table()
    table.update({"input": wired.input, "bed": wired.bed, "means": wired.means})
    if ward != line_ward:
        table["ward"] = ward
    return table
