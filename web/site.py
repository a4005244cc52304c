"""The panel as one web resource: pages, static files, live events, and headers that keep browsers honest."""

from __future__ import annotations

import mimetypes
from functools import cache
from typing import Any, cast

from twisted.internet.base import ReactorBase
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request as ServerRequest
from twisted.web.server import Site
from werkzeug.exceptions import HTTPException

from web.http import Request
from web.live import Live
from web.pages import (
    accounts,
    addresses,
    analysis,
    backups,
    books,
    broadcasts,
    calls,
    cards,
    cashier,
    certificate,
    conferences,
    dialling,
    enrolment,
    exchange,
    extensions,
    fax_documents,
    faxes,
    handover,
    health,
    history,
    hooks,
    inbound,
    inbound_try,
    lines,
    locked_pins,
    log_ins,
    login,
    mailed,
    margins,
    menu_calls,
    menu_sounds,
    menu_trial,
    menus,
    messages,
    misuse,
    money,
    network,
    operator,
    patients,
    patients_list,
    phones,
    plan_editor,
    recordings,
    regions,
    reports,
    reset,
    roster,
    roster_acts,
    rounds,
    seats,
    sections,
    security,
    setup,
    setup_acts,
    setup_wards,
    sound,
    sounds,
    staff,
    station,
    station_acts,
    status,
    supervision,
    support,
    tariffs,
    telephone_card,
    till,
    training,
    trials,
    trunks,
    update,
    voicemail,
    wallboard,
)
from web.pages import live as live_page
from web.panel import Answer, Panel
from web.ports import House, Updates
from web.render import STATIC, build
from web.secure import PROOFS, insist, stays, to_https
from web.visit import LARGEST_BODY, visit_of

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; media-src 'self'; frame-src 'self'; frame-ancestors 'self'; form-action 'self'; "
        "base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
    "content-type": "text/html; charset=utf-8",
}
PAGES = (
    login, log_ins, station, station_acts, rounds, roster, roster_acts, staff, handover, sound, wallboard, patients,
    patients_list, accounts, cashier, till, books, history, analysis, reports, messages, broadcasts, hooks, status,
    exchange,
    tariffs, trials, regions, margins, money, mailed,
    extensions, seats, operator, dialling,
    conferences, phones, trunks, menus, menu_trial, menu_sounds, menu_calls, lines, training, plan_editor, calls,
    supervision, voicemail, inbound, inbound_try, sounds, security, telephone_card, live_page,
    recordings, fax_documents, faxes, addresses, sections, locked_pins, misuse, cards,
    backups, certificate, enrolment, network, update, support, reset, health, setup, setup_acts, setup_wards,
)  # fmt: skip


def resource(house: House, live: Live | None = None) -> IResource:
    """The whole panel. `live` is told of changes by the composition root, which also starts and stops it."""
    panel = Panel(house, live or Live(house.database, house.clock, house.bus))
    for page in PAGES:
        page.add(panel)
    return cast(IResource, _Door(panel))


def site(house: House, live: Live, reactor: ReactorBase) -> Site:
    """`resource` as a factory to listen with: bodies limited, faults never shown, no log of who reads what."""
    return _Quiet(resource(house, live), reactor, house.updates)


class _Quiet(Site):
    displayTracebacks = False
    noisy = False

    def __init__(self, root: IResource, reactor: ReactorBase, updates: Updates) -> None:
        super().__init__(root, requestFactory=PanelRequest, reactor=reactor)  # type: ignore[no-untyped-call]
        self.updates = updates

    def log(self, request: object) -> None:
        """Nothing: who reads what is in the journal where it matters."""


LARGEST_OF = {b"/tariffs": 16 * 1024 * 1024, b"/tariffs/regions": 16 * 1024 * 1024}
"""Bytes: a tariff of a hundred thousand rows, the regions of half a million ranges."""


class PanelRequest(ServerRequest):
    """Refuses a body that no form of ours could have, before it is read; an update goes straight to the disk."""

    def gotLength(self, length: int | None) -> None:
        channel: Any = self.channel
        path: bytes = getattr(channel, "_path", b"") or b""
        if path == update.ARRIVAL and length is not None:
            file = channel.site.updates.admits(self.getHeader("x-ticket") or "", length)
            if file is not None:
                self.content = file.open("w+b")  # in place of memory, or a file below /tmp
                return
        if length is None or length > LARGEST_OF.get(path, LARGEST_BODY):
            channel.transport.write(b"HTTP/1.1 413 Content Too Large\r\nconnection: close\r\n\r\n")
            channel.loseConnection()
            length = 0
        super().gotLength(length)  # type: ignore[no-untyped-call]


class _Door(Resource):
    """Static files by their build, everything else by its page."""

    isLeaf = True

    def __init__(self, panel: Panel) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._pages = panel.app.resource()
        self._certificates, self._enrolments = panel.house.certificates, panel.house.enrolments

        @panel.app.handle_errors(HTTPException)
        async def refused(request: Request, failure: Failure) -> Answer:
            visit = await panel.visit(request)
            return panel.error(visit, getattr(failure.value, "code", None) or 500)

        @panel.app.handle_errors(Exception)
        async def failed(request: Request, failure: Failure) -> Answer:
            panel.log.failure("{path} failed", failure, path=request.path)
            return panel.error(visit_of(request, None, panel.house.site().language), 500)

    def render(self, request: Request) -> bytes | int:
        for name, value in HEADERS.items():
            request.setHeader(name, value)
        path = request.path
        if path.startswith(PROOFS):
            return self._proof(request)
        if request.isSecure():
            insist(request, self._certificates.hsts())
        elif (port := self._certificates.https) is not None and not stays(path):
            return to_https(request, port)
        if path.startswith(b"/static/"):
            return _static(request, path.decode("ascii", "replace"))
        return cast(int, self._pages.render(cast(IRequest, request)))

    def _proof(self, request: Request) -> bytes:
        """For an authority, which has no log-in and comes by HTTP; only while it is asked for a certificate."""
        request.setHeader("content-type", "text/plain; charset=utf-8")
        found = self._enrolments.proof(request.path[len(PROOFS) :].decode("ascii", "replace"))
        if not found:
            request.setResponseCode(404)
        return found or b"There is no such proof."


def _static(request: Request, path: str) -> bytes:
    _, _, named, name = path.split("/", 3) if path.count("/") >= 3 else ("", "", "", "")
    found = files().get(name)
    if found is None or request.method not in (b"GET", b"HEAD"):
        request.setResponseCode(404)
        request.setHeader("content-type", "text/plain; charset=utf-8")
        return b"There is no such file."
    kind, content = found
    request.setHeader("content-type", kind)
    if named == build():
        request.setHeader("cache-control", "public, max-age=31536000, immutable")
    request.setHeader("content-length", str(len(content)))
    return content


@cache
def files() -> dict[str, tuple[str, bytes]]:
    """Static files by name: content type and content. Read once; they are small."""
    found = {}
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            if kind.startswith("text/"):
                kind += "; charset=utf-8"
            found[str(path.relative_to(STATIC))] = (kind, path.read_bytes())
    return found
