"""`[network]` of `nightbell.toml` on the boot partition: what can be said of the wired network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section

DHCP = "dhcp"


class NetworkTable(Section):
    """The wired network. address: `dhcp`, or an IPv4 address with its prefix, `10.1.2.3/24`.

    interface: the card's name as Linux has it, such as `eno1`; empty for every wired card, of which one should be
    connected.
    """

    hostname: str = Field(default="nightbell", pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    interface: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,15}$")
    address: str = DHCP
    gateway: str = ""
    dns: tuple[str, ...] = ()
    ntp: tuple[str, ...] = ()

    @property
    def fixed(self) -> IPv4Interface | None:
        """The address that is set by hand; None where DHCP gives one."""
        return None if self.address == DHCP else IPv4Interface(self.address)

    @field_validator("address")
    @classmethod
    def _interface(cls, address: str) -> str:
        if address == DHCP:
            return address
        try:
            wanted = IPv4Interface(address)
        except ValueError as why:
            raise PlanError((), '{address!r} is neither "dhcp" nor like 10.1.2.3/24', address=address) from why
        if "/" not in address:
            raise PlanError((), '{address!r} is neither "dhcp" nor like 10.1.2.3/24', address=address)
        net = wanted.network
        if net.prefixlen < 31 and wanted.ip == net.network_address:
            raise PlanError((), "{address} is the network itself, not a machine in it", address=address)
        if net.prefixlen < 31 and wanted.ip == net.broadcast_address:
            raise PlanError((), "{address} is the broadcast address of its network", address=address)
        if _of_no_machine(wanted.ip):
            raise PlanError((), "no machine can have the address {address}", address=address)
        return address

    @field_validator("gateway")
    @classmethod
    def _gateway(cls, gateway: str) -> str:
        if gateway:
            _address(gateway)
        return gateway

    @field_validator("dns")
    @classmethod
    def _dns(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        for index, server in enumerate(servers):
            _address(server, index)
        return servers

    @field_validator("ntp")
    @classmethod
    def _ntp(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        for index, server in enumerate(servers):
            if not server or not all(letter.isalnum() or letter in ".-:" for letter in server):
                raise PlanError((index,), "{name!r} is no name of a server", name=server)
        return servers

    @model_validator(mode="after")
    def _reached(self) -> NetworkTable:
        own = self.fixed
        if self.gateway and own is None:
            raise PlanError(("gateway",), "with DHCP the network says the gateway: leave it out")
        if not self.gateway or own is None:
            return self
        there = IPv4Address(self.gateway)
        if there not in own.network:
            raise PlanError(
                ("gateway",), "{gateway} is not in the network of {address}", gateway=self.gateway, address=self.address
            )
        if there == own.ip:
            raise PlanError(("gateway",), "the box cannot be its own gateway")
        if own.network.prefixlen < 31 and there in (own.network.network_address, own.network.broadcast_address):
            raise PlanError(("gateway",), "no machine can have the address {address}", address=self.gateway)
        return self


def _of_no_machine(address: IPv4Address) -> bool:
    return address.is_loopback or address.is_multicast or address.is_reserved or int(address) >> 24 == 0


def _address(text: str, *path: int) -> None:
    try:
        IPv4Address(text)
    except ValueError as why:
        raise PlanError(path, "{address!r} is no IPv4 address", address=text) from why
