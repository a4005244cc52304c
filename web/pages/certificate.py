"""The certificate by which browsers know the box: what it is, a request for the hospital's, and the hospital's."""

from __future__ import annotations

from web.certificates import NotTaken
from web.panel import SENTENCES, Answer, Panel
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
        return _page(panel, visit)

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
            return _refused(panel, visit, why)
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
            return _refused(panel, visit, why)
        raise Redirect(HERE)

    @panel.route(f"{HERE}/withdraw", "care", method="POST")
    async def withdraw(visit: Visit) -> Answer:
        try:
            await certificates.withdraw(visit.user.name)
        except NotTaken as why:
            return _refused(panel, visit, why)
        raise Redirect(HERE)


def _page(panel: Panel, visit: Visit, fault: str = "") -> Answer:
    certificates = panel.house.certificates
    shown = certificates.shown()
    why = visit.say(shown.trouble, **shown.facts) if shown is not None and shown.trouble else ""
    names = visit.field("names") or ", ".join(certificates.names())
    return panel.page(visit, "certificate.html", one=shown, why=why, fault=fault, names=names)


def _refused(panel: Panel, visit: Visit, why: NotTaken) -> Answer:
    visit.request.setResponseCode(422)
    return _page(panel, visit, visit.say(str(why), **why.facts))


def _file(visit: Visit, content: bytes, name: str, kind: str) -> bytes:
    visit.request.setHeader("content-type", kind)
    visit.request.setHeader("content-disposition", f'attachment; filename="{name}"')
    return content
