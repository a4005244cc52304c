"""What a gateway needs from whoever keeps the messages, and what they need from a gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Protocol

from pbx.sms.inbox import Incoming
from pbx.sms.pdu import Deliver


@dataclass(frozen=True)
class Letter:
    """A message as it is given to a gateway.

    id: hexadecimal and the same at each try, so that a gateway that knows such a thing sends it once.
    validity: how long the network should keep trying.
    """

    id: str
    to: str
    text: str
    validity: timedelta


class Fate(Enum):
    """What the network says of a part."""

    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Receipt:
    """The part that was sent under one of `references` came to this. to: the recipient, empty where it is not said.

    More than one reference: centres answer in hexadecimal and report in decimals.
    """

    references: tuple[str, ...]
    to: str
    fate: Fate


class Office(Protocol):
    """Keeps messages."""

    def gateway_ready(self) -> None:
        """A gateway can send now."""

    async def arrived(self, gateway: str, message: Incoming) -> None:
        """A message came in. It is stored when this returns; only then does the gateway forget it."""

    async def part_arrived(self, gateway: str, message: Deliver) -> None:
        """A message, or a part of one, from a gateway that forgets it at once. It is stored when this returns."""

    async def reported(self, gateway: str, receipt: Receipt) -> None:
        """The network says what became of a part. Stored when this returns."""


class Gateway(Protocol):
    """A way out for short messages, as the outbox sees it: a modem, a message centre, an HTTP service.

    id: its name in the plan. window: letters it may be given at once.
    """

    @property
    def id(self) -> str: ...
    @property
    def window(self) -> int: ...
    @property
    def ready(self) -> bool:
        """Whether it can send now."""
        ...

    def attach(self, office: Office | None) -> None:
        """Tell `office` from now on."""

    def parts(self, letter: Letter) -> int:
        """In how many parts it sends this letter; always the same for the same letter."""
        ...

    async def send(self, letter: Letter, part: int) -> str:
        """Hand over `part` (from 1); the reference it was given. Raises trouble.GatewayError.

        `NotReady` only while `ready` is False. When it returns, the network has taken the part.
        """
        ...
