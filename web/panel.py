"""What every page needs at hand: the house, the sessions, the live screens, and the way to answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from klein import Klein
from twisted.internet.defer import CancelledError
from twisted.logger import Logger
from twisted.web.resource import IResource

from appliance.foundation.i18n import translate
from web import shell
from web.http import Request
from web.live import Live
from web.ports import House
from web.render import template
from web.rights import Right
from web.sessions import Session, Sessions
from web.visit import SESSION, Redirect, Refused, Visit, cookie, visit_of

Answer = str | bytes | IResource | None
Page = Callable[..., Coroutine[Any, Any, Answer]]

SENTENCES: dict[int, str] = {
    400: "That request cannot be understood.",
    401: "You are logged out. Log in again.",
    403: "You have no right to open this page.",
    404: "There is no such page.",
    405: "This page cannot be used in that way.",
    413: "That is too much at once.",
    500: "Something went wrong on our side. It is written down for hospital IT; bedside calls go on as before.",
    503: "The records cannot be reached just now. Bedside calls go on as before; try again in a minute.",
}


class Panel:
    """The panel as its pages see it."""

    log = Logger()

    def __init__(self, house: House, live: Live) -> None:
        self.house = house
        self.live = live
        self.sessions = Sessions(house.database, house.clock)
        self.app = Klein()
        self.line_watchers: set[tuple[str, str]] = set()
        """Who has looked at which line since this panel began; each is in the journal."""

    def route(
        self, path: str, right: Right | None = None, *, method: str = "GET", strangers: bool = False
    ) -> Callable[[Page], Page]:
        """Answer `path` with a page, for who is logged in and has `right`. A POST must carry the CSRF token.

        strangers: also for who is not logged in, or must change the password first.
        """

        def add(page: Page) -> Page:
            @wraps(page)
            async def answer(request: Request, **parts: str) -> Answer:
                visit = await self.visit(request)
                try:
                    self._admit(visit, right, strangers)
                    if method == "POST":
                        visit.demand_csrf()
                    return await page(visit, **parts)
                except Redirect as away:
                    return self.error(visit, 401) if visit.by_script else see_other(request, away.to)
                except Refused as why:
                    return self.error(visit, why.status, str(why), **why.facts)
                except CancelledError:  # whoever asked has gone
                    raise
                except Exception:
                    self.log.failure("{method} {path} failed", method=method, path=path)
                    return self.error(visit, 500)

            endpoint = f"{page.__module__}.{page.__name__}"
            if endpoint in self.app.endpoints:
                # The later would answer for both, with its own rights.
                raise ValueError(f"there are two pages {endpoint}")
            self.app.route(path, methods=[method], endpoint=endpoint, strict_slashes=False)(answer)
            return page

        return add

    async def visit(self, request: Request) -> Visit:
        """Who makes `request`."""
        token = cookie(request, SESSION)
        session: Session | None = await self.sessions.find(token) if token else None
        return visit_of(request, session, self.house.site().language)

    def _admit(self, visit: Visit, right: Right | None, strangers: bool) -> None:
        if strangers:
            return
        if visit.user.must_change:
            raise Redirect("/password")
        if right is not None and not visit.user.may(right):
            raise Refused(403, SENTENCES[403])

    def page(self, visit: Visit, name: str, /, **facts: object) -> str:
        """The page of template `name`, in the visitor's language and with the house's frame around it."""
        return template(name).render(**shell.facts(self.house, visit), **facts)

    def error(self, visit: Visit, status: int, message: str = "", **facts: object) -> str:
        """One sentence; for our own scripts as plain text."""
        visit.request.setResponseCode(status)
        sentence = translate(message or SENTENCES.get(status, SENTENCES[500]), visit.language, **facts)
        if visit.by_script:
            visit.request.setHeader("content-type", "text/plain; charset=utf-8")
            return sentence
        return self.page(visit, "error.html", status=status, sentence=sentence)


def see_other(request: Request, to: str) -> bytes:
    """Send the browser on to `to` with GET."""
    request.setResponseCode(303)
    request.setHeader("location", to)
    return b""
