"""The file on the boot partition as what systemd reads: network, host name, clock."""

from __future__ import annotations

from ipaddress import IPv4Interface

from appliance.box.file import BoxFile

WIRED = "en* eth*"


def network_file(file: BoxFile) -> str:
    """A systemd.network file. Every card gets what the file says; IPv6 stays within the link."""
    said = file.network
    lines = ["[Match]", f"Name={said.interface or WIRED}", "Type=ether", "", "[Network]", "LinkLocalAddressing=ipv6"]
    if said.address == "dhcp":
        lines += ["DHCP=ipv4"]
    else:
        # An address that is set by hand is there with or without a cable: phones may come later.
        lines += [f"Address={IPv4Interface(said.address)}", "ConfigureWithoutCarrier=yes"]
        lines += [f"Gateway={said.gateway}"] if said.gateway else []
    lines += [f"DNS={server}" for server in said.dns]
    lines += [f"NTP={server}" for server in said.ntp]
    lines += ["IPv6AcceptRA=no", "", "[Link]", "RequiredForOnline=routable"]
    if said.address == "dhcp":
        # The lease is asked for by the card's own address, so that IT's reservation of it holds.
        lines += ["", "[DHCPv4]", "ClientIdentifier=mac", "UseHostname=no", f"UseNTP={'no' if said.ntp else 'yes'}"]
    return "\n".join(lines) + "\n"
