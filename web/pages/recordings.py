"""Recorded talk: searched, heard with its picture, marked, taken out, deleted. Each act is on record."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from twisted.logger import Logger

from pbx.recording.reading import Wave
from pbx.recording.sealed import Unreadable
from pbx.recording.views import Wanted
from web.panel import Answer, Panel
from web.periods import ordered, parse_day, span
from web.sound_stream import send
from web.visit import Redirect, Refused, Visit

ROWS, DAYS = 50, 7
DIRECTIONS = {"": "Any", "internal": "Internal", "in": "From outside", "out": "To outside"}
STATES = {"going": "being recorded", "taken": "being sealed", "kept": "", "deleted": "deleted"}
ACTS = {
    "heard": "listened",
    "exported": "exported",
    "marked": "marked",
    "unmarked": "mark removed",
    "deleted": "deleted",
}
FORMS = {"pcm16": "PCM, 16 bits", "pcm8": "PCM, 8 bits", "alaw": "A-law", "ulaw": "µ-law", "gsm": "GSM 6.10"}
FIELDS = ("first", "last", "number", "extension", "direction", "trunk", "marked")
NONE = "There is no such recording."
UNREADABLE = "This recording cannot be read: its file or the key is missing or was changed. Tell hospital IT."
HIGH = 60
"""Of one side in the picture, and of its middle line from the top."""

log = Logger()


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/recordings", "recordings")
    async def recordings(visit: Visit) -> Answer:
        return await _page(panel, visit)

    @panel.route("/recordings/<identity>", "recordings")
    async def one(visit: Visit, identity: str) -> Answer:
        return await _one(panel, visit, identity)

    @panel.route("/recordings/<identity>/sound.wav", "recordings")
    async def sound(visit: Visit, identity: str) -> Answer:
        wave = await _opened(panel.house.recordings.hear(identity, visit.user.name))
        return await send(visit, wave.size, partial(panel.house.recordings.read, wave))

    @panel.route("/recordings/<identity>/export.wav", "recordings-export")
    async def export(visit: Visit, identity: str) -> Answer:
        wave = await _opened(panel.house.recordings.export(identity, visit.user.name))
        visit.request.setHeader("content-disposition", f'attachment; filename="recording-{identity}.wav"')
        return await send(visit, wave.size, partial(panel.house.recordings.read, wave))

    @panel.route("/recordings/<identity>/mark", "recordings", method="POST")
    async def mark(visit: Visit, identity: str) -> Answer:
        _done(await panel.house.recordings.mark(identity, visit.user.name, visit.field("note")[:400]), NONE)
        raise Redirect(f"/recordings/{identity}")

    @panel.route("/recordings/<identity>/unmark", "recordings", method="POST")
    async def unmark(visit: Visit, identity: str) -> Answer:
        _done(await panel.house.recordings.unmark(identity, visit.user.name), NONE)
        raise Redirect(f"/recordings/{identity}")

    @panel.route("/recordings/<identity>/delete", "recordings-delete", method="POST")
    async def delete(visit: Visit, identity: str) -> Answer:
        why = "It was not deleted: it is marked, or it is gone already."
        _done(await panel.house.recordings.delete(identity, visit.user.name), why)
        raise Redirect(f"/recordings/{identity}")

    @panel.route("/recordings/talk", "recordings-ask", method="POST")
    async def ask(visit: Visit) -> Answer:
        extension, begins = visit.field("extension"), visit.field("begin") == "yes"
        done = await panel.house.recordings.ask(extension, visit.user.name, begins=begins)
        _done(done, "This talk cannot be recorded on demand, or already is as you want it.", status=409)
        if visit.by_script:
            return ""
        raise Redirect("/recordings")


def _done(done: bool, otherwise: str, *, status: int = 404) -> None:
    if not done:
        raise Refused(status, otherwise)


async def _opened(opening: Awaitable[Wave | None]) -> Wave:
    try:
        wave = await opening
    except (OSError, Unreadable) as why:
        log.error("a recording cannot be read: {why}", why=why)
        raise Refused(500, UNREADABLE) from why
    if wave is None:
        raise Refused(404, NONE)
    return wave


async def _page(panel: Panel, visit: Visit) -> str:
    house, today = panel.house, _today(panel)
    last = parse_day(visit.field("last"), today)
    first, last = ordered(parse_day(visit.field("first"), last - timedelta(days=DAYS - 1)), last)
    start, end = span(first, last, house.site().zone)
    direction = visit.field("direction")
    wanted = Wanted(
        since=start, until=end, number=visit.field("number")[:32], extension=visit.field("extension")[:12],
        trunk=visit.field("trunk")[:32], direction=direction if direction in DIRECTIONS else "",
        marked=visit.field("marked") == "yes", before=_moment(visit.field("before")), most=ROWS + 1,
    )  # fmt: skip
    found = await house.recordings.search(wanted)
    asked = {name: visit.field(name) for name in FIELDS} | {"first": str(first), "last": str(last)}
    query = urlencode({name: value for name, value in asked.items() if value})
    older = found[ROWS - 1].began_at.isoformat() if len(found) > ROWS else ""
    return panel.page(
        visit, "recordings.html", found=found[:ROWS], asked=asked, query=query, today=today, directions=DIRECTIONS,
        states=STATES, older=urlencode({"before": older}) if older else "", trunks=house.pbx().trunks,
    )  # fmt: skip


async def _one(panel: Panel, visit: Visit, identity: str) -> str:
    known = await panel.house.recordings.one(identity[:32])
    if known is None:
        raise Refused(404, NONE)
    found, acts = known
    return panel.page(
        visit, "recording.html", found=found, acts=acts, words=ACTS, directions=DIRECTIONS, states=STATES, forms=FORMS,
        picture=picture(found.shape or b""), high=HIGH,
    )  # fmt: skip


def picture(shape: bytes) -> tuple[str, str, int]:
    """Two SVG paths, the left side's above the right's, and how many stretches wide they are."""
    sides = [
        "".join(f"M{at}.5 {middle - size}V{middle + size}" for at, size in enumerate(_bars(shape[side::2])))
        for side, middle in ((0, HIGH // 2), (1, HIGH + HIGH // 2))
    ]
    return sides[0], sides[1], max(1, len(shape) // 2)


def _bars(side: bytes) -> list[float]:
    return [round(max(0.5, loud / 255 * (HIGH / 2 - 3)), 1) for loud in side]


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _today(panel: Panel) -> date:
    return panel.house.clock.now().astimezone(panel.house.site().zone).date()
