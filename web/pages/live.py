"""The door for open screens, and the clips they play."""

from __future__ import annotations

import re
from collections.abc import Callable

from appliance.foundation.values import Language
from web import shell
from web.live import Screen, View
from web.pages import (
    backups,
    broadcasts,
    conferences,
    exchange,
    extensions,
    lines,
    messages,
    misuse,
    network,
    operator,
    patients,
    phone_lists,
    roster,
    seats,
    setup,
    station,
    status,
    supervision,
    trunks,
    update,
    voicemail,
    wallboard,
)
from web.panel import Answer, Panel
from web.ports import House
from web.rights import Right
from web.stream import Stream, encode
from web.visit import Refused, Visit

VIEWS: dict[str, Right | None] = {
    "station": "station",
    "wallboard": "wallboard",
    "status": "status",
    "exchange": "exchange",
    "trunks": "exchange",
    "phones": "exchange",
    "conferences": "conferences",
    "now": "supervise",
    "extensions": "exchange",
    "seats": "exchange",
    "operator": "operator",
    "line": "status",
    "patients": "patients",
    "messages": "messages",
    "broadcast": "messages",
    "roster": "station",
    "backups": "care",
    "updates": "care",
    "network": "network",
    "setup": "care",
    "voicemail": None,
    "misuse": "misuse",
    "health": None,
}
SAME_FOR_ALL: dict[str, Callable[[House, Language], View]] = {
    "status": status.view,
    "exchange": exchange.view,
    "trunks": trunks.view,
    "phones": phone_lists.view,
    "conferences": conferences.view,
    "now": supervision.view,
    "extensions": extensions.view,
    "seats": seats.view,
    "operator": operator.view,
    "messages": messages.view,
    "misuse": misuse.view,
    "backups": backups.view,
    "updates": update.view,
    "health": shell.health_view,
}
"""Views that show everybody the same."""
BY_VISIT: dict[str, Callable[[House, Visit], View]] = {"network": network.live, "setup": setup.live}
"""Views that depend on how, or with which right, somebody comes."""


def add(panel: Panel) -> None:
    """Put these on the panel."""

    @panel.route("/live", strangers=True)
    async def live(visit: Visit) -> Answer:
        session = visit.session
        if session is None or session.user.must_change:
            # A plain refusal would make the browser give up without knowing why.
            stream = Stream(visit.request)
            stream.send(encode("bye", {}))
            stream.close()
            return None
        view, ward = await _view(panel, visit)
        screen = Screen(Stream(visit.request), lambda: panel.sessions.still(session), ward)
        name = f"{visit.user.name}:{visit.field('screen')[:40]}"
        if ward is not None:
            panel.live.stations.joined(ward, name, visit.user.name)
        try:
            await panel.live.join(view, screen)
        finally:
            if ward is not None:
                panel.live.stations.left(ward, name)
        return None

    @panel.route("/speech/<clip>.wav", "station")
    async def speech(visit: Visit, clip: str) -> Answer:
        path = panel.house.speech.clip_path(clip) if re.fullmatch(r"[\w.-]{1,128}", clip) else None
        if path is None or not path.is_file():
            raise Refused(404, "There is no such announcement.")
        # The key names the sound exactly, so it never changes.
        visit.request.setHeader("cache-control", "private, max-age=86400, immutable")
        visit.request.setHeader("content-type", "audio/wav")
        return path.read_bytes()


async def _view(panel: Panel, visit: Visit) -> tuple[View, str | None]:
    """What is asked for, and the ward whose calls are to be spoken. Raises Refused."""
    name = visit.field("view") or ("station" if visit.field("ward") else "health")
    right = VIEWS.get(name)
    if name not in VIEWS or (right is not None and not visit.may(right)):
        raise Refused(403, "You have no right to open this page.")
    house, language = panel.house, visit.language
    if name in SAME_FOR_ALL:
        return SAME_FOR_ALL[name](house, language), None
    if name in BY_VISIT:
        return BY_VISIT[name](house, visit), None
    if name == "station":
        ward = station.allowed(panel, visit, visit.field("ward")).id
        checks, acknowledge = panel.live.stations.checks, visit.may("acknowledge")
        return station.view(house, ward, language, acknowledge=acknowledge, checks=checks), ward
    if name == "wallboard":
        return wallboard.view(house, wallboard.chosen(house, visit), language), None
    if name == "patients":
        return patients.view(panel, visit), None
    if name == "broadcast":
        return broadcasts.view(house, visit.field("id")[:32], language), None
    if name == "voicemail":
        return await voicemail.live(panel, visit), None
    if name == "roster":
        return await roster.live(panel, visit), None
    return await lines.live(panel, visit), None
