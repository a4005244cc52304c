"""Certificates that the box asks the hospital's authority for by itself: turned on, hurried, turned off."""

from __future__ import annotations

from web.certificates import NotTaken
from web.enrolments import Wish
from web.pages.certificate import HERE, refused
from web.panel import Answer, Panel
from web.visit import Redirect, Visit


def add(panel: Panel) -> None:
    """Put these acts on the panel; the page is that of the certificate."""
    enrolments = panel.house.enrolments

    @panel.route(f"{HERE}/enrol", "care", method="POST")
    async def enrol(visit: Visit) -> Answer:
        roots = [*visit.uploads("root"), visit.secret("root_pasted").encode()]
        wish = Wish(
            visit.field("directory"), [one for one in roots if one.strip()], visit.field("contact"),
            visit.field("wanted"), visit.field("key_id"), visit.secret("hmac_key").strip(),
        )  # fmt: skip
        try:
            await enrolments.enrol(wish, visit.user.name)
        except NotTaken as why:
            return refused(panel, visit, why)
        raise Redirect(HERE)

    @panel.route(f"{HERE}/renew", "care", method="POST")
    async def renew(visit: Visit) -> Answer:
        try:
            await enrolments.renew(visit.user.name)
        except NotTaken as why:
            return refused(panel, visit, why)
        raise Redirect(HERE)

    @panel.route(f"{HERE}/enrol/end", "care", method="POST")
    async def end(visit: Visit) -> Answer:
        try:
            await enrolments.end(visit.user.name)
        except NotTaken as why:
            return refused(panel, visit, why)
        raise Redirect(HERE)
