"""Coming in, going out, a new password, and how one likes the panel."""

from __future__ import annotations

from typing import cast

from appliance.foundation.values import LANGUAGES, Language
from web.auth import LoginRefused, Theme
from web.panel import Answer, Panel
from web.passwords import WeakPassword
from web.visit import LANGUAGE, SESSION, THEME, THEMES, YEAR, Redirect, Refused, Visit, within

HOMES = {
    "nurse": "/station", "board": "/wallboard", "operator": "/operator", "cashier": "/cashier", "manager": "/reports",
    "it": "/status", "admin": "/station",
}  # fmt: skip


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    _add_entrance(panel)
    _add_password(panel)
    _add_preferences(panel)


def _add_entrance(panel: Panel) -> None:
    @panel.route("/")
    async def home(visit: Visit) -> Answer:
        # A box that nobody has set up yet begins with its assistant.
        if visit.user.may("care") and not panel.house.nursecall().wards:
            raise Redirect("/setup")
        raise Redirect(HOMES[visit.user.role])

    @panel.route("/login", strangers=True)
    async def login(visit: Visit) -> Answer:
        if visit.session is not None:
            raise Redirect("/")
        return _form(panel, visit)

    @panel.route("/login", method="POST", strangers=True)
    async def log_in(visit: Visit) -> Answer:
        try:
            user = await panel.house.users.log_in(visit.field("name"), visit.secret("password"), visit.address)
        except LoginRefused as why:
            visit.request.setResponseCode(401)
            return _form(panel, visit, visit.say(str(why), **why.facts), visit.field("name"))
        if visit.session is not None:
            await panel.sessions.close(visit.session)
        visit.set_cookie(SESSION, await panel.sessions.open(user, visit.address))
        raise Redirect("/password" if user.must_change else within(visit.field("next")))

    @panel.route("/logout", method="POST", strangers=True)
    async def log_out(visit: Visit) -> Answer:
        if visit.session is not None:
            await panel.sessions.close(visit.session)
        visit.set_cookie(SESSION, "", seconds=0)
        raise Redirect("/login")


def _add_password(panel: Panel) -> None:
    @panel.route("/password", strangers=True)
    async def password(visit: Visit) -> Answer:
        return panel.page(visit, "password.html", forced=visit.user.must_change, fault="")

    @panel.route("/password", method="POST", strangers=True)
    async def change_password(visit: Visit) -> Answer:
        user, new = visit.user, visit.secret("new")
        try:
            if new != visit.secret("again"):
                raise WeakPassword("The two new passwords differ.")
            await panel.house.users.change_password(user.name, visit.secret("old"), new)
        except (LoginRefused, WeakPassword) as why:
            visit.request.setResponseCode(422)
            fault = visit.say(str(why), **(why.facts if isinstance(why, LoginRefused) else {}))
            return panel.page(visit, "password.html", forced=user.must_change, fault=fault)
        panel.sessions.forget(user.name)
        changed = await panel.house.users.find(user.name)
        if changed is not None:
            visit.set_cookie(SESSION, await panel.sessions.open(changed, visit.address))
        raise Redirect("/")


def _add_preferences(panel: Panel) -> None:
    @panel.route("/preferences", method="POST", strangers=True)
    async def prefer(visit: Visit) -> Answer:
        language, theme = visit.field("language"), visit.field("theme")
        if (language and language not in LANGUAGES) or (theme and theme not in THEMES):
            raise Refused(400, "That request cannot be understood.")
        await _remember(panel, visit, cast(Language, language) or None, cast(Theme, theme) or None)
        if visit.by_script:
            visit.request.setResponseCode(204)
            return b""
        raise Redirect(within(visit.field("next")))


def _form(panel: Panel, visit: Visit, fault: str = "", name: str = "") -> str:
    return panel.page(visit, "login.html", fault=fault, name=name, next=within(visit.field("next"), ""))


async def _remember(panel: Panel, visit: Visit, language: Language | None, theme: Theme | None) -> None:
    for cookie_name, value in ((LANGUAGE, language), (THEME, theme)):
        if value is not None:
            visit.set_cookie(cookie_name, value, seconds=YEAR)
    if visit.session is not None:
        await panel.house.users.prefer(visit.user.name, language=language, theme=theme)
        panel.sessions.renew(visit.session, language, theme)
