"""A plan's text with one ward changed; everything else, comments too, stays as somebody wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.items import InlineTable

from web.plans import Named, WardEdit, Wired


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
        _rename(line, edit)
        # A line that does not say what it speaks speaks ESPA 4.4.4: it has words.
        if line.get("protocol") != "modbus":
            if edit.named is not None:
                _call(line, edit.ward, [named for named in edit.named if named.line == line["id"]])
        elif edit.wired is not None:
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
    for point in _points(line, edit.ward):
        if point["bed"] in edit.renamed:
            point["bed"] = edit.renamed[point["bed"]]


def _points(line: Any, ward: str) -> list[Any]:
    wired = [contact for unit in line.get("units", ()) for contact in unit["contacts"]]
    return [point for point in (*wired, *line.get("points", ())) if point.get("ward", line["ward"]) == ward]


def _call(line: Any, ward: str, wanted: Sequence[Named]) -> None:
    """Make the call points of `ward` on `line` those `wanted`; those of other wards are let be."""
    old = [(point["says"], point["bed"]) for point in _points(line, ward)]
    if old == [(named.says, named.bed) for named in wanted]:
        return
    points = tomlkit.array()
    others = [point for point in line.get("points", ()) if point.get("ward", line["ward"]) != ward]
    for point in (*others, *(_point({"says": named.says, "bed": named.bed}, ward, line["ward"]) for named in wanted)):
        points.append(point)
    if len(points) == 0:
        del line["points"]
    elif "points" in line:
        line["points"] = points.multiline(len(points) > 1)
    else:
        # As with a ward's layout: not behind the comment that introduces the next line.
        line.value._insert_after("ward", "points", points.multiline(len(points) > 1))


def _wire(line: Any, ward: str, wanted: Sequence[Wired]) -> None:
    """Make the contacts of `ward` on `line` those `wanted`; others, and what is as it should be, are let be."""
    for unit in line["units"]:
        contacts = unit["contacts"]
        here = [wired for wired in wanted if wired.unit == unit["address"]]
        missing = {wired.input: wired for wired in reversed(here)}
        twice = [wired for wired in here if missing[wired.input] is not wired]
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
        # What is there twice is written twice: the checker says so, instead of one being lost.
        for wired in (*reversed(missing.values()), *twice):
            contacts.append(_contact(wired, ward, line["ward"]))
    _add_units(line, ward, wanted)
    for index in range(len(line["units"]) - 1, -1, -1):
        # A module that nothing is wired to is none; but the last one stays, so that the checker names it.
        if not line["units"][index]["contacts"] and len(line["units"]) > 1:
            del line["units"][index]


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
    return _point({"input": wired.input, "bed": wired.bed, "means": wired.means}, ward, line_ward)


def _point(facts: Mapping[str, object], ward: str, line_ward: str) -> InlineTable:
    table = tomlkit.inline_table()
    table.update(facts)
    if ward != line_ward:
        table["ward"] = ward
    return table
