"""What a modem needs from whoever keeps the messages, and what they need from a modem."""

from __future__ import annotations

from typing import Protocol

from pbx.sms.inbox import Incoming
from pbx.sms.pdu import StatusReport


class Office(Protocol):
    """Keeps messages."""

    def modem_ready(self) -> None:
        """A modem can send now."""

    async def arrived(self, modem: str, message: Incoming) -> None:
        """A message came in. It is stored when this returns; only then does the modem forget it."""

    async def reported(self, modem: str, report: StatusReport) -> None:
        """The network says what became of a part."""


class Sender(Protocol):
    """A modem as the outbox sees it."""

    @property
    def id(self) -> str:
        """Its name in the plan."""
        ...

    @property
    def ready(self) -> bool:
        """Whether it can send now."""
        ...

    def attach(self, office: Office | None) -> None:
        """Tell `office` from now on."""

    async def send(self, tpdu: bytes) -> int:
        """Hand an SMS-SUBMIT to the network; the reference it was given. Raises trouble.ModemError."""
        ...
