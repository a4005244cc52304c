"""Frames that ask who has an address, and what is learnt from those of others."""

from __future__ import annotations

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from appliance.box.network.arp import owner, probe

ADDRESS = IPv4Address("10.9.0.3")
OWN, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"


def answer(mac: str, address: IPv4Address) -> bytes:
    """As a machine that has it says so."""
    own = bytes.fromhex(mac.replace(":", ""))
    return own + own + bytes.fromhex("0806 0001 0800 0604 0002") + own + address.packed + own + bytes(4) + bytes(18)


def test_a_probe_claims_nothing() -> None:
    """To all, with no address of ours in it, or others would put us into their tables."""
    frame = probe(OWN, ADDRESS)
    assert (frame[:6], frame[6:12].hex(":"), len(frame)) == (b"\xff" * 6, OWN, 42)
    assert frame[28:32] == bytes(4)
    assert frame[38:42] == ADDRESS.packed
    assert owner(frame, ADDRESS) == ""


def test_an_answer_names_its_owner() -> None:
    """One of another address does not count."""
    assert owner(answer(OTHER, ADDRESS), ADDRESS) == OTHER
    assert owner(answer(OTHER, IPv4Address("10.9.0.4")), ADDRESS) == ""


@given(st.binary(max_size=80))
def test_rubbish_names_nobody_or_a_mac(frame: bytes) -> None:
    """Nothing that comes over the wire breaks it."""
    assert owner(frame, ADDRESS) == "" or len(owner(frame, ADDRESS)) == 17
