"""The door for open screens, and the clips they play."""

from __future__ import annotations

import re

from web import shell
from web.live import Screen, View
from web.pages import broadcasts, lines, messages, patients, roster, station, status, wallboard
from web.panel import Answer, Panel
from web.rights import Right
from web.stream import Stream, encode
from web.visit import Refused, Visit

VIEWS: dict[str, Right | None] = {
    "station": "station",
    "wallboard": "wallboard",
    "status": "status",
    "line": "status",
    "patients": "patients",
    "messages": "messages",
    "broadcast": "messages",
    "roster": "station",
    "health": None,
}


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
    if name == "station":
        ward = station.allowed(panel, visit, visit.field("ward")).id
        checks, acknowledge = panel.live.stations.checks, visit.may("acknowledge")
        return station.view(house, ward, language, acknowledge=acknowledge, checks=checks), ward
    if name == "wallboard":
        return wallboard.view(house, wallboard.chosen(house, visit), language), None
    if name == "status":
        return status.view(house, language), None
    if name == "patients":
        return patients.view(panel, visit), None
    if name == "messages":
        return messages.view(house, language), None
    if name == "broadcast":
        return broadcasts.view(house, visit.field("id")[:32], language), None
    if name == "roster":
        return await roster.live(panel, visit), None
    if name == "line":
        return await lines.live(panel, visit), None
    return shell.health_view(house, language), None
