"""Passwords that hosts say on a wire, as a trace keeps them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.traces import Trace
from nursecall.wire.espax import Client
from nursecall.wire.masking import SECRETS, Mask
from nursecall.wire.tap import Sender, encode_page
from tests.fakes.clock import FakeClock

PASSWORD = "s3crEt"


def even(data: bytes) -> bytes:
    """With a parity bit."""
    return bytes(byte | (byte.bit_count() % 2 << 7) for byte in data)


def tap_logon() -> bytes:
    """As our own sender says it."""
    sender = Sender(password=PASSWORD)
    sender.begin(0.0)
    sender.send("1001", "28", 0.0)
    said = sender.outgoing()
    sender.feed(b"ID=", 0.1)
    return said + sender.outgoing()


def espax_login() -> bytes:
    """As our own client says it."""
    client = Client(user="ward", password=PASSWORD)
    client.begin(0.0)
    return client.outgoing()


@pytest.mark.parametrize(("wire", "said"), [("tap", tap_logon()), ("espax", espax_login())])
def test_a_password_is_not_kept(wire: str, said: bytes) -> None:
    """All else is, and what comes behind it."""
    assert PASSWORD.encode() in said
    here = Trace(FakeClock())
    here.speaks(wire)
    for start in range(0, len(said), 7):
        here.heard(said[start : start + 7])
        here.said(said[start : start + 7])
    for way in ("in", "out"):
        kept = b"".join(piece.data for piece in here.pieces() if piece.way == way)
        assert kept == said.replace(PASSWORD.encode(), b"******")


def test_parity_hides_no_password() -> None:
    """A host that sets it says the same."""
    said = even(b"\x1bPG1" + PASSWORD.encode() + b"\r")
    assert Mask(SECRETS["tap"]).hidden(said) == even(b"\x1bPG1") + b"******" + even(b"\r")


@given(st.lists(st.sampled_from([b"\x1bPG1abc\r", b"\x1b", b"\x1bP", b"\x1bPG", b"\x1b[p\r", *encode_page("1", "28")])))
def test_nothing_else_is_changed(words: list[bytes]) -> None:
    """Whatever stands before, behind and between."""
    said = b"".join(words)
    assert Mask(SECRETS["tap"]).hidden(said) == said.replace(b"\x1bPG1abc\r", b"\x1bPG1***\r")


@given(st.binary(), st.lists(st.integers(0, 400)))
def test_however_chopped_the_same(data: bytes, cuts: list[int]) -> None:
    """Any bytes, as long as they were."""
    data = b"%s<LI-PASSWORD>%s" % (data, data)
    whole, mask = Mask(SECRETS["espax"]).hidden(data), Mask(SECRETS["espax"])
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    assert b"".join(mask.hidden(data[a:b]) for a, b in pairwise(places)) == whole
    assert len(whole) == len(data)
