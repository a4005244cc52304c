"""Asterisk as supervisord's process, for when its REST interface says nothing: asked from outside, off the reactor."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any, TypeVar

import psutil
from twisted.internet.base import ReactorBase
from twisted.internet.threads import deferToThreadPool

from appliance.settings import Settings
from appliance.supervision import Supervisor
from pbx.engine.files import USER
from pbx.engine.program import call_records, password
from pbx.engine.records import Records

T = TypeVar("T")

NAME = "asterisk"
HOST = "127.0.0.1"
PATIENCE = 5.0
"""Seconds. Who does not answer a local question by then does not answer."""
UNSURE = timedelta(seconds=1)
"""Linux tells the start of a process by the second of the boot: what the Asterisk before was killed in may seem this
one's. Asterisk itself takes longer until it can answer a call."""


class AsteriskProcess:
    """Satisfies `revival.Asterisk`."""

    def __init__(self, settings: Settings, reactor: ReactorBase) -> None:
        self._settings = settings
        self._reactor: Any = reactor  # ReactorBase is an IReactorFromThreads, but does not say so in its types

    async def pid(self) -> int:
        return await self._apart(self._pid)

    async def silent(self) -> bool:
        return await self._apart(self._silent)

    async def talking(self, pid: int) -> int:
        return await self._apart(lambda: self._talking(pid))

    async def signal(self, signal: str) -> None:
        await self._apart(lambda: self._supervisor().signal(NAME, signal))

    async def _apart(self, work: Callable[[], T]) -> T:
        result: T = await deferToThreadPool(self._reactor, self._reactor.getThreadPool(), work)
        return result

    def _supervisor(self) -> Supervisor:
        return Supervisor(self._settings.supervisor_socket)

    def _pid(self) -> int:
        programs = self._supervisor().programs()
        return next((one.pid for one in programs if one.name == NAME and one.state == "RUNNING"), 0)

    def _silent(self) -> bool:
        return silent(self._settings.exchange.ari_port, password(self._settings.asterisk))

    def _talking(self, pid: int) -> int:
        try:
            since = datetime.fromtimestamp(psutil.Process(pid).create_time(), UTC)
        except psutil.NoSuchProcess:
            return 0
        return Records(call_records(self._settings.asterisk)).talking(since + UNSURE)


def silent(port: int, password: str) -> bool:
    """Whether Asterisk takes connections at `port` and answers nothing; one that is not there is not silent.

    It is asked for our application: one that has wedged may well answer a ping.
    """
    key = base64.b64encode(f"{USER}:{password}".encode()).decode()
    connection = HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request("GET", f"/ari/applications/{USER}", headers={"Authorization": f"Basic {key}"})
        connection.getresponse()
    except TimeoutError:
        return True
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return False
