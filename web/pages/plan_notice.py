"""What the box itself does with a plan that came into force: one sentence, on the status page and on the plan's."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from web.pages.part_names import name
from web.ports import House
from web.render import fragment

THREATENED = (
    "“{part}”, which worked before, is down since revision {revision} of the plan came into force: at {due} the box "
    "goes back to the revision before."
)
TAKEN_BACK = (
    "The box has put revision {to} of the plan back in force by itself: “{part}”, which worked before, did not work "
    "under revision {revision}."
)


@dataclass(frozen=True)
class Notice:
    """revision: the one that may be kept anyway."""

    sentence: str
    revision: int


def notice(house: House, language: Language) -> Notice | None:
    """None where there is nothing to be said."""
    if threat := house.plan_watch.threat():
        due = threat.due.astimezone(house.site().zone).strftime("%H:%M:%S")
        facts = {"part": name(house, threat.part, language), "revision": threat.revision, "due": due}
        return Notice(translate(THREATENED, language, **facts), threat.revision)
    if back := house.plan_watch.taken_back():
        facts = {"part": name(house, back.part, language), "revision": back.revision, "to": back.to}
        return Notice(translate(TAKEN_BACK, language, **facts), back.revision)
    return None


def piece(house: House, language: Language) -> dict[str, str]:
    """For a page that goes on by itself."""
    found = notice(house, language)
    return {"plan": fragment("plan_piece.html", language, notice=found)} if found else {}
