"""Whether an address has an owner in the network already: ARP probes, which claim nothing (RFC 5227, section 2.1.1)."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from ipaddress import IPv4Address
from time import monotonic

from appliance.network.cards import Card

ETHERTYPE = b"\x08\x06"
ETHERNET_IPV4 = b"\x00\x01\x08\x00\x06\x04"
ASKS, ANSWERS = b"\x00\x01", b"\x00\x02"
ALL = b"\xff" * 6
PROBES, PACE = 3, 0.7
"""How often is asked, and in seconds how long is listened after each."""


def probe(mac: str, address: IPv4Address) -> bytes:
    """An Ethernet frame that asks who has `address` without saying that we do. mac: of the card it leaves by."""
    own = bytes.fromhex(mac.replace(":", ""))
    return ALL + own + ETHERTYPE + ETHERNET_IPV4 + ASKS + own + bytes(4) + bytes(6) + address.packed


def owner(frame: bytes, address: IPv4Address) -> str:
    """The MAC of who says in `frame` that it has `address`; empty where it says something else."""
    arp = frame[14:42]
    if frame[12:14] != ETHERTYPE or arp[:6] != ETHERNET_IPV4 or arp[6:8] not in (ASKS, ANSWERS):
        return ""
    return arp[8:14].hex(":") if arp[14:18] == address.packed else ""


def somebody_at(address: IPv4Address, cards: Sequence[Card]) -> str:
    """The MAC of a machine that has `address` in the network of one of `cards`; empty for none. As root.

    Raises OSError.
    """
    with ExitStack() as opened, selectors.DefaultSelector() as ears:
        wires = list[tuple[socket.socket, Card]]()
        for card in cards:
            wire = opened.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)))
            wire.bind((card.name, 0x0806))
            ears.register(wire, selectors.EVENT_READ, card)
            wires.append((wire, card))
        for _ in range(PROBES if cards else 0):
            for wire, card in wires:
                wire.send(probe(card.mac, address))
            if found := _listen(ears, address, monotonic() + PACE):
                return found
    return ""


def _listen(ears: selectors.BaseSelector, address: IPv4Address, end: float) -> str:
    own = {key.data.mac for key in ears.get_map().values()}
    while (left := end - monotonic()) > 0:
        for key, _ in ears.select(left):
            wire = key.fileobj
            assert isinstance(wire, socket.socket)
            found = owner(wire.recv(2048), address)
            if found and found not in own:
                return found
    return ""
