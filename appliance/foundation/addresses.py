"""The box's own addresses, as phones and browsers in the hospital's network reach it."""

from __future__ import annotations

import socket

import psutil


def every() -> list[str]:
    """IPv4 addresses of the cards that are up, in the order of their names; never the loopback's."""
    up = psutil.net_if_stats()
    found = []
    for card, rows in sorted(psutil.net_if_addrs().items()):
        if card in up and up[card].isup:
            found += [
                row.address for row in rows if row.family is socket.AF_INET and not row.address.startswith("127.")
            ]
    return found


def own() -> str:
    """The first of them; empty where there is none."""
    return next(iter(every()), "")
