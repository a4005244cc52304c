"""What is up: lines, trunks, modem, speech, exchange, storage; and what became of the last messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from appliance.foundation.health import HealthChanged, State
from appliance.foundation.values import Language
from pbx.sms import views
from pbx.sms.numbers import masked_number
from pbx.sms.trouble import told
from web import shell
from web.live import Regions, View
from web.pages import plan_notice
from web.pages.emergencies import emergencies
from web.pages.part_names import name as part_name
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Visit

SHOWN = 20
PATIENCE = timedelta(seconds=2)
"""So long the page waits for messages."""

KINDS: dict[str, tuple[str, str]] = {
    "line": ("line", "Nurse-call lines"),
    "adt": ("bed", "Hospital system"),
    "station": ("screen", "Station screens"),
    "exchange": ("exchange", "Telephone exchange"),
    "trunk": ("trunk", "Outside lines"),
    "phones": ("phone", "Telephones"),
    "card": ("wallet", "Card system"),
    "guard": ("lock", "Misuse of outside calls"),
    "sms": ("modem", "Short messages"),
    "mail": ("message", "E-mail"),
    "webhook": ("send", "Webhooks"),
    "pager": ("send", "Pager systems"),
    "speech": ("speech", "Speech"),
    "speaker": ("sound", "Loudspeakers"),
    "storage": ("database", "Storage"),
    "backup": ("file", "Backups"),
    "report": ("send", "Reports by e-mail"),
    "tls": ("lock", "Encrypted connections"),
    "disk": ("disk", "Disks"),
    "ups": ("plug", "Mains and battery"),
    "temperature": ("thermometer", "Temperature"),
    "daemon": ("exchange", "This box"),
}
"""Kind of part → icon and heading, in the order of the page."""

WORDS = {
    State.UP: "Up",
    State.DEGRADED: "Impaired",
    State.DOWN: "Down",
    State.STARTING: "Starting",
}

MESSAGE_WORDS = {"waiting": "Waiting", "sent": "Sent", "delivered": "Delivered", "failed": "Failed"}

log = Logger()


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route("/status", "status")
    async def status(visit: Visit) -> Answer:
        site = panel.house.site()
        unknown = site.calendar.unknown(panel.house.clock.now().astimezone(site.zone).date())
        return panel.page(
            visit, "status.html", regions=await regions(panel.house, visit.language), unknown_year=unknown
        )


def view(house: House, language: Language) -> View:
    """The status as it goes on."""

    async def draw() -> Regions:
        return await regions(house, language)

    return View("status", language, frozenset({"health", "messages", "emergencies"}), draw)


async def regions(house: House, language: Language) -> Regions:
    """Everything on the status page that can change."""
    parts = house.health.parts()
    return {
        "emergencies": emergencies(house, language),
        "plan": plan_notice.piece(house, language),
        "parts": _groups(house, parts, language),
        "messages": await _messages(house, language),
        "health": {"dot": shell.health(parts, language)},
    }


def _groups(house: House, parts: Sequence[HealthChanged], language: Language) -> dict[str, str]:
    groups: dict[str, list[HealthChanged]] = {kind: [] for kind in KINDS}
    for part in parts:
        groups.setdefault(part.part.partition(":")[0], []).append(part)
    zone = house.site().zone
    return {
        f"kind-{kind}": fragment(
            "parts.html", language, kind=kind, icon_name=KINDS.get(kind, ("other", ""))[0],
            heading=KINDS.get(kind, ("", kind))[1], zone=zone, words=WORDS | waiting(kind),
            parts=[(part, part_name(house, part.part, language), detail(part, language)) for part in of_kind],
        )
        for kind, of_kind in groups.items()
        if of_kind
    }  # fmt: skip


def waiting(kind: str) -> dict[State, str]:
    """The word for a part that does not start: it waits for somebody else."""
    return {State.STARTING: "Not yet used"} if f"{kind}:" in shell.AWAITS_OTHERS else {}


def detail(part: HealthChanged, language: Language) -> str:
    """The part's own sentence."""
    return filled(part.detail, part.facts, language)


def filled(message: str, facts: Sequence[tuple[str, str]], language: Language) -> str:
    """`message` with its facts; a field that has none stays as it is."""
    words = told(message, language)
    for name, fact in facts:
        words = words.replace(f"{{{name}}}", fact)
    return words


async def _messages(house: House, language: Language) -> dict[str, str]:
    # Where the records are locked or gone, an answer may be minutes in coming, and what is up is shown all the same.
    reading = Deferred.fromCoroutine(views.outgoing(house.database, limit=SHOWN))
    timer = house.clock.later(PATIENCE, reading.cancel)
    try:
        recent = await reading
    except Exception:
        log.failure("messages cannot be read")
        return {"broken": fragment("message.html", language, row=None, broken=True, zone=None, words=MESSAGE_WORDS)}
    finally:
        if timer.active():
            timer.cancel()
    zone = house.site().zone
    return {
        f"message-{row.id}": fragment(
            "message.html",
            language,
            row=row,
            to=masked_number(row.to),
            why=told(row.why, language),
            broken=False,
            zone=zone,
            words=MESSAGE_WORDS,
        )
        for row in recent
    } or {"none": fragment("message.html", language, row=None, broken=False, zone=None, words=MESSAGE_WORDS)}
