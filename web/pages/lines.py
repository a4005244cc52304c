"""A line for hospital IT: what goes over it, live and to take away; and what captured bytes would mean."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from appliance.foundation import journal
from appliance.foundation.config import Faulty, Section, parse
from appliance.foundation.health import HealthChanged
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.captures import NoCapture, Part, read
from nursecall.line_words import AnyTraced, Said, in_words, traced, tried
from nursecall.plan_lines import AnyLine, Line
from nursecall.reading import Ended, Presence, Press, Terminal, Unreadable
from nursecall.reading_words import sentence
from nursecall.traces import Meant, Piece, as_json, as_text
from web import shell
from web.events import LineWatched
from web.live import Regions, View
from web.pages import status
from web.pages.wires import Wired, called, wire, wires
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Visit

SHOWN = 150
"""Pieces on the page, the newest first; a file has all of them."""

MOST_BYTES = 8192
"""Of what is tried."""

HEARD = (Press, Ended, Presence, Terminal, Unreadable)

NOTES = {
    "opened": "The line is open.",
    "lost": "The line is lost.",
    "connected": "A host has connected.",
    "disconnected": "A host has gone.",
    "gone": "The connection of a host ends:",
    "cut": "A host that said nothing was cut off.",
    "misaddressed": "The host calls this address, which the plan does not say:",
}

PROTOCOLS = {
    "espa444": "ESPA 4.4.4",
    "espax": "ESPA-X",
    "tap": "TAP 1.8",
    "modbus": "Modbus RTU",
    "text": "text",
}


class _Tried(Section):
    """A plan of one line, as it is tried."""

    line: Line


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/lines/try", "status")
    async def try_it(visit: Visit) -> Answer:
        line = next((line for line in panel.house.nursecall().lines if line.id == visit.field("line")), None)
        line = line or next(iter(panel.house.nursecall().lines), None)
        captured = ""
        if line is not None and visit.field("from") == "trace":
            await _watched(panel, visit, line.id, "try")
            captured = _captured(panel.house, line)
        return _try(panel, visit, line, plan=as_toml(line) if line else "", given=captured)

    @panel.route("/lines/try", "status", method="POST")
    async def tried_it(visit: Visit) -> Answer:
        given, plan, form = visit.secret("bytes"), visit.secret("plan"), visit.field("form")
        line = next((line for line in panel.house.nursecall().lines if line.id == visit.field("line")), None)
        try:
            trial = parse(f"[line]\n{plan}", _Tried).line
            found = tried(trial, _parts(given, form, trial))
        except Faulty as why:
            return _try(panel, visit, line, plan, given, form, fault=_in_plan(why, visit.language))
        except NoCapture as why:
            return _try(panel, visit, line, plan, given, form, fault=visit.say(why.message, **why.facts))
        return _try(panel, visit, line, plan, given, form, found=found)

    @panel.route("/lines/<name>", "status")
    async def line(visit: Visit, name: str) -> Answer:
        house, found = panel.house, wire(panel.house, name)
        await _watched(panel, visit, found.name, "page")
        return panel.page(
            visit, "line.html", line=found, wire=PROTOCOLS[found.plan.protocol], plan=as_toml(found.plan), shown=SHOWN,
            title=called(house, found, visit.language), regions=regions(house, found.name, visit.language),
            every=[(one.name, called(house, one, visit.language)) for one in wires(house)],
        )  # fmt: skip

    @panel.route("/lines/<name>/trace.txt", "status")
    async def text(visit: Visit, name: str) -> Answer:
        return await _file(visit, name, "txt")

    @panel.route("/lines/<name>/trace.jsonl", "status")
    async def rows(visit: Visit, name: str) -> Answer:
        return await _file(visit, name, "jsonl")

    async def _file(visit: Visit, name: str, form: str) -> bytes:
        line = wire(panel.house, name)
        await _watched(panel, visit, line.name, form)
        pieces = panel.house.traces.of(line.name).pieces()
        worded = zip(pieces, meanings(panel.house, line.plan, pieces, visit.language), strict=True)
        written = as_text if form == "txt" else as_json
        kind = "text/plain" if form == "txt" else "application/jsonl"
        visit.request.setHeader("content-type", f"{kind}; charset=utf-8")
        visit.request.setHeader("content-disposition", f'attachment; filename="{_file_name(line, form)}"')
        return "".join(f"{row}\n" for row in written(line.name, line.plan.protocol, worded)).encode()


async def live(panel: Panel, visit: Visit) -> View:
    """The trace as it goes on; after a restart of ours a browser comes back here without opening the page anew."""
    line = wire(panel.house, visit.field("line"))
    if (visit.user.name, line.name) not in panel.line_watchers:
        await _watched(panel, visit, line.name, "live")
    return view(panel.house, line.name, visit.language)


async def _watched(panel: Panel, visit: Visit, line: str, how: str) -> None:
    """Write down who looks: messages and pages name beds, and some name patients."""
    event = LineWatched(at=panel.house.clock.now(), line=line, how=how, by=visit.user.name)
    await panel.house.database.transact(lambda connection: journal.append(connection, event))
    panel.line_watchers.add((visit.user.name, line))


def _file_name(line: Wired, form: str) -> str:
    # Not every system of files takes a colon.
    return f"trace-{line.name.replace(':', '-')}.{form}"


def view(house: House, line: str, language: Language) -> View:
    """The trace of `line` as it goes on."""

    async def draw() -> Regions:
        return regions(house, line, language)

    return View(f"line {line}", language, frozenset({"health", f"trace:{line}"}), draw)


def regions(house: House, name: str, language: Language) -> Regions:
    """Everything on a line's page that can change."""
    parts = house.health.parts()
    line = next((line for line in wires(house) if line.name == name), None)
    drawn: Regions = {
        "trace": {},
        "line": {"state": _state(house, line.part if line else "", parts, language)},
        "health": {"dot": shell.health(parts, language)},
    }
    if line is None:
        return drawn
    # Some more than is shown, so that what is shown first is not read from its middle.
    pieces = house.traces.of(name).pieces(2 * SHOWN)
    worded = list(zip(pieces, meanings(house, line.plan, pieces, language), strict=True))[-SHOWN:]
    zone = house.site().zone
    drawn["trace"] = {
        f"piece-{piece.number}": fragment("piece.html", language, piece=piece, meaning=meaning, zone=zone)
        for piece, meaning in reversed(worded)
    } or {"none": fragment("piece.html", language, piece=None, meaning="", zone=zone)}
    return drawn


def meanings(house: House, line: AnyTraced, pieces: Sequence[Piece], language: Language) -> list[str]:
    """What came of each piece: the frames it completes by the standard's names, then what they mean."""
    plan = house.nursecall()

    def of(piece: Piece, frames: Sequence[dict[str, object]]) -> Iterator[str]:
        if piece.way == "note" and piece.told and piece.told[0] in NOTES:
            note, *facts = map(str, piece.told)
            yield " ".join([translate(NOTES[note], language), *(translate(fact, language) for fact in facts)])
        yield from map(in_words, frames)
        yield from (f"→ {sentence(told, plan, language)}" for told in piece.told if isinstance(told, HEARD))
        yield from (
            f"→ {status.filled(told.message, told.facts, language)}" for told in piece.told if isinstance(told, Meant)
        )

    found = zip(pieces, traced(line, pieces), strict=True)
    return ["; ".join(of(piece, frames)) for piece, frames in found]


def as_toml(line: AnyTraced) -> str:
    """What the plan says of `line`, as it stands in a file; defaults left out."""
    said = line.model_dump(exclude_defaults=True, mode="json") | {"protocol": line.protocol}
    return "".join(f"{key} = {_value(value)}\n" for key, value in said.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str) and "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    # A TOML string is written as a JSON string is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else _value(key)


def _state(house: House, name: str, parts: Sequence[HealthChanged], language: Language) -> str:
    part = next((part for part in parts if part.part == name), None)
    detail = status.detail(part, language) if part is not None else ""
    zone = house.site().zone
    return fragment("line_state.html", language, part=part, detail=detail, words=status.WORDS, zone=zone)


def _captured(house: House, line: AnyLine) -> str:
    """The end of a line's trace, as it can be tried."""
    pieces, room = [], MOST_BYTES
    for piece in reversed(house.traces.of(line.id).pieces()):
        room -= len(piece.data)
        if room < 0:
            break
        pieces.append(piece)
    return "\n".join(as_text(line.id, line.protocol, ((piece, "") for piece in reversed(pieces))))


def _parts(given: str, form: str, line: AnyLine) -> list[Part]:
    if form != "text":
        parts = read(given).parts
    else:
        encoding = getattr(line, "encoding", "utf-8")
        spelled = given if given.endswith("\n") else f"{given}\r\n"
        parts = [Part(spelled.encode("utf-8" if encoding == "hex" else encoding, "replace"))]
    if sum(len(part.data) for part in parts) > MOST_BYTES:
        raise NoCapture("At most {count} bytes can be tried at once.", count=MOST_BYTES)
    return parts


def _in_plan(why: Faulty, language: Language) -> str:
    """The first fault, by its line in the text that was given."""
    fault = why.faults[0]
    path = fault.path.removeprefix("line").removeprefix(".")
    line = fault.line - 1 if fault.line and fault.line > 1 else None
    return replace(fault, path=path, line=line).text(language)


def _try(
    panel: Panel, visit: Visit, line: AnyLine | None, plan: str, given: str, form: str = "hex", *,
    found: Sequence[Said] | None = None, fault: str = "",
) -> str:  # fmt: skip
    if fault:
        visit.request.setResponseCode(422)
    nursecall = panel.house.nursecall()

    def row(said: Said) -> tuple[object, str, list[str]]:
        means = [sentence(heard, nursecall, visit.language) for heard in said.means]
        return said.facts["event"], in_words(said.facts), means

    rows = None if found is None else [row(said) for said in found]
    return panel.page(
        visit, "try.html", line=line, lines=nursecall.lines, plan=plan, given=given, form=form, rows=rows, fault=fault,
    )  # fmt: skip
