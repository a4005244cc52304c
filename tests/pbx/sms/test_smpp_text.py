"""Texts as SMPP carries them: every manner a phone can read, and reports however centres write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sms.inbox import Inbox
from pbx.sms.office import Fate, Letter, Receipt
from pbx.sms.smpp_pdu import MESSAGE_STATE, PAYLOAD, RECEIPTED_ID, SAR_NUMBER, SAR_REFERENCE, SAR_TOTAL, Message
from pbx.sms.smpp_text import Gsm7, Manner, is_receipt, messages, receipt, references, relative, text
from tests.fakes.clock import START

DAY = timedelta(days=1)
SENDABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=700)
MANNERS: tuple[Gsm7, ...] = ("octets", "packed", "latin-1")


def letter(said: str, to: str = "13800138000") -> Letter:
    """One of ours."""
    return Letter("00ff" * 8, to, said, DAY)


@pytest.mark.parametrize("manner", MANNERS)
@given(SENDABLE)
def test_a_phone_reads_what_was_written(manner: Gsm7, said: str) -> None:
    """Cut in parts and joined again, in every alphabet."""
    inbox, whole = Inbox(), None
    for part in messages(letter(said), Manner("10690000", "udh", manner)):
        assert len(part.text) <= 160
        whole = inbox.add(text(part, manner), None, START)
    assert whole is not None
    # A packed text that ends in @ on a full octet cannot be told from padding.
    assert whole.text == said or (manner == "packed" and "@" in said)


def test_a_long_text_can_go_whole() -> None:
    """In message_payload; a short one goes as ever."""
    manner = Manner(long="payload")
    (long,) = messages(letter("好" * 300), manner)
    assert (long.text, long.coding) == (b"", 8)
    assert long.options[PAYLOAD].decode("utf-16-be") == "好" * 300
    (short,) = messages(letter("hello"), manner)
    assert (short.text, short.options, short.coding) == (b"hello", {}, 0)


def test_addresses_say_what_they_are() -> None:
    """International, as dialled, and a name for a sender."""
    (abroad,) = messages(letter("a", "+8613800138000"), Manner("Hospital"))
    assert (abroad.destination_ton, abroad.destination_npi, abroad.destination) == (1, 1, "8613800138000")
    assert (abroad.source_ton, abroad.source_npi, abroad.source) == (5, 0, "Hospital")
    (home,) = messages(letter("a"), Manner("10690000"))
    assert (home.destination_ton, home.destination, home.source_ton) == (0, "13800138000", 0)
    assert home.registered == 1


def test_how_long_the_centre_tries_is_written_as_a_relative_time() -> None:
    """Section 7.1.1 of the specification."""
    assert relative(timedelta(days=1)) == "000001000000000R"
    assert relative(timedelta(minutes=5)) == "000000000500000R"


def test_reports_are_read_from_their_options_and_from_their_text() -> None:
    """The options first; both write the name in their own way."""
    body = b"id:0000002A sub:001 dlvrd:001 submit date:2603020900 done date:2603020901 stat:DELIVRD err:000 text:x"
    told = receipt(Message("13800138000", "1069", body, esm_class=4))
    assert told is not None
    assert told.fate is Fate.DELIVERED
    assert {"0000002A", "42"} <= set(told.references)
    options = {RECEIPTED_ID: b"42\0", MESSAGE_STATE: b"\x05"}
    told = receipt(Message("13800138000", "1069", b"", esm_class=4, options=options))
    assert told == Receipt(references("42"), "13800138000", Fate.FAILED)
    assert "0000002A" in told.references


@pytest.mark.parametrize("body", [b"", b"id:1 stat:ENROUTE", b"stat:DELIVRD", b"\xff\xfe"])
def test_a_report_that_says_nothing_final_is_passed_over(body: bytes) -> None:
    """Still under way, without a name, or nonsense; it is a report all the same, and nobody's text."""
    message = Message("138", "1069", body, esm_class=4)
    assert is_receipt(message)
    assert receipt(message) is None


@given(st.binary(max_size=200), st.integers(0, 255), st.integers(0, 255), st.sampled_from(MANNERS))
def test_whatever_comes_is_some_text(octets: bytes, coding: int, esm_class: int, manner: Gsm7) -> None:
    """No exception, whatever the octets."""
    message = Message("138", "1069", octets, coding=coding, esm_class=esm_class)
    if is_receipt(message):
        receipt(message)
    else:
        assert isinstance(text(message, manner).text, str)


def test_parts_may_be_named_by_options_too() -> None:
    """sar_msg_ref_num and its like."""
    options = {SAR_REFERENCE: b"\x01\x02", SAR_TOTAL: b"\x02", SAR_NUMBER: b"\x01"}
    part = text(Message("138", "1069", b"one", options=options), "octets").part
    assert part is not None
    assert (part.reference, part.parts, part.part) == (258, 2, 1)
