"""Browsers that come by HTTP are sent to HTTPS, where the box listens there."""

from __future__ import annotations

import re

from web.http import Request

STAYS = (b"/health", b"/hooks/")
"""For machines, which need not know the box's certificate: monitoring, and gateways, which bring a token."""
PROOFS = b"/.well-known/acme-challenge/"
"""Where an authority looks for the proof that the box is who it says: RFC 8555, 8.3."""
HOST = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def stays(path: bytes) -> bool:
    """Whether this path is served by HTTP as well."""
    return path == STAYS[0] or path.startswith(STAYS[1])


def to_https(request: Request, port: int) -> bytes:
    """Send the browser there, with what it sends (307); never for good: HTTPS can be turned off again."""
    given = HOST.fullmatch(request.getHeader("host") or "")
    host = given[1] if given else str(getattr(request.getHost(), "host", ""))
    where = request.uri.decode("ascii", "ignore")
    request.setResponseCode(307)
    request.setHeader(
        "location", f"https://{host}{'' if port == 443 else f':{port}'}{where if where.startswith('/') else '/'}"
    )
    return b""


def insist(request: Request, seconds: int) -> None:
    """Let browsers come by HTTPS alone for so long; 0 says nothing."""
    if seconds > 0:
        request.setHeader("strict-transport-security", f"max-age={seconds}")


def reached_by(request: Request) -> str:
    """The name or address in the browser's address line."""
    given = HOST.fullmatch(request.getHeader("host") or "")
    return given[1].strip("[]") if given else ""
