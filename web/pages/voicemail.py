"""One's own voicemail: listen, delete. Whose it is says the roster: the extension of whoever has this log-in."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.values import Language
from pbx.voicemail.store import Message
from web import shell
from web.live import Regions, View
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Refused, Visit


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/voicemail")
    async def voicemail(visit: Visit) -> Answer:
        mailbox, house = shell.mailbox(panel.house, visit.user.name), panel.house
        return panel.page(
            visit, "voicemail.html", mailbox=mailbox, regions=await regions(house, mailbox, visit.language),
            plan=house.pbx().voicemail, told=visit.field("done"),
        )  # fmt: skip

    @panel.route("/voicemail/<identity>.wav")
    async def listen(visit: Visit, identity: str) -> Answer:
        message = await _own(panel, visit, identity)
        try:
            sound = panel.house.voicemail().store.sound(message).read_bytes()
        except OSError as why:
            raise Refused(404, "There is no such message.") from why
        await panel.house.voicemail().heard(message, visit.user.name)
        visit.request.setHeader("content-type", "audio/wav")
        return sound

    @panel.route("/voicemail/<identity>/delete", method="POST")
    async def delete(visit: Visit, identity: str) -> Answer:
        await panel.house.voicemail().delete(await _own(panel, visit, identity), visit.user.name)
        if visit.by_script:
            return ""
        raise Redirect("/voicemail")

    @panel.route("/voicemail/forgotten", "exchange", method="POST")
    async def forgotten(visit: Visit) -> Answer:
        mailbox = visit.field("mailbox")
        if not panel.house.voicemail().has(mailbox):
            raise Refused(404, "There is no mailbox {number}.", number=mailbox[:12])
        await panel.house.voicemail().store.set_pin(mailbox, None, visit.user.name)
        raise Redirect("/voicemail?done=1")


async def live(panel: Panel, visit: Visit) -> View:
    """The messages as they come."""
    house, mailbox, language = panel.house, shell.mailbox(panel.house, visit.user.name), visit.language

    async def draw() -> Regions:
        return await regions(house, mailbox, language)

    return View(f"voicemail {mailbox}", language, frozenset({"voicemail", "health"}), draw)


async def regions(house: House, mailbox: str, language: Language) -> Regions:
    """Everything on the page that can change."""
    messages: Sequence[Message] = await house.voicemail().store.every(mailbox) if mailbox else ()
    zone = house.site().zone
    # In the order of their coming: what is heard stays where it is.
    messages = sorted(messages, key=lambda message: message.left_at, reverse=True)
    return {
        "voicemails": {
            f"voicemail-{message.id}": fragment(
                "voicemail_row.html", language, message=message, zone=zone, who=house.addresses.name(message.caller)
            )
            for message in messages
        }
        or {"none": fragment("voicemail_row.html", language, message=None, zone=zone)},
        "health": {"dot": shell.health(house.health.parts(), language)},
    }


async def _own(panel: Panel, visit: Visit, identity: str) -> Message:
    """Nobody learns whether somebody else's message is there."""
    message = await panel.house.voicemail().store.one(identity[:32])
    if message is None or message.mailbox != shell.mailbox(panel.house, visit.user.name):
        raise Refused(404, "There is no such message.")
    return message
