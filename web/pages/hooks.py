"""The door for gateways that bring us messages over HTTP. No log-in: each proves itself with a token of the plan."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from twisted.logger import Logger

from appliance.foundation import json_text
from appliance.foundation.secret import SecretMissing
from pbx.sms.http import Unwelcome
from web.http import Request
from web.panel import Answer, Panel
from web.throttle import Throttle
from web.visit import LARGEST_BODY

WRONG, WINDOW = 30, timedelta(minutes=5)
"""So many wrong tokens from one address, then nobody there is heard for a while."""

log = Logger()


def add(panel: Panel) -> None:
    """Put this door on the panel."""
    throttle = Throttle(panel.house.clock, WRONG, WINDOW)

    @panel.app.route("/hooks/sms/<gateway>", methods=["GET", "POST"], endpoint="hooks.message")
    async def message(request: Request, gateway: str) -> Answer:
        return await _answer(panel, throttle, request, gateway, "message")

    @panel.app.route("/hooks/sms/<gateway>/report", methods=["GET", "POST"], endpoint="hooks.report")
    async def report(request: Request, gateway: str) -> Answer:
        return await _answer(panel, throttle, request, gateway, "report")


async def _answer(panel: Panel, throttle: Throttle, request: Request, gateway: str, kind: str) -> Answer:
    request.setHeader("content-type", "text/plain; charset=utf-8")
    address = str(getattr(request.getClientAddress(), "host", ""))
    if throttle.wait(address) > timedelta(0):
        request.setResponseCode(429)
        return b"Too many tries."
    try:
        return (await panel.house.messages.called(gateway, kind, _token(request), _said(request))).encode()
    except Unwelcome:
        throttle.count(address)
        request.setResponseCode(403)
        return b"Who is there?"
    except (ValueError, UnicodeError) as why:
        request.setResponseCode(400)
        return str(why).encode()
    except SecretMissing as why:
        log.error("gateway {gateway} cannot be heard: {why}", gateway=gateway, why=why)
    except Exception:
        log.failure("what gateway {gateway} brought could not be stored", gateway=gateway)
    # It brings it again.
    request.setResponseCode(503)
    return b"Try again later."


def _token(request: Request) -> str:
    bearer = request.getHeader("authorization") or ""
    return bearer.removeprefix("Bearer ") or request.getHeader("x-token") or _fields(request).get("token", "")


def _fields(request: Request) -> dict[str, str]:
    return {name.decode(): values[-1].decode() for name, values in (request.args or {}).items() if values}


def _said(request: Request) -> Any:
    if (request.getHeader("content-type") or "").startswith("application/json"):
        return json_text.loads(request.content.read(LARGEST_BODY) if request.content else b"")
    return _fields(request)
