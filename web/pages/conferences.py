"""Conference rooms live: who is there and who talks; mute, remove, lock, call somebody in, end; PINs, shown once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from billing.numbers import NotANumber, e164
from pbx.conference.conduct import NoConference
from pbx.conference.pins import Kind
from pbx.conference.room import Room
from web import shell
from web.live import Regions, View
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Refused, Visit

HOW_IT_WENT = {
    "ringing": "Being called",
    "busy": "Busy",
    "no-answer": "No answer",
    "congestion": "No line free",
    "unreachable": "Not reached",
    "no-such-number": "No such number",
    "refused": "May not be called",
    "declined": "Did not press 1",
}
KINDS: dict[str, Kind] = {"member": "member", "chairman": "chairman"}
NOTE = "conference-pin"


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/exchange/conferences", "conferences")
    async def conferences(visit: Visit) -> Answer:
        house = panel.house
        rooms, there = house.conferences(), await house.conferences().pins.there()
        rows = [(room, {kind for number, kind in there if number == room.number}) for room in rooms.conduct.rooms()]
        told = visit.session.notes.pop(NOTE, "") if visit.session else ""
        return panel.page(
            visit, "conferences.html", regions=regions(house, visit.language), told=told,
            pins=[(room, made) for room, made in rows if not room.rules.ad_hoc],
        )  # fmt: skip

    @panel.route("/exchange/conferences/<number>/pin", "conferences", method="POST")
    async def pin(visit: Visit, number: str) -> Answer:
        room, kind = _room(panel.house, number), KINDS.get(visit.field("kind"))
        if kind is None:
            raise Refused(400, "That request cannot be understood.")
        made = await panel.house.conferences().pins.renew(room.number, kind, visit.user.name)
        words = "Room {number}: the members' PIN is {pin}. It is not shown again."
        if kind == "chairman":
            words = "Room {number}: the chairman's PIN is {pin}. It is not shown again."
        if visit.session:
            visit.session.notes[NOTE] = translate(words, visit.language, number=room.number, pin=made)
        raise Redirect("/exchange/conferences")

    @panel.route("/exchange/conferences/<number>/<what>", "conferences", method="POST")
    async def act(visit: Visit, number: str, what: str) -> Answer:
        try:
            await _act(panel.house, visit, _room(panel.house, number), what)
        except NoConference as why:
            raise Refused(409, str(why)) from why
        if visit.by_script:
            return ""
        raise Redirect("/exchange/conferences")


def view(house: House, language: Language) -> View:
    """The rooms as they go on."""

    async def draw() -> Regions:
        return regions(house, language)

    return View("conferences", language, frozenset({"conferences", "health"}), draw)


def regions(house: House, language: Language) -> Regions:
    """Everything on the page that can change; rooms with somebody in them first."""
    rooms = house.conferences().conduct.rooms()
    words = {how: translate(word, language) for how, word in HOW_IT_WENT.items()}
    return {
        "rooms": {
            f"room-{room.number}": fragment("conference_room.html", language, room=room, how=words)
            for room in sorted(rooms, key=lambda room: not (room.everybody or room.calling))
        },
        "health": {"dot": shell.health(house.health.parts(), language)},
    }


def _room(house: House, number: str) -> Room:
    try:
        return house.conferences().conduct.room(number)
    except NoConference as why:
        raise Refused(404, str(why)) from why


async def _act(house: House, visit: Visit, room: Room, what: str) -> None:
    rooms, conduct, by, number = house.conferences(), house.conferences().conduct, visit.user.name, room.number
    member = visit.field("member")
    acts: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
        "mute": lambda: conduct.mute(number, member, muted=True, by=by),
        "unmute": lambda: conduct.mute(number, member, muted=False, by=by),
        "mute-all": lambda: conduct.mute_all(number, muted=True, by=by),
        "unmute-all": lambda: conduct.mute_all(number, muted=False, by=by),
        "lock": lambda: conduct.lock(number, locked=True, by=by),
        "unlock": lambda: conduct.lock(number, locked=False, by=by),
        "remove": lambda: conduct.remove(number, member, by),
        "end": lambda: conduct.end(number, by),
        "everybody": lambda: rooms.invite_all(number, by),
        "invite": lambda: _invite(house, visit, number),
    }
    if what not in acts:
        raise Refused(404, "There is no such page.")
    await acts[what]()


async def _invite(house: House, visit: Visit, number: str) -> None:
    whom, rooms = visit.field("whom").replace(" ", ""), house.conferences()
    if whom in house.pbx().numbers():
        return await rooms.invite(number, whom, visit.user.name)
    site = house.site()
    try:
        outside = e164(whom, site.country, site.area)
    except NotANumber as why:
        raise NoConference("This is neither an extension nor a number outside.") from why
    return await rooms.invite(number, outside, visit.user.name, outside=True)
