"""Who may log in: added, described, given a new one-time password, switched off and on again."""

from __future__ import annotations

from typing import Any

from web.auth import LastAdministrator, User, UserExists
from web.panel import Answer, Panel
from web.passwords import fresh
from web.rights import ROLES
from web.visit import Redirect, Refused, Visit

HOME = "/log-ins"
DONE, PASSWORD = "log-ins done", "log-ins password"
"""The session's notes, each shown once: what was done; and a name with its one-time password."""
EMPTY = {"name": "", "shown": "", "role": "nurse", "wards": ()}
LAST = "{name} is the last administrator: make somebody else one first."


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    _describing(panel)
    _doors(panel)


def _describing(panel: Panel) -> None:
    users = panel.house.users

    @panel.route(HOME, "log-ins")
    async def list_(visit: Visit) -> Answer:
        known = await users.find(visit.field("edit"))
        given = None if known is None else vars(known)
        return await page(panel, visit, given=given, known=known)

    @panel.route(HOME, "log-ins", method="POST")
    async def make(visit: Visit) -> Answer:
        given, faults = _given(panel, visit), dict[str, str]()
        name, password = given["name"], fresh(given["name"])
        try:
            await users.add(
                name, given["role"], password, shown=given["shown"], wards=given["wards"], by=visit.user.name
            )
        except UserExists:
            faults["name"] = visit.say("There is a log-in {name} already.", name=name)
        except ValueError:
            faults["name"] = visit.say("Small letters, digits, . _ - are a log-in's name, 32 at most.")
        if faults:
            return await page(panel, visit, given=given, faults=faults)
        _note(visit, PASSWORD, f"{name} {password}")
        raise Redirect(HOME)

    @panel.route(f"{HOME}/describe", "log-ins", method="POST")
    async def describe(visit: Visit) -> Answer:
        given, known = _given(panel, visit), await _known(panel, visit)
        try:
            await users.describe(
                known.name, shown=given["shown"], role=given["role"], wards=given["wards"], by=visit.user.name
            )
        except LastAdministrator:
            faults = {"role": visit.say(LAST, name=known.name)}
            return await page(panel, visit, given=given, faults=faults, known=known)
        _note(visit, DONE, visit.say("{name} is changed; open screens follow within a minute.", name=known.name))
        raise Redirect(HOME)


def _doors(panel: Panel) -> None:
    users = panel.house.users

    @panel.route(f"{HOME}/password", "log-ins", method="POST")
    async def reset(visit: Visit) -> Answer:
        known = await _known(panel, visit)
        if known.name == visit.user.name:
            raise Redirect("/password")
        password = fresh(known.name)
        await users.reset_password(known.name, password, by=visit.user.name)
        panel.sessions.forget(known.name)
        _note(visit, PASSWORD, f"{known.name} {password}")
        raise Redirect(HOME)

    @panel.route(f"{HOME}/off", "log-ins", method="POST")
    async def off(visit: Visit) -> Answer:
        known = await _known(panel, visit)
        try:
            await users.disable(known.name, by=visit.user.name)
        except LastAdministrator as why:
            raise Refused(422, LAST, name=known.name) from why
        panel.sessions.forget(known.name)
        _note(visit, DONE, visit.say("{name} is switched off and logged out everywhere.", name=known.name))
        raise Redirect(HOME)

    @panel.route(f"{HOME}/on", "log-ins", method="POST")
    async def on(visit: Visit) -> Answer:
        known = await _known(panel, visit)
        await users.disable(known.name, by=visit.user.name, disabled=False)
        _note(visit, DONE, visit.say("{name} may log in again.", name=known.name))
        raise Redirect(HOME)


async def page(
    panel: Panel, visit: Visit, *, given: dict[str, Any] | None = None, faults: dict[str, str] | None = None,
    known: User | None = None,
) -> str:  # fmt: skip
    """All log-ins. given: what is in the form, of `known` where one is changed; faults: why not, by field."""
    if faults:
        visit.request.setResponseCode(422)
    notes = visit.session.notes if visit.session else {}
    name, _, password = notes.pop(PASSWORD, "").partition(" ")
    return panel.page(
        visit, "log_ins.html", users=await panel.house.users.every(), screens=await panel.house.users.screens(),
        wards={ward.id: ward.name[visit.language] for ward in panel.house.nursecall().wards},
        given=EMPTY | (given or {}), known=known, faults=faults or {}, name=name, password=password,
        done=notes.pop(DONE, ""),
    )  # fmt: skip


async def _known(panel: Panel, visit: Visit) -> User:
    known = await panel.house.users.find(visit.field("name"))
    if known is None:
        raise Refused(404, "There is no such log-in.")
    return known


def _given(panel: Panel, visit: Visit) -> dict[str, Any]:
    """The form's fields. Raises Refused for a role or ward that the form does not offer."""
    wards = tuple(dict.fromkeys(visit.fields("ward")))
    role = visit.field("role")
    if role not in ROLES or not {*wards} <= {ward.id for ward in panel.house.nursecall().wards}:
        raise Refused(400, "That request cannot be understood.")
    return {
        "name": visit.field("name").lower(), "shown": visit.field("shown")[:64], "role": role,
        "wards": wards,
    }  # fmt: skip


def _note(visit: Visit, kind: str, said: str) -> None:
    if visit.session is not None:
        visit.session.notes[kind] = said
