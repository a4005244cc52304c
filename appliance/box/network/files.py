"""The network as systemd-networkd reads it. Pure."""

from __future__ import annotations

from appliance.network.table import NetworkTable

WIRED = "en* eth*"
NAME = "10-wired.network"


def network_file(said: NetworkTable) -> str:
    """A systemd.network file. Every card gets what is said; IPv6 stays within the link."""
    own = said.fixed
    lines = ["[Match]", f"Name={said.interface or WIRED}", "Type=ether", "", "[Network]", "LinkLocalAddressing=ipv6"]
    if own is None:
        lines += ["DHCP=ipv4"]
    else:
        # An address that is set by hand is there with or without a cable: phones may come later.
        lines += [f"Address={own}", "ConfigureWithoutCarrier=yes"]
        lines += [f"Gateway={said.gateway}"] if said.gateway else []
    lines += [f"DNS={server}" for server in said.dns]
    lines += [f"NTP={server}" for server in said.ntp]
    lines += ["IPv6AcceptRA=no", "", "[Link]", "RequiredForOnline=routable"]
    if own is None:
        # The lease is asked for by the card's own address, so that IT's reservation of it holds.
        lines += ["", "[DHCPv4]", "ClientIdentifier=mac", "UseHostname=no", f"UseNTP={'no' if said.ntp else 'yes'}"]
    return "\n".join(lines) + "\n"
