"""Calls that go on now, for supervisors: listen, whisper, join, end."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.dialer import Conversation
from pbx.supervision import MODES, Mode, NoSupervision
from web import shell
from web.live import Regions, View
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Refused, Visit

NOTE = "supervisors-telephone"
WORDS: dict[Mode, str] = {"listen": "Listen in", "whisper": "Whisper", "join": "Join in"}
DOES: dict[Mode, str] = {"listen": "listens", "whisper": "whispers", "join": "has joined"}


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/exchange/now", "supervise")
    async def now(visit: Visit) -> Answer:
        return panel.page(visit, "exchange_now.html", regions=regions(panel.house, visit.language), phone=_phone(visit))

    @panel.route("/exchange/now/phone", "supervise", method="POST")
    async def phone(visit: Visit) -> Answer:
        number = visit.field("extension").strip()
        if number not in panel.house.pbx().numbers():
            raise Refused(400, "{number} is no extension.", number=number[:12])
        if visit.session:
            visit.session.notes[NOTE] = number
        raise Redirect("/exchange/now")

    @panel.route("/exchange/now/<call>/<what>", "supervise", method="POST")
    async def act(visit: Visit, call: str, what: str) -> Answer:
        try:
            await _act(panel.house, visit, call, what)
        except NoSupervision as why:
            raise Refused(409, translate(why.message, visit.language, **why.facts)) from why
        if visit.by_script:
            return ""
        raise Redirect("/exchange/now")


def view(house: House, language: Language) -> View:
    """The calls as they go on."""

    async def draw() -> Regions:
        return regions(house, language)

    return View("now", language, frozenset({"talks", "health"}), draw)


def regions(house: House, language: Language) -> Regions:
    """Everything on the page that can change."""
    supervision = house.supervision()
    names = {f"trunk-{trunk.id}": trunk.name[language] for trunk in house.pbx().trunks}
    return {
        "talks": {
            f"talk-{talk.call}": fragment(
                "exchange_talk.html", language, talk=talk, ends=_ends(talk, names), modes=WORDS, does=DOES,
                attended=supervision.attended(talk.call),
            )
            for talk in supervision.talks()
        },
        "health": {"dot": shell.health(house.health.parts(), language)},
    }  # fmt: skip


async def _act(house: House, visit: Visit, call: str, what: str) -> None:
    mode = next((mode for mode in MODES if mode == what), None)
    if what == "end":
        await house.supervision().release(call, visit.user.name)
    elif mode is None:
        raise Refused(404, "There is no such page.")
    elif number := _phone(visit):
        await house.supervision().attend(call, mode, number, visit.user.name)
    else:
        raise Refused(409, "Say first at which telephone you are.")


def _ends(talk: Conversation, names: dict[str, str]) -> Sequence[str]:
    return [names.get(leg.endpoint, leg.endpoint) for leg in (talk.caller, talk.called)]


def _phone(visit: Visit) -> str:
    return str(visit.session.notes.get(NOTE, "")) if visit.session else ""
