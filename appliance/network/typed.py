"""What is typed in a form or on the command line, as `[network]` has it, and the other way."""

from __future__ import annotations

import re
from ipaddress import IPv4Interface

from appliance.foundation import toml_text
from appliance.foundation.config import Fault, Faulty, parse
from appliance.network.table import DHCP, NetworkTable
from web.network import Typed, Unfit

NO_ADDRESS = Fault("address", None, "say the address with its prefix, like 10.1.2.3/24")


def table(typed: Typed, hostname: str) -> NetworkTable:
    """As a table. A mask of old, 10.1.2.3/255.255.255.0, is understood. Raises Unfit."""
    if not typed.by_dhcp and not typed.address:
        raise Unfit({"address": NO_ADDRESS})
    said = {
        "hostname": hostname,
        "interface": typed.interface,
        "address": DHCP if typed.by_dhcp else _prefixed(typed.address),
        "gateway": "" if typed.by_dhcp else typed.gateway,
        "dns": servers(typed.dns),
        "ntp": servers(typed.ntp),
    }
    try:
        return parse("".join(f"{key} = {toml_text.value(one)}\n" for key, one in said.items()), NetworkTable)
    except Faulty as why:
        raise Unfit({re.split(r"[.\[]", fault.path)[0] or "address": fault for fault in why.faults}) from why


def typed(network: NetworkTable) -> Typed:
    """As somebody would type it."""
    own = network.fixed
    return Typed(
        own is None, network.interface, "" if own is None else str(own), network.gateway,
        ", ".join(network.dns), ", ".join(network.ntp),
    )  # fmt: skip


def servers(text: str) -> list[str]:
    """Those between blanks or commas."""
    return [one for one in re.split(r"[\s,;，；、]+", text) if one]


def _prefixed(address: str) -> str:
    try:
        return str(IPv4Interface(address)) if "/" in address else address
    except ValueError:
        return address
