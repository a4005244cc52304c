"""The multicast end of SIP plug and play: listens at the group, and tells telephones where their settings are."""

from __future__ import annotations

from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger

from appliance.foundation.tasks import Tasks
from pbx.provisioning.pnp import GROUP, PORT, Subscribe, answers, heard
from pbx.provisioning.window import Window

_FILES = {"snom": "snom-{mac}.xml"}
"""Makers whose telephones want the whole address; they fill in their MAC themselves."""


class PlugAndPlay(DatagramProtocol):
    """Answers who is listed and was not refused.

    url: of the window. address: of our own interface. host: this box as telephones see it.
    """

    noisy = False
    log = Logger()

    def __init__(
        self, window: Window, url: str, address: str, host: str, reactor: ReactorBase, port: int = PORT
    ) -> None:
        self._window, self._url, self._host = window, url, host
        self._address, self._number = address, port
        self._reactor: Any = reactor
        self._listening: Any = None
        self._mouth: Any = None
        self._tasks = Tasks()

    def start(self) -> None:
        """Join the group. Raises CannotListenError, or OSError where the interface has no multicast."""
        self._mouth = self._reactor.listenUDP(0, _Mouth(), interface=self._address)
        self._listening = self._reactor.listenMulticast(self._number, self, interface=GROUP, listenMultiple=True)
        joined = self._listening.protocol.transport.joinGroup(GROUP, self._address)
        joined.addErrback(lambda why: self.log.failure("plug and play cannot join {group}", why, group=GROUP))

    def moved(self, url: str, host: str) -> None:
        """The box has another address: telephones that ask from now on are told that one."""
        self._url, self._host = url, host

    def stop(self) -> None:
        """Leave."""
        self._tasks.stop()
        for port in (self._listening, self._mouth):
            if port is not None:
                port.stopListening()

    def datagramReceived(self, data: bytes, source: tuple[str, int]) -> None:
        asked = heard(data)
        if asked is not None:
            self._tasks.start(self._answer(asked, source), "answering plug and play")

    async def _answer(self, asked: Subscribe, source: tuple[str, int]) -> None:
        phone = await self._window.found(asked.mac, asked.told, source[0], proven=False)
        if phone is None or phone.state == "refused":
            return
        here = f"{self._host}:{self._mouth.getHost().port}"
        # Always to where it came from: nobody can have us talk to somebody else by what a Contact says.
        for message in answers(asked, self._url + _FILES.get(phone.maker, ""), here):
            self._mouth.write(message, source)


class _Mouth(DatagramProtocol):
    """Speaks from an address of ours; what telephones answer to that tells us nothing."""

    noisy = False
