"""A trunk's wire to the simulated carrier: a UDP port that passes SIP on, and can be cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import DatagramProtocol

Address = tuple[str, int]


class Wire(DatagramProtocol):
    """Stands at the trunk's address. While `cut`, nothing gets through, not even the answer to a probe; while `deaf`,
    no new call. sees: told whatever comes from the exchange.
    """

    noisy = False

    def __init__(self, carrier: Address) -> None:
        self.cut = self.deaf = False
        self.sees: Callable[[bytes], object] = lambda data: None
        self._carrier = carrier
        self._exchange: Address | None = None
        self._port: Any = None

    def start(self, reactor: Any, host: str, port: int) -> None:
        """Listen at the trunk's address. Raises CannotListenError."""
        self._port = reactor.listenUDP(port, self, interface=host)

    def stop(self) -> None:
        """Give the address back."""
        if self._port is not None:
            self._port.stopListening()

    def datagramReceived(self, data: bytes, source: Address) -> None:
        transport: Any = self.transport
        if self.cut or transport is None or (self.deaf and data.startswith(b"INVITE ")):
            return
        if source == self._carrier:
            if self._exchange is not None:
                transport.write(data, self._exchange)
        else:
            self.sees(data)
            self._exchange = source
            transport.write(data, self._carrier)
