"""How a plan names a serial port that is behind a serial server in the network."""

from __future__ import annotations

import re

SERVER = re.compile(r"(?P<scheme>socket|rfc2217)://(?P<host>\[[0-9A-Fa-f:.]+\]|[^:/\s\[\]]+):(?P<port>[0-9]{1,5})")
"""`socket://host:port` is raw TCP, `rfc2217://host:port` also sets the line's speed and frame."""
