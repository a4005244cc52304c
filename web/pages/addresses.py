"""The address book: looked through, written in, loaded from a list and taken away as one."""

from __future__ import annotations

import json
from collections.abc import Sequence

from appliance.foundation.sheets import csv_file, table_file
from pbx.addresses.book import Full, Twice
from pbx.addresses.entry import Entry
from pbx.addresses.lists import BadList, checked, list_rows, read_list
from web.pages.roster_acts import download
from web.panel import Answer, Panel
from web.visit import Redirect, Refused, Visit

HOME = "/addresses"
SHOWN = 200
"""So many are on the page; the search finds the others."""
FAULTS = 100
FIELDS = ("name", "department", "number", "note", "vip")
DONE, LIST = "addresses done", "addresses list"
"""The session's notes: of what was done, shown once; and of the list that was looked at."""
EMPTY = dict.fromkeys(("id", *FIELDS), "")
TWICE = "Somebody of that name is in that department already."
FULL = "The address book is full."


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    _one_by_one(panel)
    _lists(panel)


def _one_by_one(panel: Panel) -> None:
    @panel.route(HOME, "addresses")
    async def book(visit: Visit) -> Answer:
        return page(panel, visit)

    @panel.route(HOME, "addresses", method="POST")
    async def keep(visit: Visit) -> Answer:
        given = {name: visit.field(name) for name in FIELDS}
        identity = visit.field("id")[:32]
        if identity and panel.house.addresses.entry(identity) is None:
            raise Refused(409, "That entry is no longer there: somebody removed it.")
        try:
            entry = checked(given)
            await panel.house.addresses.keep(
                Entry(entry.name, entry.numbers, entry.department, entry.note, entry.vip, identity), visit.user.name
            )
        except BadList as why:
            faults = {"number" if row.field.startswith("number") else row.field: row.words(visit.language)
                      for row in why.rows}  # fmt: skip
            return page(panel, visit, given=given | {"id": identity}, faults=faults)
        except Twice:
            return page(panel, visit, given=given | {"id": identity}, faults={"name": visit.say(TWICE)})
        except Full:
            return page(panel, visit, given=given | {"id": identity}, faults={"name": visit.say(FULL)})
        _note(visit, visit.say("{name} is in the address book.", name=entry.name))
        raise Redirect(HOME)

    @panel.route(f"{HOME}/remove", "addresses", method="POST")
    async def remove(visit: Visit) -> Answer:
        entry = panel.house.addresses.entry(visit.field("id"))
        if entry is not None:
            await panel.house.addresses.remove(entry.id, visit.user.name)
            _note(visit, visit.say("{name} was removed.", name=entry.name))
        raise Redirect(HOME)


def _lists(panel: Panel) -> None:
    book = panel.house.addresses

    @panel.route(f"{HOME}/list.<form>", "addresses")
    async def export(visit: Visit, form: str) -> Answer:
        rows = list_rows(book.every())
        return download(visit, table_file(form, "addresses", rows), "addresses", form)

    @panel.route(f"{HOME}/list", "addresses", method="POST")
    async def look(visit: Visit) -> Answer:
        content, file = visit.upload("list"), visit.file_name("list")
        if not content:
            return page(panel, visit, faults={"list": visit.say("Choose a file first.")})
        try:
            entries = read_list(content)
        except BadList as why:
            visit.request.setResponseCode(422)
            faults = why.lines(file, visit.language)
            return panel.page(visit, "addresses_list.html", faults=faults[:FAULTS], more=len(faults) - FAULTS)
        whole = visit.field("how") == "whole"
        if visit.session is not None:
            seen = {"file": file, "whole": whole, "text": csv_file(list_rows(entries)).decode("utf-8-sig")}
            visit.session.notes[LIST] = json.dumps(seen)
        changes = book.changes(entries, whole=whole)
        return panel.page(
            visit, "addresses_list.html", faults=[], changes=changes, file=file, whole=whole, count=len(entries),
            gone=[one.name for one in changes.removed[:20]],
        )  # fmt: skip

    @panel.route(f"{HOME}/list/load", "addresses", method="POST")
    async def load(visit: Visit) -> Answer:
        kept = visit.session.notes.pop(LIST, "") if visit.session else ""
        if not kept:
            gone = visit.say("The list is no longer there. Choose the file again.")
            return page(panel, visit, faults={"list": gone})
        seen = json.loads(kept)
        try:
            done = await book.take(read_list(seen["text"]), seen["file"], visit.user.name, whole=seen["whole"])
        except Full:
            return page(panel, visit, faults={"list": visit.say(FULL)})
        said = "The list was loaded: {added} new, {changed} changed, {removed} removed."
        counts = {"added": len(done.added), "changed": len(done.changed), "removed": len(done.removed)}
        _note(visit, visit.say(said, **counts))
        raise Redirect(HOME)


def page(
    panel: Panel, visit: Visit, *, given: dict[str, str] | None = None, faults: dict[str, str] | None = None
) -> str:
    """The book. given: what was typed into the form that cannot be kept; faults: why, by field."""
    if faults:
        visit.request.setResponseCode(422)
    book, typed = panel.house.addresses, visit.field("q") if not faults else ""
    shown: Sequence[Entry] = book.found(typed, SHOWN)
    entry = book.entry(visit.field("edit"))
    if given is None and entry is not None:
        given = {"id": entry.id, "name": entry.name, "department": entry.department, "note": entry.note,
                 "number": "; ".join(entry.numbers), "vip": "1" if entry.vip else ""}  # fmt: skip
    departments = sorted({one.department for one in book.every() if one.department})
    return panel.page(
        visit, "addresses.html", entries=shown, count=len(book.every()), typed=typed, given=EMPTY | (given or {}),
        faults=faults or {}, departments=departments, done=visit.session.notes.pop(DONE, "") if visit.session else "",
    )  # fmt: skip


def _note(visit: Visit, sentence: str) -> None:
    if visit.session is not None:
        visit.session.notes[DONE] = sentence
