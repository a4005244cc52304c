"""Tariffs: versions and when each counts, files in and out, two side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.tariff import Version
from billing.tariff_file import HEADING
from web.panel import SENTENCES, Answer, Panel
from web.tariffs import NotDone
from web.visit import Redirect, Refused, Visit

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
TITLES = {
    "prefix": "Prefix", "name": "Destination", "day_kind": "Kind of day", "from": "From hour", "to": "To hour",
    "rate_per_minute": "A minute", "connect_fee": "Connection fee", "first_seconds": "First increment, s",
    "next_seconds": "Next increments, s", "free_seconds": "Free seconds", "minimum": "Minimum", "cap": "Cap",
}  # fmt: skip
"""The columns of a tariff's file, for people."""
DAYS = {"workday": "Workday", "restday": "Rest day", "holiday": "Holiday"}
FAULTS = 100
"""Bad rows that are shown; a file with more of them is another file."""
LINE = 640
"""Width of a time line, in the units of its drawing."""
BEFORE, AFTER = timedelta(days=180), timedelta(days=90)


@dataclass(frozen=True)
class Span:
    """A version on the time line: from `x`, `width` wide. state: past, current, future."""

    version: Version
    state: str
    x: float
    width: float


@dataclass(frozen=True)
class Shown:
    """A tariff with all its versions, newest first. used: by whom, in words; empty for nobody. now: where today is."""

    name: str
    used: Sequence[str]
    spans: Sequence[Span]
    now: float


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    tariffs = panel.house.tariffs

    @panel.route("/tariffs", "tariffs")
    async def every(visit: Visit) -> Answer:
        return await _list(panel, visit)

    @panel.route("/tariffs", "tariffs", method="POST")
    async def take_in(visit: Visit) -> Answer:
        name, content = visit.field("name"), visit.upload("file")
        if not re.fullmatch(r"[\w.-]{1,64}", name):
            return await _list(panel, visit, [visit.say("Enter the tariff's name, as the plan has it.")])
        if not content:
            return await _list(panel, visit, [visit.say("Choose a file first.")])
        try:
            await tariffs.take_in(name, _start(panel, visit), content, visit.user.name, visit.language)
        except NotDone as why:
            return await _list(panel, visit, str(why).splitlines())
        raise Redirect("/tariffs?done=1")

    _add_versions(panel)


def _add_versions(panel: Panel) -> None:
    tariffs = panel.house.tariffs

    @panel.route("/tariffs/versions/<number>", "tariffs")
    async def one(visit: Visit, number: str) -> Answer:
        kind = number.rpartition(".")[2] if "." in number else ""
        version = await find(panel, number.partition(".")[0])
        if kind:
            return await _file(panel, visit, version, kind)
        search = visit.field("q")[:64]
        found = await tariffs.rows(version, search)
        others = [known for known in await tariffs.versions() if known.name == version.name and known.id != version.id]
        return panel.page(
            visit, "tariff.html", version=version, state=version.state(panel.house.clock.now()), search=search,
            found=found, heads=HEADING, titles=TITLES, days=DAYS, others=others[::-1],
        )  # fmt: skip

    @panel.route("/tariffs/versions/<number>/withdraw", "tariffs", method="POST")
    async def withdraw(visit: Visit, number: str) -> Answer:
        version = await find(panel, number)
        try:
            await tariffs.withdraw(version, visit.user.name, visit.language)
        except NotDone as why:
            return await _list(panel, visit, str(why).splitlines())
        raise Redirect("/tariffs?done=1")

    @panel.route("/tariffs/compare", "tariffs")
    async def compare(visit: Visit) -> Answer:
        before, after = await find(panel, visit.field("before")), await find(panel, visit.field("after"))
        search = visit.field("q")[:64]
        found = await tariffs.compare(before, after, search)
        return panel.page(
            visit, "tariff_compare.html", before=before, after=after, search=search, found=found, titles=TITLES,
            days=DAYS, heads=[head for head in HEADING if head not in ("prefix", "name", "day_kind", "from", "to")],
        )  # fmt: skip


async def find(panel: Panel, number: str) -> Version:
    """A version by its number. Raises Refused."""
    for version in await panel.house.tariffs.versions():
        if str(version.id) == number:
            return version
    raise Refused(404, "There is no such version.")


async def _list(panel: Panel, visit: Visit, faults: Sequence[str] = ()) -> str:
    house, at = panel.house, panel.house.clock.now()
    versions = await house.tariffs.versions()
    used = _used(panel, visit)
    if faults:
        visit.request.setResponseCode(422)
    return panel.page(
        visit, "tariffs.html", tariffs=list(_shown(versions, used, at)), line=LINE, faults=faults[:FAULTS],
        more=max(0, len(faults) - FAULTS), done=visit.field("done"), name=visit.field("name"),
        names=sorted({*used, *(version.name for version in versions)}),
        missing=sorted({*used} - _counting(versions, at)),
    )  # fmt: skip


def _shown(versions: Sequence[Version], used: Mapping[str, Sequence[str]], at: datetime) -> Iterator[Shown]:
    for name in sorted({version.name for version in versions}, key=lambda name: (name not in used, name)):
        own = [version for version in versions if version.name == name]
        first = max(own[0].valid_from, at - BEFORE)
        last = max(own[-1].valid_from, at) + AFTER

        def place(moment: datetime, first: datetime = first, last: datetime = last) -> float:
            return round(LINE * min(1.0, max(0.0, (moment - first) / (last - first))), 1)

        spans = [
            Span(one, one.state(at), place(one.valid_from), place(one.until or last) - place(one.valid_from))
            for one in own
        ]
        yield Shown(name, used.get(name, ()), spans[::-1], place(at))


def _used(panel: Panel, visit: Visit) -> Mapping[str, Sequence[str]]:
    """What the plan uses each tariff for."""
    found: dict[str, list[str]] = {panel.house.billing().tariff: [visit.say("what patients pay")]}
    for trunk in panel.house.pbx().carriers():
        found.setdefault(trunk.tariff, []).append(trunk.name[visit.language])
    return found


def _counting(versions: Sequence[Version], at: datetime) -> set[str]:
    return {version.name for version in versions if version.state(at) == "current"}


def _start(panel: Panel, visit: Visit) -> datetime:
    text = visit.field("valid_from")
    if not text:
        return panel.house.clock.now()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=panel.house.site().zone)
    except ValueError as why:
        raise Refused(400, "That is no time.") from why


async def _file(panel: Panel, visit: Visit, version: Version, kind: str) -> bytes:
    if kind not in TYPES:
        raise Refused(404, SENTENCES[404])
    content = await panel.house.tariffs.file(version, kind)
    name = re.sub(r"[^A-Za-z0-9._-]", "-", f"{version.name}-{version.id}.{kind}")
    visit.request.setHeader("content-type", TYPES[kind])
    visit.request.setHeader("content-disposition", f'attachment; filename="{name}"')
    return content
