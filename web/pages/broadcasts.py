"""One text to many: choose, preview, send, watch person by person, try again, take it away as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from appliance.foundation import journal
from appliance.foundation.i18n import Text
from appliance.foundation.sheets import xlsx_file
from appliance.foundation.values import Language, new_id
from pbx.sms import views
from pbx.sms.broadcasts import BroadcastRow, Preview, preview
from pbx.sms.people import NAME_FIELD, Person, read_file, read_lines, together
from pbx.sms.trouble import Unsendable, told
from web import shell
from web.events import ReportPrinted
from web.live import Regions, View
from web.pages.messages import STATES, note, result, said
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment, moment, words
from web.visit import Redirect, Refused, Visit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Choice:
    """A group one may tick."""

    id: str
    name: str
    people: tuple[Person, ...]


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/messages/new", "messages")
    async def new(visit: Visit) -> Answer:
        return _form(panel, visit, visit.field("text"), "", ())

    @panel.route("/messages/new", "messages", method="POST")
    async def send(visit: Visit) -> Answer:
        return await _send(panel, visit)

    @panel.route("/messages/broadcasts/<identity>", "messages")
    async def broadcast(visit: Visit, identity: str) -> Answer:
        row = await _found(panel, identity)
        return panel.page(
            visit, "broadcast.html", row=row, regions=await regions(panel.house, row.id, visit.language),
            note=said(visit),
        )  # fmt: skip

    @panel.route("/messages/broadcasts/<identity>/again", "messages")
    async def back(visit: Visit, identity: str) -> Answer:
        raise Redirect(f"/messages/broadcasts/{identity}")

    @panel.route("/messages/broadcasts/<identity>/again", "messages", method="POST")
    async def again(visit: Visit, identity: str) -> Answer:
        row = await _found(panel, identity)
        people = await panel.house.messages.again(row.id, visit.user.name)
        note(visit, visit.say("{people} messages are tried again.", people=people))
        raise Redirect(f"/messages/broadcasts/{row.id}")

    @panel.route("/messages/broadcasts/<identity>/results.xlsx", "messages")
    async def export(visit: Visit, identity: str) -> Answer:
        row = await _found(panel, identity)
        rows = await views.results(panel.house.database, row.id)
        await _record(panel, visit, row)
        visit.request.setHeader("content-type", XLSX)
        visit.request.setHeader("content-disposition", f'attachment; filename="broadcast-{row.id[:8]}.xlsx"')
        return workbook(rows, visit.language, panel.house.site().zone)


def choices(house: House, language: Language) -> list[Choice]:
    """The plan's groups, then the nurses of each ward."""
    groups = [
        Choice(f"group:{group.id}", group.name[language], _people((who.mobile, who.name) for who in group.members))
        for group in house.pbx().groups
    ]
    nurses = Text(zh="{ward} 护理人员", en="Nurses of {ward}")
    wards = [
        Choice(
            f"ward:{ward.id}",
            nurses[language].format(ward=ward.name[language]),
            _people((duty.mobile, duty.nurse) for duty in ward.roster),
        )
        for ward in house.nursecall().wards
    ]
    return [choice for choice in groups + wards if choice.people]


def _people(rows: Iterable[tuple[str, str]]) -> tuple[Person, ...]:
    return tuple(together([[Person(mobile, name) for mobile, name in rows]]))


async def _send(panel: Panel, visit: Visit) -> Answer:
    text, pasted = visit.secret("text").replace("\r\n", "\n"), visit.secret("people")
    ticked = tuple(visit.fields("group"))
    known = choices(panel.house, visit.language)
    try:
        listed = [*read_lines(pasted), *read_file(visit.upload("list"))]
        people = together([*(choice.people for choice in known if choice.id in ticked), listed])
        shown = preview(text, people)
    except Unsendable as why:
        return _form(panel, visit, text, pasted, ticked, fault=why.text(visit.language))
    if visit.field("act") != "send":
        # A browser does not keep a chosen file: its people go on as lines.
        lines = "\n".join(f"{person.name}, {person.mobile}" if person.name else person.mobile for person in listed)
        return _form(panel, visit, text, lines, ticked, shown=shown)
    identity = visit.field("id")
    if len(identity) != 32 or not identity.isalnum():
        raise Refused(400, "That request cannot be understood.")
    await panel.house.messages.broadcast(identity, text, people, visit.user.name)
    raise Redirect(f"/messages/broadcasts/{identity}")


def _form(
    panel: Panel, visit: Visit, text: str, pasted: str, ticked: Sequence[str], *, fault: str = "",
    shown: Preview | None = None,
) -> str:  # fmt: skip
    if fault:
        visit.request.setResponseCode(422)
    return panel.page(
        visit, "messages_new.html", text=text, pasted=pasted, ticked=ticked, fault=fault, shown=shown,
        choices=choices(panel.house, visit.language), field=NAME_FIELD, identity=new_id(),
    )  # fmt: skip


async def _found(panel: Panel, identity: str) -> BroadcastRow:
    row = await views.broadcast(panel.house.database, identity)
    if row is None:
        raise Refused(404, "There is no such page.")
    return row


def view(house: House, identity: str, language: Language) -> View:
    """The results as they come."""

    async def draw() -> Regions:
        return await regions(house, identity, language)

    return View(f"broadcast:{identity}", language, frozenset({"messages", "health"}), draw)


async def regions(house: House, identity: str, language: Language) -> Regions:
    """What became of it so far."""
    row, rows = await views.broadcast(house.database, identity), await views.results(house.database, identity)
    zone = house.site().zone
    return {
        "figures": {"figures": fragment("broadcast_figures.html", language, row=row, words=STATES)} if row else {},
        "results": {f"message-{one.id}": result(one, language, zone) for one in rows},
        "health": {"dot": shell.health(house.health.parts(), language)},
    }


def workbook(rows: Sequence[views.MessageRow], language: Language, zone: ZoneInfo) -> bytes:
    """The results as a spreadsheet."""
    t = words(language)
    heads = ("Name", "Number", "State", "Sent", "Delivered", "Gateway", "Reason", "Text")
    cells = [
        (
            row.name, row.to, t(STATES.get(row.state, row.state)), moment(row.sent_at, zone),
            moment(row.delivered_at, zone), row.gateway, told(row.why, language), row.text,
        )
        for row in rows
    ]  # fmt: skip
    return xlsx_file({t("Messages"): [[t(head) for head in heads], *cells]})


async def _record(panel: Panel, visit: Visit, row: BroadcastRow) -> None:
    day = f"{row.made_at.astimezone(panel.house.site().zone):%Y-%m-%d}"
    event = ReportPrinted(
        at=panel.house.clock.now(), report="broadcast", subject=row.id, first=day, last=day, by=visit.user.name
    )
    await panel.house.database.transact(lambda connection: journal.append(connection, event))
