"""TCP connections over which a hospital is heard: a far end without power, or a cable pulled out, is noticed soon."""

from __future__ import annotations

import socket
from typing import Any

OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 15_000),
)
"""Noticed within 15 seconds, also where nothing is said."""


def keep_alive(transport: Any) -> None:
    """Have the system watch over a Twisted TCP transport, and send small messages at once."""
    line = transport.getHandle()
    for level, option, value in OPTIONS:
        line.setsockopt(level, option, value)
