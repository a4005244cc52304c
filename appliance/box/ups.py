"""What Network UPS Tools read, from the boot partition's file. Pure.

upsd tells the daemon, which shows it; upsmon switches the box off, whether the daemon lives or not.
"""

from __future__ import annotations

from appliance.box.file import UpsTable
from appliance.settings import UpsServer

NAME, USER = "ups", "nightbell"
POWER_OFF = "/usr/bin/systemctl --no-block poweroff"
LAST_WORDS = 30
"""Seconds between the decision to switch off and doing it: the wards are told meanwhile."""


def told(table: UpsTable) -> UpsServer | None:
    """Where the daemon asks; None without a UPS."""
    if table.driver:
        return UpsServer(name=NAME)
    if not table.server:
        return None
    name, _, where = table.server.partition("@")
    host, _, port = where.partition(":")
    return UpsServer(name=name, host=host, port=int(port or 3493))


def nut_files(table: UpsTable, password: str, power_off: str, port: int = 3493) -> dict[str, str]:
    """Files by name. password: between upsd and upsmon of this box, new at each start."""
    shared = {"upsmon.conf": _monitor(table, password, power_off, port)}
    if not table.driver:
        return {"nut.conf": "MODE=netclient\n", **shared}
    return {
        # Mains that comes back while the box goes down would leave it off for ever.
        "nut.conf": "MODE=standalone\nPOWEROFF_WAIT=5m\n",
        "ups.conf": f'maxretry = 3\n[{NAME}]\n    driver = "{table.driver}"\n    port = "{table.port}"\n',
        "upsd.conf": f"LISTEN 127.0.0.1 {port}\nMAXAGE 30\n",
        "upsd.users": f'[{USER}]\n    password = "{password}"\n    upsmon primary\n',
        **shared,
    }


def _monitor(table: UpsTable, password: str, power_off: str, port: int) -> str:
    # A machine that only listens must be off before the one that has the cable lets the UPS go.
    role, at = ("primary", f"{NAME}@127.0.0.1:{port}") if table.driver else ("secondary", table.server)
    user, secret = (USER, password) if table.driver else (table.user, table.password)
    return (
        f'MONITOR {at} 1 {user} "{secret}" {role}\n'
        f'MINSUPPLIES 1\nSHUTDOWNCMD "{power_off}"\nPOWERDOWNFLAG /run/nightbell/killpower\n'
        f"POLLFREQ 5\nPOLLFREQALERT 5\nHOSTSYNC 15\nDEADTIME 25\nFINALDELAY {LAST_WORDS}\nRUN_AS_USER nut\n"
    )
