"""Serial ports of the machine itself, on its board or on a card: they have no lasting name, but stay what they are."""

from __future__ import annotations

import os
from pathlib import Path

TTY, DEV = Path("/sys/class/tty"), Path("/dev")
NO_UART = "0"
"""Linux reserves names for ports that the machine does not have (PORT_UNKNOWN, linux/serial_core.h)."""


def board_ports(tty: Path = TTY, dev: Path = DEV) -> list[Path]:
    """Those with a UART, which this process may use and which are no console, in the order of their numbers."""
    consoles = _text(tty / "console" / "active").split()
    found = [
        dev / place.name
        for place in tty.glob("ttyS*")
        if _text(place / "type") not in ("", NO_UART) and place.name not in consoles
    ]
    return sorted(
        (one for one in found if os.access(one, os.R_OK | os.W_OK)), key=lambda one: (len(one.name), one.name)
    )


def _text(file: Path) -> str:
    try:
        return file.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
