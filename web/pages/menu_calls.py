"""Who went through the menus and how, and the messages that callers left."""

from __future__ import annotations

from web.pages.menu_trial import LEFT, STEPS
from web.panel import Answer, Panel
from web.visit import Redirect, Refused, Visit

NO_MESSAGE = "There is no such message."


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/exchange/menus/calls", "plan")
    async def calls(visit: Visit) -> Answer:
        rows = await panel.house.menus.past.calls()
        chosen = visit.field("call") or (rows[0].call if rows else "")
        steps = await panel.house.menus.past.steps(chosen) if chosen else []
        return panel.page(
            visit, "menu_calls.html", rows=rows, chosen=chosen, steps=steps, left=LEFT, words=STEPS,
            names={flow.id: flow.name[visit.language] for flow in panel.house.pbx().flows},
        )  # fmt: skip

    @panel.route("/exchange/menus/messages", "plan")
    async def messages(visit: Visit) -> Answer:
        rows = await panel.house.menus.messages.every()
        names = {flow.id: flow.name[visit.language] for flow in panel.house.pbx().flows}
        return panel.page(visit, "menu_messages.html", rows=rows, names=names)

    @panel.route("/exchange/menus/messages/<name>/sound", "plan")
    async def listen(visit: Visit, name: str) -> Answer:
        try:
            file = await panel.house.menus.messages.listen(f"menus/{name}", visit.user.name)
            data = file.read_bytes()
        except (LookupError, OSError) as why:
            raise Refused(404, NO_MESSAGE) from why
        visit.request.setHeader("content-type", "audio/wav")
        return data

    @panel.route("/exchange/menus/messages/<name>/delete", "plan", method="POST")
    async def delete(visit: Visit, name: str) -> Answer:
        try:
            await panel.house.menus.messages.delete(f"menus/{name}", visit.user.name)
        except LookupError as why:
            raise Refused(404, NO_MESSAGE) from why
        raise Redirect("/exchange/menus/messages")
