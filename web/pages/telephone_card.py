"""A card to print and keep beside a telephone: what can be dialled and pressed, from the plan in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.conference.keys import CHAIRMANS, MEMBERS, STAR
from pbx.plan import PbxPlan
from web.panel import Answer, Panel
from web.visit import Visit

FEATURES = {
    "pick_up": "Pick up a call that rings elsewhere; with an extension after it, that one",
    "forward_always": "Forward every call to the number after it",
    "forward_busy": "Forward calls to the number after it while you talk",
    "forward_no_answer": "Forward calls you do not answer to the number after it",
    "do_not_disturb": "Do not disturb",
    "call_waiting": "Hear of a second call while you talk",
    "follow_me": "Your calls ring at the extension after it, where you are",
    "take_over": "Calls of the extension after it ring here",
    "park": "Park the caller; a number is said by which any telephone takes them up",
    "seat": "Bring your number, which comes after it, to this telephone, by your PIN; with # for * leave it",
}
IN_CALL = {
    "transfer": "Then a number and #: hand the other on to it",
    "consult": "Then a number and #: call it; hang up to hand over",
    "back": "Back to who waits",
    "together": "All three talk",
}
KEYS = {
    "mute": "Mute me, unmute",
    "softer": "Hear the others softer",
    "louder": "Hear the others louder",
    "count": "How many are here",
    "mute-all": "Chairman: mute all, unmute",
    "lock": "Chairman: lock the room, open it",
    "roll-call": "Chairman: roll call",
    "end": "Chairman: end the conference",
}


@dataclass(frozen=True)
class Part:
    """One table of the card. rows: what is dialled or pressed, and what it does."""

    heading: str
    rows: tuple[tuple[str, str], ...]


def add(panel: Panel) -> None:
    """Put this page on the panel. Codes are no secret: whoever has a log-in may print it."""

    @panel.route("/exchange/card")
    async def card(visit: Visit) -> Answer:
        parts = [part for part in parts_of(panel.house.pbx(), visit.language) if part.rows]
        return panel.page(visit, "telephone_card.html", parts=parts)


def parts_of(plan: PbxPlan, language: Language) -> Iterator[Part]:
    """Every table, also those without a row."""

    def t(message: str, **facts: object) -> str:
        return translate(message, language, **facts)

    def part(heading: str, *rows: tuple[str, str]) -> Part:
        return Part(t(heading), tuple((dialled, said) for dialled, said in rows if dialled))

    everybody = t("Emergency call: every telephone, never billed")
    yield part("In an emergency", ("  ".join(plan.emergency), everybody))
    out = plan.outgoing
    yield part(
        "Calls out",
        (out.access, t("An outside line")),
        (out.hide_code, t("Before a number: hide yours for this call")),
        (out.show_code, t("Before a number: show yours for this call")),
    )
    yield part("At your telephone", *((code, t(FEATURES[name])) for name, code in plan.features.used().each()))
    yield part("While you talk", *((keys, t(IN_CALL[name])) for name, keys in plan.features.keys.each()))
    yield part("In a conference", *_conference_keys(plan, t))
    yield part(
        "Conferences",
        *((group.numbers, group.name[language]) for group in plan.conference.rooms),
        (plan.conference.ad_hoc, t("Be given an ad hoc room; its number is said")),
    )
    mail = plan.voicemail
    yield part(
        "Voicemail",
        *([(mail.number, t("Listen to your messages; choose a PIN the first time"))] if mail.boxes else []),
        *([(mail.leave, t("With an extension after it: leave a message without ringing"))] if mail.boxes else []),
    )
    yield part("Faxes", *((line.number, line.name[language]) for line in plan.fax.lines))
    zones = ((f"{plan.paging.number}{zone.code}", zone.name[language]) for zone in plan.paging.zones)
    yield part("Paging", *zones)
    yield part("Night switches", *((row.switch, row.name[language]) for row in plan.schedules))
    yield part("Voice menus", *((flow.number, flow.name[language]) for flow in plan.flows))


def _conference_keys(plan: PbxPlan, t: object) -> Iterator[tuple[str, str]]:
    say = t if callable(t) else str
    if plan.conference.rooms:
        for digit, wanted in {**MEMBERS, **CHAIRMANS}.items():
            yield f"{STAR}{digit}", say(KEYS[wanted])
