"""The certificate by which browsers know the box: what it is, a request for the hospital's, and the hospital's."""

from __future__ import annotations

from typing import Any

from web.certificates import NotTaken
from web.panel import SENTENCES, Answer, Panel
from web.ports import House
from web.secure import reached_by
from web.visit import Redirect, Refused, Visit

HERE = "/certificate"


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    _add_request(panel)
    _add_hospitals(panel)
    certificates = panel.house.certificates

    @panel.route(HERE, "care")
    async def certificate(visit: Visit) -> Answer:
        return page(panel, visit)

    @panel.route(f"{HERE}/authority.crt", "care")
    async def authority(visit: Visit) -> Answer:
        return _file(visit, certificates.authority(), "nightbell-authority.crt", "application/x-x509-ca-cert")


def _add_request(panel: Panel) -> None:
    certificates = panel.house.certificates

    @panel.route(f"{HERE}/request", "care", method="POST")
    async def request(visit: Visit) -> Answer:
        try:
            text = await certificates.request(visit.field("names"), visit.field("organisation"), visit.user.name)
        except NotTaken as why:
            return refused(panel, visit, why)
        return _file(visit, text, "nightbell.csr", "application/pkcs10")

    @panel.route(f"{HERE}/request.csr", "care")
    async def waiting(visit: Visit) -> Answer:
        text = certificates.asked()
        if not text:
            raise Refused(404, SENTENCES[404])
        return _file(visit, text, "nightbell.csr", "application/pkcs10")


def _add_hospitals(panel: Panel) -> None:
    certificates = panel.house.certificates

    @panel.route(f"{HERE}/take", "care", method="POST")
    async def take(visit: Visit) -> Answer:
        files = [*visit.uploads("files"), visit.secret("pasted").encode()]
        try:
            await certificates.take(
                [one for one in files if one], visit.secret("passphrase"), reached_by(visit.request), visit.user.name
            )
        except NotTaken as why:
            return refused(panel, visit, why)
        raise Redirect(HERE)

    @panel.route(f"{HERE}/withdraw", "care", method="POST")
    async def withdraw(visit: Visit) -> Answer:
        try:
            await certificates.withdraw(visit.user.name)
        except NotTaken as why:
            return refused(panel, visit, why)
        raise Redirect(HERE)


def page(panel: Panel, visit: Visit, fault: str = "") -> Answer:
    """The whole page, with what was typed."""
    certificates = panel.house.certificates
    shown = certificates.shown()
    why = visit.say(shown.trouble, **shown.facts) if shown is not None and shown.trouble else ""
    names = visit.field("names") or ", ".join(certificates.names())
    return panel.page(
        visit, "certificate.html", one=shown, why=why, fault=fault, names=names,
        **enrolled(panel.house, visit),
    )  # fmt: skip


def enrolled(house: House, visit: Visit) -> dict[str, Any]:
    """What the page says of certificates that the box asks for by itself. typed: what stands in the form."""
    asks = house.enrolments.shown()
    typed = {name: visit.field(name) for name in ("directory", "contact", "wanted", "key_id")}
    if asks is not None and not any(typed.values()):
        typed = {"directory": asks.directory, "contact": asks.contact, "wanted": ", ".join(asks.names)}
        typed["key_id"] = asks.key_id
    return {
        "asks": asks, "typed": typed, "failed": visit.say(asks.why, **asks.facts) if asks and asks.why else "",
        "port": house.enrolments.port,
    }  # fmt: skip


def refused(panel: Panel, visit: Visit, why: NotTaken) -> Answer:
    """The page with that sentence."""
    visit.request.setResponseCode(422)
    return page(panel, visit, visit.say(str(why), **why.facts))


def _file(visit: Visit, content: bytes, name: str, kind: str) -> bytes:
    visit.request.setHeader("content-type", kind)
    visit.request.setHeader("content-disposition", f'attachment; filename="{name}"')
    return content
