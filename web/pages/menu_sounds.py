"""What menus say, heard before anybody dials: texts spoken, recordings uploaded and played."""

from __future__ import annotations

import json

from appliance.foundation.values import LANGUAGES
from pbx.ivr.decoding import Unfit
from web.panel import Answer, Panel
from web.visit import LARGEST_BODY, Refused, Visit

LONGEST = 2000


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/exchange/menus/say", "plan")
    async def say(visit: Visit) -> Answer:
        """A text as it will sound on the telephone."""
        language, text = visit.field("language"), visit.secret("text").strip()[:LONGEST]
        tongue = next((one for one in LANGUAGES if one == language), None)
        if tongue is None or not text:
            raise Refused(400, "That request cannot be understood.")
        sound = await panel.house.menus.speech.prompt(text, tongue)
        if sound is None:
            raise Refused(503, "Speech is not available just now.")
        return _wav(visit, sound.read_bytes())

    @panel.route("/exchange/menus/sound", "plan", method="POST")
    async def upload(visit: Visit) -> Answer:
        """A WAV as the body; `name` is the file's. Answers what it is called from now on."""
        data = visit.request.content.read(LARGEST_BODY) if visit.request.content else b""
        try:
            kept = panel.house.menus.sounds.keep(visit.field("name"), data)
        except Unfit as why:
            raise Refused(422, str(why)) from why
        except OSError as why:
            panel.log.failure("a recording could not be kept")
            raise Refused(503, "The recording could not be written to disk.") from why
        visit.request.setHeader("content-type", "application/json")
        return json.dumps({"file": kept.file, "seconds": round(kept.seconds, 1)})

    @panel.route("/exchange/menus/sound/<file>", "plan")
    async def sound(visit: Visit, file: str) -> Answer:
        found = panel.house.menus.sounds.find(file)
        if found is None:
            raise Refused(404, "There is no such recording.")
        return _wav(visit, found.read_bytes())


def _wav(visit: Visit, data: bytes) -> bytes:
    visit.request.setHeader("content-type", "audio/wav")
    return data
