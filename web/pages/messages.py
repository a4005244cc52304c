"""Short messages: the ways out and how they are, what went out and came in, a test message."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from twisted.logger import Logger

from appliance.foundation.health import HealthChanged, State
from appliance.foundation.values import Language
from pbx.plan_messages import HttpSms, Modem, Smpp
from pbx.sms import views
from pbx.sms.trouble import Unsendable, told
from web import shell
from web.live import Regions, View
from web.pages.status import detail
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Visit

SHOWN = 50
STATES = {"waiting": "Waiting", "sent": "Sent", "delivered": "Delivered", "failed": "Failed"}
KINDS = {Modem: "GSM modem", Smpp: "SMPP", HttpSms: "HTTP gateway"}
NOTE = "messages"
BARS = 5

log = Logger()


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/messages", "messages")
    async def messages(visit: Visit) -> Answer:
        return await _page(panel, visit)

    @panel.route("/messages/test", "messages")
    async def back(visit: Visit) -> Answer:
        raise Redirect("/messages")

    @panel.route("/messages/test", "messages", method="POST")
    async def test(visit: Visit) -> Answer:
        gateway = visit.field("gateway")
        if gateway and gateway not in {row.id for row in panel.house.pbx().gateways()}:
            gateway = ""
        try:
            await panel.house.messages.write(visit.field("to"), visit.field("text"), only=gateway)
        except Unsendable as why:
            return await _page(panel, visit, why.text(visit.language))
        note(visit, visit.say("The message is accepted. Watch its state in the list."))
        raise Redirect("/messages")


def note(visit: Visit, sentence: str) -> None:
    """Said once, on the next page."""
    if visit.session is not None:
        visit.session.notes[NOTE] = sentence


def said(visit: Visit) -> str:
    """What was noted."""
    return visit.session.notes.pop(NOTE, "") if visit.session is not None else ""


async def _page(panel: Panel, visit: Visit, fault: str = "") -> str:
    house, search, state = panel.house, visit.field("q")[:64], visit.field("state")
    state = state if state in STATES else ""
    if fault:
        visit.request.setResponseCode(422)
    drawn = await regions(house, visit.language)
    if search or state:
        drawn["found"] = await _outgoing(house, visit.language, search, state)
        drawn["found-in"] = await _incoming(house, visit.language, search) if search else {}
    return panel.page(
        visit, "messages.html", regions=drawn, search=search, state=state, states=STATES, fault=fault,
        note=said(visit), to=visit.field("to"), text=visit.field("text"), gateway=visit.field("gateway"),
        gateways=[row.id for row in house.pbx().gateways()],
    )  # fmt: skip


def view(house: House, language: Language) -> View:
    """The page as it goes on."""

    async def draw() -> Regions:
        return await regions(house, language)

    return View("messages", language, frozenset({"messages", "health"}), draw)


async def regions(house: House, language: Language) -> Regions:
    """Everything on the page that can change."""
    return {
        "gateways": _gateways(house, language),
        **await _records(house, language),
        "health": {"dot": shell.health(house.health.parts(), language)},
    }


async def _records(house: House, language: Language) -> Regions:
    try:
        return {
            "outgoing": await _outgoing(house, language),
            "incoming": await _incoming(house, language),
            "broadcasts": await _broadcasts(house, language),
        }
    except Exception:
        log.failure("messages cannot be read")
        broken = {"broken": fragment("message_row.html", language, row=None, broken=True)}
        return {"outgoing": broken, "incoming": broken, "broadcasts": {}}


def _gateways(house: House, language: Language) -> dict[str, str]:
    known = {part.part: part for part in house.health.parts()}
    rows = [(f"sms:{row.id}", row.id, KINDS[type(row)]) for row in house.pbx().gateways()]
    rows += [(f"mail:{row.id}", row.id, "E-mail") for row in house.pbx().mail]
    rows += [(f"webhook:{row.id}", row.id, "Webhook") for row in house.pbx().webhooks]
    drawn = {part: _gateway(place, known.get(part), identity, kind, language) for place, (part, identity, kind) in
             enumerate(rows, 1)}  # fmt: skip
    return drawn or {"none": fragment("gateway.html", language, part=None)}


def _gateway(place: int, part: HealthChanged | None, identity: str, kind: str, language: Language) -> str:
    facts = dict(part.facts) if part else {}
    return fragment(
        "gateway.html", language, part=part or "unknown", identity=identity, kind=kind, place=place,
        state=part.state.value if part else State.STARTING.value, sentence=detail(part, language) if part else "",
        bars=int(facts["bars"]) if "bars" in facts else None, most=BARS, operator=facts.get("operator", ""),
        roaming="roaming" in facts, sim="sim" in facts,
    )  # fmt: skip


async def _outgoing(house: House, language: Language, search: str = "", state: str = "") -> dict[str, str]:
    rows = await views.outgoing(house.database, search, state, SHOWN * (4 if search or state else 1))
    zone = house.site().zone
    return {f"message-{row.id}": result(row, language, zone) for row in rows} or {
        "none": fragment("message_row.html", language, row=None, broken=False)
    }


@lru_cache(maxsize=4096)
def result(row: views.MessageRow, language: Language, zone: ZoneInfo) -> str:
    """One message as a row. Kept, since a list of hundreds is drawn anew with each of them that gets further."""
    return fragment(
        "message_row.html", language, row=row, zone=zone, word=STATES.get(row.state, row.state),
        why=told(row.why, language) if row.why and row.state != "delivered" else "",
    )  # fmt: skip


async def _incoming(house: House, language: Language, search: str = "") -> dict[str, str]:
    rows = await views.incoming(house.database, search, SHOWN)
    zone = house.site().zone
    return {f"in-{row.id}": fragment("received_row.html", language, row=row, zone=zone) for row in rows} or {
        "none": fragment("received_row.html", language, row=None)
    }


async def _broadcasts(house: House, language: Language) -> dict[str, str]:
    rows = await views.recent_broadcasts(house.database)
    zone = house.site().zone
    return {f"broadcast-{row.id}": fragment("broadcast_row.html", language, row=row, zone=zone) for row in rows} or {
        "none": fragment("broadcast_row.html", language, row=None)
    }
