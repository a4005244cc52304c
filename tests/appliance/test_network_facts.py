"""What the system says of its network, as the setup assistant shows it."""

from __future__ import annotations

from ipaddress import IPv4Interface
from pathlib import Path

from appliance.network_facts import Sources, addresses, gateway, network, resolvers

ROUTES = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
"""


def test_the_gateway_is_that_of_the_default_route() -> None:
    """Of a box on an island there is none."""
    assert gateway(ROUTES) == "192.0.2.1"
    assert gateway("\n".join(ROUTES.splitlines()[:2])) == gateway("") == ""


def test_name_servers_are_read() -> None:
    """Comments and other lines are not."""
    assert resolvers("# by hand\nsearch x\nnameserver 192.0.2.53\nnameserver 192.0.2.54\n") == (
        "192.0.2.53", "192.0.2.54",
    )  # fmt: skip


def test_this_machine_tells_its_addresses() -> None:
    """Each with its prefix; the loopback is none."""
    assert not any(IPv4Interface(address).ip.is_loopback for _, address in addresses())


def test_a_box_from_the_image_is_told_from_others(tmp_path: Path) -> None:
    """By what its setup left; what cannot be read is left out."""
    (tmp_path / "box.json").write_text('{"network": {"ntp": ["192.0.2.123"]}}')
    (tmp_path / "resolv.conf").write_text("nameserver 192.0.2.53\n")
    nowhere = tmp_path / "nowhere"
    of_image = network(Sources(nowhere, (nowhere, tmp_path / "resolv.conf"), tmp_path / "box.json"))
    assert (of_image.is_image, of_image.ntp, of_image.dns) == (True, ("192.0.2.123",), ("192.0.2.53",))
    other = network(Sources(nowhere, (nowhere,), nowhere))
    assert (other.is_image, other.ntp, other.dns, other.gateway) == (False, (), (), "")
